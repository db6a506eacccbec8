"""Records that a group could not handle, kept in a topic of their own: to Kafka a topic like any other."""

from __future__ import annotations

from typing import Any

from apps.kafka.headers import Headers
from apps.kafka.outgoing import Outgoing
from apps.kafka.received import Received
from apps.scenarios.base import DEAD_LETTERS

POISON = "poison"
"""A field that makes our handlers throw, for as long as they are not mended."""
_MOST_COPIED = 64 * 1024
_TOPIC, _PLACE, _GROUP, _ERROR = (f"dead_letter_{name}" for name in ("topic", "place", "group", "error"))


def is_poison(value: Any) -> bool:
    return isinstance(value, dict) and POISON in value


def letter(record: Received, group: str, member: str, why: str, trace: str) -> Outgoing:
    """The record as it came, with where it came from and why it is here in its headers."""
    headers: Headers = [
        (_TOPIC, record.topic.encode()),
        (_PLACE, f"{record.partition}/{record.offset}".encode()),
        (_GROUP, group.encode()),
        (_ERROR, why.encode("utf-8", "replace")),
    ]
    # A foreign record may be as large as the brokers allow, and no larger with our headers.
    value = record.raw if len(record.raw) <= _MOST_COPIED else b""
    return Outgoing(
        DEAD_LETTERS.name, record.key, value, record.type, trace, bool(record.shown), member, extra=headers
    )


def origin(headers: Any) -> str | None:
    """The topic that a dead letter was read from."""
    found = next((value for name, value in headers or () if name == _TOPIC), None)
    return found.decode("utf-8", "replace") if found else None
