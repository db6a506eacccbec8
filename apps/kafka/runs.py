"""From records seen one after another to hops: whole while they are few, runs and samples when they are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from apps.kafka.batch import Batch, Run
from apps.kafka.hops import Hop, HopType
from apps.kafka.ownership import Place

MOST_WHOLE = 24
"""A longer run is drawn as a run, even when each of its records may be shown whole."""


class Seen(Protocol):
    """One record at one step. `shown` is its trace id, or empty unless the record is to be shown whole."""

    @property
    def topic(self) -> str: ...

    @property
    def partition(self) -> int: ...

    @property
    def offset(self) -> int: ...

    @property
    def key(self) -> str | None: ...

    @property
    def shown(self) -> str: ...


S = TypeVar("S", bound=Seen)


def contiguous(seen: Iterable[S]) -> list[Sequence[S]]:
    """Split by partition, then wherever an offset does not follow the one before it. Order within each is kept."""
    if isinstance(seen, Batch):
        return cast(list[Sequence[S]], list(seen.runs))
    done: list[Sequence[S]] = []
    open_runs: dict[tuple[str, int], list[S]] = {}
    run: list[S] = []
    topic, partition, expected = "", -1, -1
    for one in seen:
        # Mostly it follows the one before: a flood comes by the batch, each of one partition.
        if one.offset == expected and one.partition == partition and one.topic == topic:
            run.append(one)
            expected += 1
            continue
        topic, partition, expected = one.topic, one.partition, one.offset + 1
        known = open_runs.get((topic, partition))
        if known is not None and one.offset == known[-1].offset + 1:
            run = known
            run.append(one)
            continue
        if known is not None:
            done.append(known)
        run = open_runs[topic, partition] = [one]
    return done + list(open_runs.values())


def joined(runs: Iterable[Sequence[Seen]]) -> list[tuple[Place, range, list[Seen]]]:
    """Runs that follow each other as one: its place, its offsets, and its records that may be shown whole."""
    done: list[tuple[Place, range, list[Seen]]] = []
    newest: dict[Place, int] = {}
    for run in runs:
        place, first = (run[0].topic, run[0].partition), run[0].offset
        at = newest.get(place)
        if at is not None and done[at][1].stop == first:
            _, offsets, samples = done[at]
            done[at] = (place, range(offsets.start, first + len(run)), [*samples, *_samples(run)])
        else:
            newest[place] = len(done)
            done.append((place, range(first, first + len(run)), [*_samples(run)]))
    return done


def _samples(run: Sequence[Seen]) -> Sequence[Seen]:
    return run.samples if isinstance(run, Run) else [one for one in run if one.shown]


@dataclass(frozen=True)
class Step:
    """What the hops of one step have in common."""

    type: HopType
    source: str
    at: int
    group: str | None = None

    def hops(self, runs: Iterable[Sequence[Seen]], data: dict[str, Any] | None = None) -> list[Hop]:
        """Hops for runs of records. Each partition's sum of `count` is the number of records given."""
        hops: list[Hop] = []
        for run in runs:
            first = run[0]
            offsets = range(first.offset, first.offset + len(run))
            hops += self.of((first.topic, first.partition), offsets, _samples(run), data)
        return hops

    def of(
        self,
        place: Place,
        offsets: range,
        samples: Sequence[Seen],
        data: dict[str, Any] | None = None,
        most_whole: int = MOST_WHOLE,
    ) -> list[Hop]:
        """The same of one run. `samples`: its records that may be shown whole."""
        whole = len(offsets) <= most_whole and len(samples) == len(offsets)
        hops = [] if whole else [self._run(place, offsets, data)]
        return hops + [self._whole(one, int(whole), data) for one in samples]

    def _run(self, place: Place, offsets: range, data: dict[str, Any] | None) -> Hop:
        return Hop(
            self.type,
            self.source,
            self.at,
            *place,
            first=offsets[0] if len(offsets) > 1 else None,
            offset=offsets[-1],
            count=len(offsets),
            group=self.group,
            data=data,
        )

    def _whole(self, one: Seen, count: int, data: dict[str, Any] | None) -> Hop:
        return Hop(
            self.type,
            self.source,
            self.at,
            topic=one.topic,
            partition=one.partition,
            offset=one.offset,
            count=count,
            key=one.key,
            group=self.group,
            trace=one.shown,
            data=data,
        )
