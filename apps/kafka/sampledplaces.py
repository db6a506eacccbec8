"""Which records are shown whole, known by their place: whoever reads them first looks, for all groups of a room."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.kafka.batch import Run
from apps.kafka.ownership import Place

_MOST = 1000
"""Samples that are remembered of a partition. While few records pass each of them is one."""


@dataclass(slots=True)
class _Known:
    """Of one partition: all offsets from `first` to before `end` were looked at, and these are samples, in order.

    `own`: records behind those that we stored ourselves, with the samples among them.
    """

    first: int = 0
    end: int = 0
    samples: dict[int, None] = field(default_factory=dict)
    own: list[tuple[range, Sequence[int]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class SampledPlaces:
    """Of one log. May be used from any thread.

    A sample is looked at by everybody: should its place hold another record by now, as after an unclean election, that
    one tells for itself.
    """

    def __init__(self) -> None:
        self._places: dict[Place, _Known] = {}

    def stored(self, place: Place, offsets: range, samples: Sequence[int]) -> None:
        """Brokers have said that these are records of ours: nobody needs to look but at these samples."""
        known = self._places.setdefault(place, _Known())
        with known.lock:
            if offsets.stop > known.end:
                known.own = [*known.own[-_MOST + 1 :], (offsets, samples)]

    def mark(self, run: Run) -> None:
        """See which records of a run are to be shown whole."""
        known = self._places.setdefault(run.place, _Known())
        with known.lock:  # who comes meanwhile has less to look at
            _look(known, run)


def _look(known: _Known, run: Run) -> None:
    first, end = run.first, run.first + len(run)
    for offset in [offset for offset in known.samples if first <= offset < end]:
        run.look(offset, offset + 1)
    # Read from further back than anybody remembers; that is not worth forgetting the log's end for.
    run.look(first, known.first)
    if end <= known.end:
        return
    if first > known.end:
        known.first = known.end = first
        known.samples.clear()
    known.samples |= dict.fromkeys(_look_behind(known, run))
    known.end = end
    known.own = [own for own in known.own if own[0].stop > end]
    while len(known.samples) > _MOST:
        known.first = next(iter(known.samples)) + 1
        del known.samples[known.first - 1]


def _look_behind(known: _Known, run: Run) -> list[int]:
    """The samples of a run from where nobody has looked yet."""
    begin, end, samples = known.end, run.first + len(run), list[int]()
    for offsets, chosen in sorted(known.own, key=lambda own: own[0].start):
        if offsets.start >= end or offsets.stop <= begin:
            continue
        samples += run.look(begin, offsets.start)
        for offset in chosen:
            if begin <= offset < end:
                samples += run.look(offset, offset + 1)
        begin = offsets.stop
    return samples + run.look(begin, end)
