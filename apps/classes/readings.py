"""Who read, handled and committed which records, for as long as a class lasts: runs that follow on become one."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import Any

from apps.classes.sightings import STEPS, Run

_KEPT = 400
"""Runs of a step in a partition: a new one begins only where another member goes on, or something is read again."""


class Readings:
    """Of all that the logs of one room held. `log` is any number that tells them apart."""

    def __init__(self) -> None:
        self._runs: dict[tuple[int, str, str, int, str], deque[Run]] = defaultdict(
            lambda: deque(maxlen=_KEPT)
        )

    def take(self, log: int, hops: Iterable[Mapping[str, Any]], known: bool = False) -> None:
        """`known`: they are a backlog's, which tells again what was told."""
        for hop in hops:
            if did := STEPS.get(hop["type"]):
                last = hop["offset"]
                run = Run(did, hop["source"], hop.get("first", last), last)
                self._add(self._runs[log, hop["group"], hop["topic"], hop["partition"], did], run, known)

    def _add(self, runs: deque[Run], run: Run, known: bool) -> None:
        before = runs[-1] if runs else None
        if before and known and run.first <= before.last:
            run = Run(run.did, run.by, before.last + 1, run.last)
        if run.first > run.last:
            return
        if before and before.by == run.by and run.first == before.last + 1:
            runs[-1] = Run(run.did, run.by, before.first, run.last)
        else:
            runs.append(run)

    def of(self, log: int, group: str, topic: str, partition: int, offset: int) -> dict[str, str]:
        """Each member that had this record, in the order seen, and how far it came with it."""
        found: dict[str, str] = {}
        for did in STEPS.values():
            for run in self._runs.get((log, group, topic, partition, did), ()):
                if run.first <= offset <= run.last:
                    found[run.by] = did
        return found
