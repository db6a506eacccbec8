"""How far a group got in one partition, to the single record: what it handled, twice, never, or put aside. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from apps.kafka.received import Received
from apps.kafka.runs import contiguous

Range = tuple[int, int]
"""Offsets, the first and the last."""
Place = tuple[str, int]


@dataclass(frozen=True)
class Account:
    """Of the offsets below `next` each was handled, but for those in these ranges.

    `gaps` were lost: the bookmark passed them before anybody had handled them. `skips` were passed over by choice, by
    a group that started at the end, or rejected by one that shares; `given_up` were delivered to that one as often as
    Kafka does; `guests` lie behind a bookmark that somebody's own consumer set in this group. `again` counts
    deliveries of what had been handled, `dead` records that went to the dead letters, `void` offsets that hold no
    record for this group.
    """

    next: int = 0
    gaps: tuple[Range, ...] = ()
    skips: tuple[Range, ...] = ()
    again: int = 0
    dead: int = 0
    void: int = 0
    given_up: tuple[Range, ...] = ()
    guests: tuple[Range, ...] = ()

    @property
    def lost(self) -> int:
        return _size(self.gaps)

    @property
    def skipped(self) -> int:
        return _size(self.skips)

    @property
    def spent(self) -> int:
        return _size(self.given_up)

    @property
    def by_guests(self) -> int:
        return _size(self.guests)

    @property
    def processed(self) -> int:
        """Records handled, each counted once."""
        return self.next - sum(map(_size, self._ranges)) - self.dead - self.void

    @property
    def _ranges(self) -> tuple[tuple[Range, ...], ...]:
        return self.gaps, self.skips, self.given_up, self.guests

    def is_new(self, offset: int) -> bool:
        if offset >= self.next:
            return True
        return any(first <= offset <= last for ranges in self._ranges for first, last in ranges)

    def begin(self, offset: int) -> Account:
        """The group reads from here by choice: what lies before and was never handled is passed over."""
        if offset <= self.next:
            return self
        return replace(self, next=offset, skips=(*self.skips, (self.next, offset - 1)))

    def read_by_guest(self, first: int, last: int) -> Account:
        """Somebody's own consumer set the group's bookmark behind these; those below `next` are known to."""
        begin = max(first, self.next)
        if last < begin:
            return self
        done = self._handled(begin, last)
        return replace(done, guests=(*done.guests, (begin, last)))

    def passed(self, first: int, last: int) -> Account:
        """These hold no record; those below `next` are known to."""
        begin = max(first, self.next)
        if last < begin:
            return self
        return replace(self._handled(begin, last), void=self.void + last - begin + 1)

    def put_aside(self, rejected: Iterable[Range] = (), given_up: Iterable[Range] = ()) -> Account:
        """These were never handled, and will not be delivered again."""
        rejected, given_up = tuple(rejected), tuple(given_up)
        done = self.handled((*rejected, *given_up))
        return replace(
            done,
            skips=_merged((*done.skips, *rejected)),
            given_up=_merged((*done.given_up, *given_up)),
        )

    def handled(self, ranges: Iterable[Range], again: int = 0, dead: int = 0) -> Account:
        """These are done now: `again` records of them had been before, `dead` are put aside.

        What lies between the last ones and these was passed by the bookmark, and handled by nobody.
        """
        account = self
        for first, last in ranges:
            account = account._handled(first, last)
        return replace(account, again=self.again + again, dead=self.dead + dead)

    def cut(self, end: int) -> Account:
        """The log ends there by now, and what comes in place of the rest is new."""
        if end >= self.next:
            return self
        kept = [tuple(_without(one, end, self.next)) for one in self._ranges]
        gaps, skips, given_up, guests = kept
        left = end - sum(map(_size, kept))
        dead = min(self.dead, left)
        return replace(
            self,
            next=end,
            gaps=gaps,
            skips=skips,
            given_up=given_up,
            guests=guests,
            dead=dead,
            void=min(self.void, left - dead),
        )

    def _handled(self, first: int, last: int) -> Account:
        between = ((self.next, first - 1),) if first > self.next else ()
        return replace(
            self,
            next=max(self.next, last + 1),
            gaps=_without((*self.gaps, *between), first, last),
            skips=_without(self.skips, first, last),
            given_up=_without(self.given_up, first, last),
            guests=_without(self.guests, first, last),
        )


def ranges_of(batch: Iterable[Received]) -> dict[Place, list[Range]]:
    """The offsets of each partition that a batch has, in its order."""
    found: dict[Place, list[Range]] = {}
    for run in contiguous(batch):
        found.setdefault((run[0].topic, run[0].partition), []).append((run[0].offset, run[-1].offset))
    return found


def counts_of(records: Iterable[Received]) -> Counter[Place]:
    return Counter((record.topic, record.partition) for record in records)


def _size(ranges: Iterable[Range]) -> int:
    return sum(last - first + 1 for first, last in ranges)


def _merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same offsets in as few ranges as there can be."""
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def _without(ranges: Iterable[Range], first: int, last: int) -> tuple[Range, ...]:
    """What is left of ranges when [first, last] is taken out of them."""
    left = []
    for begin, end in ranges:
        if begin < first:
            left.append((begin, min(end, first - 1)))
        if end > last:
            left.append((max(begin, last + 1), end))
    return tuple(left)
