"""Whether a room's logs are still those that it began with: a topic that is made anew has a log of another id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

_GONE = 3
"""Looks in a row without a topic after which it is gone: a broker may not know for a moment of one that is there."""


class Identity:
    """Of the logs of one room, by what brokers call them (topic ids, KIP-516)."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._missing: Counter[str] = Counter()
        self.changed: frozenset[str] = frozenset()
        """Topics whose log is another one, or deleted. A life of a room ends with that."""

    def see(self, found: Mapping[str, str]) -> None:
        """The id of each topic's log that is there now."""
        for topic, known in self._known.items():
            self._missing[topic] = 0 if topic in found else self._missing[topic] + 1
            if found.get(topic, known) != known or self._missing[topic] >= _GONE:
                self.changed |= {topic}
        for topic, log in found.items():
            self._known.setdefault(topic, log)
