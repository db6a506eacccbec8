"""From records seen one after another to hops: whole while they are few, runs and samples when they are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from apps.kafka.hops import Hop, HopType

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


def contiguous(seen: Iterable[S]) -> list[list[S]]:
    """Split by partition, then wherever an offset does not follow the one before it. Order within each is kept."""
    done: list[list[S]] = []
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


@dataclass(frozen=True)
class Step:
    """What the hops of one step have in common."""

    type: HopType
    source: str
    at: int
    group: str | None = None

    def hops(
        self, runs: Iterable[Sequence[Seen]], data: dict[str, Any] | None = None, most_whole: int = MOST_WHOLE
    ) -> list[Hop]:
        """Hops for runs of records. Each partition's sum of `count` is the number of records given."""
        hops: list[Hop] = []
        for run in runs:
            whole = len(run) <= most_whole and all(one.shown for one in run)
            if not whole:
                hops.append(self._run(run, data))
            hops += (self._whole(one, int(whole), data) for one in run if one.shown)
        return hops

    def _run(self, run: Sequence[Seen], data: dict[str, Any] | None) -> Hop:
        first, last = run[0], run[-1]
        return Hop(
            self.type,
            self.source,
            self.at,
            topic=last.topic,
            partition=last.partition,
            first=first.offset if len(run) > 1 else None,
            offset=last.offset,
            count=len(run),
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
