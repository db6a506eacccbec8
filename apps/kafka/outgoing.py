"""What is handed over to a producer, and what it hears of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apps.kafka import headers

Bare = tuple[bytes | None, bytes]
"""Key and value of a record, as they are sent."""


class QueueFull(Exception):
    """The producer's queue is full: the brokers take records slower than they are handed over."""


@dataclass(slots=True)
class Outgoing:
    """A record to send: `topic` as the scenario calls it, `value` in bytes, `shown` only for the hop.

    `extra` are headers beside those that every record has.
    """

    topic: str
    key: str | None
    value: bytes
    type: str
    trace: str
    sampled: bool
    source: str
    shown: Any = None
    extra: headers.Headers = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the brokers answered of a record. `offset` is -1 where they were not asked (acks=0); `error` is in words."""

    partition: int
    offset: int
    error: str | None = None


Delivered = Callable[[Delivery], None]
"""Called once for a record, from the producer's thread. Must not block."""
