"""Which keys the records of a run have: how many have each, exactly, for as many keys as there is room.

A count that is kept counts every record of the run with that key, whatever has been joined. So where some records of a
run are not counted by their key, a key that the run does not name may yet be among them: joined with another run that
names it, its count would be too small, and it is dropped. What is dropped is in "others", `count` minus the sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

KeyCounts = Mapping[str | None, int]

MOST_KEPT = 64
MOST_TOLD = 4
LEAST_TOLD = 0.01
"""Of the run's records: less is nothing to see, and costs each viewer bytes."""


def count_keys(raw: Iterable[bytes | None]) -> dict[str | None, int]:
    """Of one run, as they are on the broker."""
    counted: Counter[bytes | None] = Counter(raw)
    return {
        key if key is None else key.decode(errors="replace"): count
        for key, count in counted.most_common(MOST_KEPT)
    }


def join_keys(earlier: KeyCounts, earlier_count: int, later: KeyCounts, later_count: int) -> KeyCounts:
    """Of both runs, which have that many records each."""
    known = set(earlier) | set(later)
    if sum(earlier.values()) < earlier_count:
        known &= set(earlier)
    if sum(later.values()) < later_count:
        known &= set(later)
    joined = Counter({key: earlier.get(key, 0) + later.get(key, 0) for key in known})
    return dict(joined.most_common(MOST_KEPT))


def told_keys(counts: KeyCounts, count: int) -> list[tuple[str | None, int]]:
    """The most frequent of a run of that many records, which is all that goes over the wire."""
    most = Counter(counts).most_common(MOST_TOLD)
    return [(key, times) for key, times in most if times >= count * LEAST_TOLD]
