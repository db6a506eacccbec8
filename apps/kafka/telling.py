"""What one member does, as hops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.ownership import Place
from apps.kafka.received import Received
from apps.kafka.runs import Step, joined

Run = Sequence[Received]


class Teller:
    """Belongs to the member's thread. A member that has died tells nothing more."""

    def __init__(self, group: str, name: str, observe: Observe) -> None:
        self._group, self._name, self._observe = group, name, observe
        self.silent = False

    def records(self, type_: HopType, runs: Sequence[Run]) -> None:
        for hop in self._step(type_).hops(runs):
            self._tell(hop)

    def processed(self, runs: Sequence[Run], redelivered: Mapping[Place, int]) -> None:
        """What had been handled before comes first in its partition, and is told apart."""
        left = dict(redelivered)
        for run in runs:
            where = (run[0].topic, run[0].partition)
            again = min(left.get(where, 0), len(run))
            left[where] = left.get(where, 0) - again
            for hop in self._step(HopType.PROCESS).hops([run[:again]] if again else []):
                self._tell(replace(hop, data={"redelivered": hop.count}))
            self.records(HopType.PROCESS, [run[again:]] if again < len(run) else [])

    def committed(self, runs: Sequence[Run], nexts: Mapping[Place, int]) -> None:
        """One commit, which moved each bookmark once. Where one is beyond the last record, as behind the end of a
        transaction, the hop says so."""
        step, moved = self._step(HopType.COMMIT), joined(runs)
        last = {place: offsets[-1] for place, offsets, _ in moved}
        for place, offsets, samples in moved:
            for hop in step.of(place, offsets, samples, most_whole=1):
                offset = hop.offset or 0
                beyond = nexts[place] if hop.count and offset == last[place] else offset + 1
                self._tell(replace(hop, data={"next": beyond}) if beyond > offset + 1 else hop)

    def member(self, type_: HopType, assigned: Iterable[Place], **fields: Any) -> None:
        """`assigned` is the member's whole assignment by now."""
        self._tell(
            Hop(type_, self._name, now(), group=self._group, partitions=tuple(sorted(assigned)), **fields)
        )

    def seek(self, place: Place, offset: int, short: str | None = None) -> None:
        """`short`: which bound of the log kept it from getting to what was asked for."""
        data = {"short": short} if short else None
        self._tell(Hop(HopType.SEEK, self._name, now(), *place, offset=offset, group=self._group, data=data))

    def hole(self, place: Place, first: int, last: int) -> None:
        self._tell(
            Hop(
                HopType.FAIL,
                self._name,
                now(),
                *place,
                first=first,
                offset=last,
                count=last - first + 1,
                group=self._group,
                error="These records left the log before this group read them.",
            )
        )

    def void(self, place: Place, first: int, last: int) -> None:
        begin = None if first == last else first
        self._tell(Hop(HopType.VOID, self._name, now(), *place, first=begin, offset=last, group=self._group))

    def _step(self, type_: HopType) -> Step:
        return Step(type_, self._name, now(), self._group)

    def _tell(self, hop: Hop) -> None:
        if not self.silent:
            self._observe(hop)
