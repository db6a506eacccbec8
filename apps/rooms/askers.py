"""For whom a cost is counted: the address that something is asked from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from apps.rooms.limits import household


def asker(request: HttpRequest) -> str:
    return household(request.META.get("REMOTE_ADDR", ""))


def asker_of(scope: Mapping[str, Any]) -> str:
    """Of a socket."""
    return household((scope.get("client") or [""])[0])
