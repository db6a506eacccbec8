"""Where a run keeps what its groups have made of the records. The database behind it is not this package's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from apps.kafka.received import Received
from apps.scenarios.base import ConsumerGroup


@dataclass(frozen=True)
class Stored:
    """What one batch changed: projection key -> its new value, and the records that could not be folded, with why."""

    changed: Mapping[str, Mapping[str, Any]]
    failed: tuple[tuple[Received, str], ...] = ()


class Outdated(InterruptedError):
    """The room has a newer life, which alone may write; whoever meets this is to end."""


class Store(Protocol):
    """Idempotent by (incarnation, group, topic, partition, offset): a record stored twice changes nothing.

    Raises Outdated.
    """

    def fresh(self, group: str, batch: list[Received]) -> list[Received]:
        """Those of the batch that have not been stored before."""

    def apply(self, group: ConsumerGroup, fresh: list[Received], sound: list[Received]) -> Stored:
        """Fold the sound records into their projections and remember the offsets of all, in one transaction."""
