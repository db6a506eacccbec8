"""Whether a room's logs are still those that it began with: a topic that is made anew has a log of another id."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

_MISSING, _GONE = 2, 5
"""Looks in a row without a topic after which it is told as missing, for a broker may not know for a moment of one that
is there; and after which it is made anew, for somebody may be about to."""

_BACK = 2.0
"""Seconds for which a log must end earlier than it did: who has just become leader may for a moment know of fewer
records, however often it is asked in that moment."""
MOST_PARTITIONS = 64
"""Of a topic, as many as a page can draw and brokers be asked for each second."""
Place = tuple[str, int]


@dataclass(frozen=True)
class Log:
    """A topic that is there: what brokers call its log (its id, KIP-516), and how many partitions it has."""

    id: str
    partitions: int


@dataclass(frozen=True)
class Logs:
    """Topics of a room: those whose log, or number of partitions, is another than when its life began, and those that
    are not there."""

    changed: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    """Of the missing ones those that are to be made anew."""
    unfit: Mapping[str, int] = field(default_factory=dict)
    """Those that have more partitions than a room can take, with their number."""


class Ends:
    """Where the logs of one life of a room end. A log that ends earlier has lost records that were stored.

    Several threads ask brokers, and see what they were told.
    """

    def __init__(self) -> None:
        self._furthest: dict[Place, int] = {}
        self._since: dict[Place, float] = {}
        self._lock = threading.Lock()
        self.went_back = False
        """Whether one has done so, and kept to it."""

    def see(self, ends: Mapping[Place, int], now: float) -> None:
        """`now`: seconds that never go back."""
        with self._lock:
            back = [place for place, end in ends.items() if end < self._furthest.get(place, end)]
            self._since = {place: self._since.get(place, now) for place in back}
            self._furthest |= {place: max(end, self._furthest.get(place, end)) for place, end in ends.items()}
            self.went_back = any(now - since >= _BACK for since in self._since.values())


class Identity:
    """Of the logs of one life of a room, by what brokers tell of them.

    Where brokers have no topic ids all are called "", and one that was missing comes back as another.
    """

    def __init__(self, begun: Mapping[str, Log]) -> None:
        self._begun = dict(begun)
        self._absent: Counter[str] = Counter()
        self._changed: frozenset[str] = frozenset()

    def see(self, found: Mapping[str, Log]) -> Logs:
        """`found`: those that are there now. One that has changed once has for good."""
        self._changed |= self._others(found)
        for topic in self._begun:
            self._absent[topic] = 0 if topic in found else self._absent[topic] + 1
        return Logs(self._changed, self._absent_for(_MISSING), self._absent_for(_GONE), unfit(found))

    def differs(self, found: Mapping[str, Log]) -> bool:
        """Whether any has changed: for many who ask at once, and whose looks are not to be counted."""
        return bool(self._changed or self._others(found))

    def _others(self, found: Mapping[str, Log]) -> frozenset[str]:
        return frozenset(
            topic
            for topic, begun in self._begun.items()
            if topic in found
            and (found[topic] != begun or (not begun.id and self._absent[topic] >= _MISSING))
        )

    def _absent_for(self, looks: int) -> frozenset[str]:
        return frozenset(topic for topic, count in self._absent.items() if count >= looks)


def unfit(found: Mapping[str, Log]) -> dict[str, int]:
    """As `Logs.unfit`."""
    return {topic: log.partitions for topic, log in found.items() if log.partitions > MOST_PARTITIONS}
