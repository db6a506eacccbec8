"""What became of the records of a share group: each is accounted for by itself, in whatever order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from apps.scenarios.accounts import Account, Place


@dataclass(frozen=True)
class ShareCount:
    """Records of one share group, over all that its topics hold.

    `rejected` will not be delivered again, `given_up` neither: they were released until Kafka had enough. `waiting`
    were not taken yet, or are in somebody's hands, or were given back.
    """

    names: ClassVar = ("processed", "again", "dead", "rejected", "given_up", "waiting")

    stored: int
    processed: int
    again: int
    dead: int
    rejected: int
    given_up: int

    @property
    def waiting(self) -> int:
        return self.stored - self.processed - self.dead - self.rejected - self.given_up

    @property
    def adds_up(self) -> bool:
        return min(self.processed, self.waiting) >= 0

    @property
    def under_way(self) -> bool:
        return self.waiting > 0


def count_shares(ends: Mapping[Place, int], accounts: Mapping[Place, Account]) -> ShareCount:
    """A gap in an account is a record that waits; one that was put aside is in `skips` or `given_up`."""
    known = [accounts.get(place, Account()) for place in ends]
    return ShareCount(
        stored=sum(ends.values()),
        processed=sum(account.processed for account in known),
        again=sum(account.again for account in known),
        dead=sum(account.dead for account in known),
        rejected=sum(account.skipped for account in known),
        given_up=sum(account.spent for account in known),
    )
