"""How far the groups of a room are behind, between two questions to the brokers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

from apps.kafka.hops import Hop, HopType

_Counted = Counter[tuple[str, str | None]]
"""By topic, and by group those that it has handled; by None those that are stored."""


class Counts:
    """Of records stored and handled, by hops. May be used from any thread.

    What a group went past, or read twice, since its bookmark was moved is in no difference of the two; so brokers say
    now and then how far it is behind, and hops only what has changed since.
    """

    def __init__(self) -> None:
        self._counted, self._lock = _Counted(), threading.Lock()
        self._then, self._lags = _Counted(), dict[tuple[str, str], int]()

    def add(self, topic: str, group: str | None, count: int) -> None:
        with self._lock:
            self._counted[topic, group] += count

    def see(self, hop: Hop) -> None:
        if hop.type is HopType.ACK or hop.type is HopType.PROCESS:
            self.add(hop.topic or "", hop.group, hop.count or 0)

    def stored(self, topic: str) -> int:
        return self._counted[topic, None]

    def now(self) -> _Counted:
        """To be asked for before the brokers are."""
        with self._lock:
            return self._counted.copy()

    def told(self, then: _Counted, lags: Mapping[tuple[str, str], int]) -> None:
        """Brokers say how far each group is behind in each topic; `then`: what was counted before they were asked."""
        with self._lock:
            self._then, self._lags = then, dict(lags)

    def behind(self, topic: str, group: str) -> int:
        """Records."""
        with self._lock:
            stored, handled = self._counted[topic, None], self._counted[topic, group]
            lag = self._lags.get((topic, group))
            if lag is None:
                return stored - handled
            least = lag - (handled - self._then[topic, group])
            most = lag + (stored - self._then[topic, None])
        return min(max(stored - handled, least), most)
