"""What a class asks of the hops: who owns which partition, and who read, handled and committed a record.

Hops stand for runs of records, so this is exact at any rate and costs the same at all of them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_KEPT = 200
STEPS = {"poll": "read", "process": "handled", "commit": "committed"}
_OF_MEMBERS = frozenset(("join", "assign", "revoke", "lost", "leave", "crash"))
Place = tuple[str, int]
"""A topic and a partition."""


@dataclass(frozen=True, slots=True)
class Run:
    """Records `first` to `last` of a partition; `did` is "read", "handled" or "committed"."""

    did: str
    by: str
    first: int
    last: int


class Sightings:
    """Of one room, from its frames as they come."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str, int], deque[Run]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._owned: dict[tuple[str, str], frozenset[Place]] = {}
        self.ledger: Mapping[str, Any] = {}
        self.crashes: set[str] = set()
        """Members that have died so far."""

    def forget(self) -> None:
        """Before a backlog, which tells all that stands."""
        self._runs.clear()
        self._owned.clear()
        self.crashes.clear()

    def take(self, hops: Iterable[Mapping[str, Any]]) -> None:
        for hop in hops:
            type_ = hop["type"]
            if type_ in STEPS:
                self._ran(STEPS[type_], hop)
            elif type_ in _OF_MEMBERS:
                self._changed(type_, hop)
            elif type_ == "ledger":
                self.ledger = hop["data"]

    def _ran(self, did: str, hop: Mapping[str, Any]) -> None:
        last = hop["offset"]
        run = Run(did, hop["source"], hop.get("first", last), last)
        self._runs[hop["group"], hop["topic"], hop["partition"]].append(run)

    def _changed(self, type_: str, hop: Mapping[str, Any]) -> None:
        member = hop["group"], hop["source"]
        if type_ in ("leave", "crash"):
            self._owned.pop(member, None)
        else:
            self._owned[member] = frozenset((topic, number) for topic, number in hop.get("partitions", ()))
        if type_ == "crash":
            self.crashes.add(hop["source"])

    # What is asked

    def members(self, group: str) -> list[str]:
        """Those that are there, the newest last."""
        found = [name for of, name in self._owned if of == group]
        return sorted(found, key=lambda name: int(name.rpartition("-")[2]))

    def owned(self, group: str, member: str) -> list[Place]:
        return sorted(self._owned.get((group, member), ()))

    def owners(self, group: str, places: Iterable[Place]) -> set[str]:
        """Who reads these now; nobody where a partition has no owner."""
        wanted = set(places)
        return {name for (of, name), owned in self._owned.items() if of == group and owned & wanted}

    def unowned(self, group: str, places: Iterable[Place]) -> set[Place]:
        owned = [places for (of, _), places in self._owned.items() if of == group]
        return set(places) - set().union(*owned)

    def of_record(self, group: str, topic: str, partition: int, offset: int) -> list[Run]:
        """What a group's members did with it, in the order seen."""
        runs = self._runs.get((group, topic, partition), ())
        return [run for run in runs if run.first <= offset <= run.last]

    def in_hand(self, group: str, member: str) -> tuple[Place, int, str] | None:
        """The place and offset that a member read last, and how far it is with it; None once it is committed."""
        last = None
        for (of, topic, partition), runs in self._runs.items():
            mine = [run for run in runs if run.by == member] if of == group else []
            if mine and mine[-1].did != "committed":
                last = (topic, partition), mine[-1].last, mine[-1].did
        return last
