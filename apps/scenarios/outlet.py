"""What groups send on: the records that a record gave rise to, and dead letters."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from apps.kafka.headers import new_trace
from apps.kafka.outgoing import Delivered, Outgoing
from apps.kafka.received import Received
from apps.scenarios.base import Record
from apps.scenarios.deadletters import letter
from apps.scenarios.store import Failure

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

Send = Callable[[Outgoing, Delivered], None]
"""Raises QueueFull."""


class Outlet:
    """Through one producer, which may be a member's own. Both raise QueueFull."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def follow_up(self, member: str, cause: Received, record: Record, delivered: Delivered) -> None:
        """Send what a record gave rise to."""
        sent = outgoing(record, cause.trace or new_trace(), bool(cause.shown), member)
        self._send(sent, delivered)

    def dead_letter(self, member: str, group: str, failure: Failure, delivered: Delivered) -> None:
        """Send a record that could not be handled to the dead letters."""
        record, why = failure
        self._send(letter(record, group, member, why, record.trace or new_trace()), delivered)


def encoded(value: Mapping[str, Any]) -> bytes:
    return _JSON.encode(value).encode()


def outgoing(record: Record, trace: str, sampled: bool, source: str) -> Outgoing:
    value = encoded(record.value)
    return Outgoing(record.topic, record.key, value, record.type, trace, sampled, source, record.value)
