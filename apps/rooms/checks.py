"""Settings that can't work are told at start, with what to change."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

_AT_LEAST_ONE = (
    "KAFKAVIZ_RUNNERS",
    "KAFKAVIZ_ROOMS_PER_RUNNER",
    "KAFKAVIZ_MEMBERS_PER_GROUP",
    "KAFKAVIZ_SOCKETS",
    "KAFKAVIZ_SOCKETS_PER_ROOM",
    "KAFKAVIZ_SOCKETS_PER_ADDRESS",
    "KAFKAVIZ_SLEEP_AFTER",
    "KAFKAVIZ_CROWD_ALONE",
    "KAFKAVIZ_TOKEN_AGE",
    "KAFKAVIZ_FORGET_AFTER",
    "KAFKAVIZ_TRACES",
    "KAFKAVIZ_TRACES_PER_ROOM",
    "KAFKAVIZ_FORGET_TRACES_AFTER",
    "KAFKAVIZ_LANES_RATE",
    "KAFKAVIZ_LANES_PER_MINUTE",
)


@register()
def caps_are_positive(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"{name} must be at least 1.", hint=f"Unset {name} to take the default.", id="kafkaviz.E001")
        for name in _AT_LEAST_ONE
        if getattr(settings, name) < 1
    ]
