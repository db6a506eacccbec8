"""How long partitions stood still when a group shared them out anew, by the times of the members' own callbacks."""

from __future__ import annotations

import threading
from dataclasses import replace

from apps.kafka.hops import Hop, HopType

_GIVEN_UP = frozenset({HopType.REVOKE, HopType.LOST, HopType.LEAVE, HopType.CRASH})
Place = tuple[str, int]


class Standstill:
    """Adds to an `assign` hop what only all members together tell: `still_ms`, the longest that one had no reader.

    Of what a guest had meanwhile nobody here can tell that.
    """

    def __init__(self) -> None:
        self._since: dict[tuple[str, Place], int] = {}
        self._lock = threading.Lock()

    def see(self, hop: Hop) -> Hop:
        """The hop as it is to be told."""
        changed = [
            (hop.group or "", (topic, number)) for topic, number in (hop.data or {}).get("changed", ())
        ]
        with self._lock:
            if hop.type in _GIVEN_UP:
                self._since |= dict.fromkeys(changed, hop.at)
            if hop.type is HopType.GUEST:
                for place in hop.partitions or ():
                    self._since.pop((hop.group or "", place), None)
            if hop.type is not HopType.ASSIGN:
                return hop
            gaps = [hop.at - since for where in changed if (since := self._since.pop(where, None))]
        if not gaps:
            return hop
        return replace(hop, data={**(hop.data or {}), "still_ms": round(max(gaps) / 1e6, 1)})
