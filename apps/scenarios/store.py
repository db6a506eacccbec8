"""Where a run keeps what its groups have made of the records. The database behind it is not this package's business."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from apps.kafka.ownership import Hole
from apps.kafka.received import Received
from apps.scenarios.accounts import Account, Place, Range
from apps.scenarios.base import ConsumerGroup

Failure = tuple[Received, str]
"""A record that can't be handled, and why."""
OUR_FAULT = "It could not be handled: a fault of this program, whose log says more."
"""Of a record that is what its topic's records look like."""


@dataclass(frozen=True)
class Handled:
    """One batch: the records that can be folded, and those that were put aside.

    `twice`: what had been handled before is folded once more, as by a program that keeps no account.
    """

    batch: Sequence[Received]
    sound: Sequence[Received]
    dead: Sequence[Received] = ()
    twice: bool = False


@dataclass(frozen=True)
class Stored:
    """What a batch changed: projection key -> new value; and how many records had been handled before."""

    changed: Mapping[str, Mapping[str, Any]]
    again: Mapping[Place, int]


Tell = Callable[[Mapping[str, Mapping[str, Any]]], None]
"""Told the new values of projections, one batch after the other as they were stored: of two members that fold the same
one, the later told must not be the earlier value."""


def nobody(_changed: Mapping[str, Mapping[str, Any]]) -> None:
    """Nobody wants to be told."""


class Outdated(InterruptedError):
    """The room has a newer life, which alone may write; whoever meets this is to end."""


class Unfoldable(Exception):
    """Some records could not be folded, so nothing was stored."""

    def __init__(self, failed: list[Failure]) -> None:
        super().__init__(f"{len(failed)} records can't be folded")
        self.failed = failed


class Store(Protocol):
    """Idempotent by (log, group, topic, partition, offset), unless asked to be not. Raises Outdated."""

    def fresh(self, group: str, batch: Sequence[Received]) -> Sequence[Received]:
        """Those of the batch that have not been handled before."""

    def apply(self, group: ConsumerGroup, handled: Handled, tell: Tell = nobody) -> Stored:
        """Fold the records and enter the batch into the group's accounts, in one transaction. Raises Unfoldable."""

    def put_aside(self, group: str, rejected: Sequence[Received], given_up: Sequence[Received]) -> None:
        """Those of them that the group has not handled will never be delivered again."""

    def begin(self, group: str, offsets: Mapping[Place, int]) -> None:
        """The group has no bookmark in these partitions, and starts there."""

    def read_by_guest(self, group: str, ranges: Mapping[Place, Range]) -> None:
        """Of these offsets, first to last, a guest of the group set the bookmark behind those that are new."""

    def void(self, group: str, holes: Sequence[Hole]) -> None:
        """These offsets hold no record for the group."""

    def accounts(self, group: str) -> Mapping[Place, Account]:
        """How far the group got, as stored last."""
