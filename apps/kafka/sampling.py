"""Which records are shown whole: all while they are few, a few while they are many."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from apps.kafka.hops import RECORD_TYPES, Hop, unnamed

PER_SECOND = 3.0
BURST = 24.0


class Sampler:
    """A token bucket, asked once for a record where it starts; its answer travels in the trace flags.

    A chosen record is then shown at every hop and to everybody, without a word between the processes.
    """

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._rate, self._burst, self._tokens = per_second, burst, burst
        self._last = time.monotonic()
        self._lock = threading.Lock()

    def choose(self) -> bool:
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._last) * self._rate)
            self._last = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


_MOST_TRACES = 2_000
_MOST_RECORDS = 24
"""Of one trace: a press gives rise to some few. Who copies a trace id of ours gets no further."""
_Place = tuple[str | None, int | None, int | None]


@dataclass(slots=True)
class _Trace:
    """`shown`: where its records are that were told whole."""

    own: bool
    chosen: bool = True
    shown: set[_Place] = field(default_factory=set)


class Samples:
    """Holds hops to what was chosen: anybody who writes into a room's topics may set the flag of a record.

    Traces of the room's own presses are shown as its sampler chose them; of others as many as that would choose of
    them, each decided once, where it is first seen. What is not shown whole is counted in a run. May be used from any
    thread.
    """

    def __init__(self, guests: Sampler | None = None) -> None:
        self._guests = guests or Sampler()
        self._known: OrderedDict[str, _Trace] = OrderedDict()
        self._lock = threading.Lock()

    def own(self, trace: str) -> None:
        """A press that was chosen."""
        with self._lock:
            self._remember(trace, _Trace(own=True))

    def is_own(self, trace: str) -> bool:
        with self._lock:
            known = self._known.get(trace)
        return known is not None and known.own

    def hold(self, hop: Hop) -> Hop | None:
        """The hop as it may be told; None for a sample that may not: its record is in a run already."""
        if hop.trace is None or hop.type not in RECORD_TYPES or self._shows(hop.trace, hop):
            return hop
        return unnamed(hop) if hop.count else None

    def _shows(self, trace: str, hop: Hop) -> bool:
        place = (hop.topic, hop.partition, hop.offset)
        with self._lock:
            if trace not in self._known:
                self._remember(trace, _Trace(own=False, chosen=self._guests.choose()))
            known = self._known[trace]
            if not known.chosen or (place not in known.shown and len(known.shown) >= _MOST_RECORDS):
                return False
            known.shown.add(place)
            return True

    def _remember(self, trace: str, known: _Trace) -> None:
        self._known[trace] = known
        if len(self._known) > _MOST_TRACES:
            self._known.popitem(last=False)
