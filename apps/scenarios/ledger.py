"""The account of a room: what was produced, stored and handled, twice or never, and whether it adds up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from apps.scenarios.accounts import Account, Place
from apps.scenarios.shares import ShareCount


@dataclass(frozen=True)
class TopicCount:
    """Records of a topic in this life of the room: what we handed over and what became of it, and what brokers hold.

    `began` and `end` are sums of log ends, when this life began and now. `acked`: how many were acknowledged before
    the brokers were asked for the ends; what is acknowledged while they answer need not be in them.
    """

    sent: int
    stored: int
    unknown: int
    failed: int
    acked: int
    began: int
    end: int

    @property
    def waiting(self) -> int:
        return self.sent - self.stored - self.unknown - self.failed

    @property
    def others(self) -> int:
        """In the log and never acknowledged to us: somebody else's, a retry's whose answer got lost, or acks=0."""
        return max(0, self.end - self.began - self.stored)

    @property
    def vanished(self) -> int:
        """Acknowledged to us and not in the log: what must never be."""
        return max(0, self.began + self.acked - self.end)

    @property
    def under_way(self) -> bool:
        """Some are not answered yet, or were while the brokers were asked, who need not have counted them."""
        return self.waiting > 0 or self.stored > self.acked


@dataclass(frozen=True)
class GroupCount:
    """Records of one group, over all that its topics hold."""

    names: ClassVar = (
        "processed",
        "again",
        "dead",
        "lost",
        "skipped",
        "by_guests",
        "void",
        "in_hand",
        "unread",
        "uncommitted",
    )

    stored: int
    processed: int
    again: int
    dead: int
    lost: int
    skipped: int
    by_guests: int
    void: int
    in_hand: int
    unread: int
    uncommitted: int
    """Handled, and the bookmark not set behind them: after a crash these are delivered again."""

    @property
    def adds_up(self) -> bool:
        parts = (
            self.processed,
            self.dead,
            self.lost,
            self.skipped,
            self.by_guests,
            self.void,
            self.in_hand,
            self.unread,
        )
        return min(parts) >= 0 and sum(parts) == self.stored

    @property
    def under_way(self) -> bool:
        return bool(self.unread or self.in_hand or self.uncommitted)


def count_group(
    ends: Mapping[Place, int],
    accounts: Mapping[Place, Account],
    committed: Mapping[Place, int | None],
    working: bool,
    guests: Mapping[Place, int],
) -> GroupCount:
    """Records whose bookmark is set and which nobody has handled are in somebody's hands, or else lost.

    Unless a guest has read them: `guests` has the places whose bookmark none of ours set, and behind which offset
    none of ours can have gone ahead of their handling.
    """
    known = {place: accounts.get(place, Account()) for place in ends}
    by_guests = sum(
        max(0, (committed.get(place) or 0) - max(known[place].next, ahead)) for place, ahead in guests.items()
    )
    passed = sum(max(0, (committed.get(place) or 0) - account.next) for place, account in known.items())
    passed -= by_guests
    return GroupCount(
        stored=sum(ends.values()),
        processed=sum(account.processed for account in known.values()),
        again=sum(account.again for account in known.values()),
        dead=sum(account.dead for account in known.values()),
        lost=sum(account.lost for account in known.values()) + (0 if working else passed),
        skipped=sum(account.skipped for account in known.values()),
        by_guests=sum(account.by_guests for account in known.values()) + by_guests,
        void=sum(account.void for account in known.values()),
        in_hand=passed if working else 0,
        unread=sum(end - max(known[place].next, committed.get(place) or 0) for place, end in ends.items()),
        uncommitted=sum(
            max(0, account.next - (committed.get(place) or 0))
            for place, account in known.items()
            if account.next > account.skipped + account.by_guests + account.void
        ),
    )


AnyCount = GroupCount | ShareCount


def at_rest(topics: Iterable[TopicCount], groups: Iterable[AnyCount]) -> bool:
    """Nothing is under way, so all must add up."""
    return not any(topic.under_way for topic in topics) and not any(group.under_way for group in groups)


def told(topics: Mapping[str, TopicCount], groups: Mapping[str, AnyCount], busy: bool) -> dict[str, Any]:
    """As plain values, for a hop, a table and the API."""
    rest = not busy and at_rest(topics.values(), groups.values())
    holds = not any(topic.vanished or topic.waiting < 0 for topic in topics.values())
    return {
        "topics": {name: _topic(count) for name, count in topics.items()},
        "groups": {name: _group(count) for name, count in groups.items()},
        "at_rest": rest,
        "balanced": holds and all(group.adds_up for group in groups.values()),
    }


def _topic(count: TopicCount) -> dict[str, int]:
    names = ("sent", "stored", "unknown", "failed", "waiting", "others", "vanished", "end")
    return {name: getattr(count, name) for name in names}


def _group(count: AnyCount) -> dict[str, int]:
    return {name: getattr(count, name) for name in count.names}
