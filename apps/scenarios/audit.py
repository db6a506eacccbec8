"""What the brokers and the groups' accounts say of a run, set beside each other: lag, and the ledger."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from apps.kafka.clusters import Bookmark, Bookmarks, Cluster, ClusterError, PartitionOffsets, Place
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.identity import Ends
from apps.kafka.outcomes import Totals
from apps.kafka.reports import Fate
from apps.scenarios import ledger as books
from apps.scenarios.base import Scenario
from apps.scenarios.shares import count_shares
from apps.scenarios.shareteam import ShareTeam
from apps.scenarios.store import Store
from apps.scenarios.team import Team

Committed = Mapping[str, list[PartitionOffsets]]
"""By group."""
BROKERS = "brokers"
"""The source of what brokers are asked for."""


class Audit:
    """Of one run. `began`: log ends by topic when its life began. Raises ClusterError where brokers do not answer."""

    def __init__(
        self,
        scenario: Scenario,
        cluster: Cluster,
        store: Store,
        teams: Mapping[str, Team | ShareTeam],
        totals: Totals,
        began: Counter[str],
        observe: Observe,
    ) -> None:
        self._scenario, self._cluster, self._store = scenario, cluster, store
        self._teams, self._totals, self._began, self._observe = teams, totals, began, observe
        self._lags: dict[tuple[str, str, int], PartitionOffsets] = {}
        self._starts: dict[Place, int] = {}
        self._ends = Ends()
        self._told: dict[str, Any] = {}

    def committed(self) -> Committed:
        """Offsets of each group that is there and has such, in the topics that it reads, asked of the brokers."""
        bookmarks = self._bookmarks()
        return self._set_beside(bookmarks, self._cluster.ends())

    def _bookmarks(self) -> Mapping[str, Bookmarks]:
        return self._cluster.bookmarks(self._there(shared=False))

    def _set_beside(self, bookmarks: Mapping[str, Bookmarks], ends: list[PartitionOffsets]) -> Committed:
        return {
            name: [
                _with_bookmark(found, places.get((found.topic, found.partition)))
                for found in ends
                if found.topic in self._teams[name].group.topics
            ]
            for name, places in bookmarks.items()
        }

    def _there(self, shared: bool) -> list[str]:
        """A guest is there when it has been once."""
        return [
            name
            for name, team in self._teams.items()
            if team.group.shared == shared
            and (not team.group.guest or len(team) or self._store.accounts(name))
        ]

    def sample(self, busy: bool) -> None:
        """Ask for each group's lag and where logs begin; report these and the ledger as hops where they changed."""
        asked = now()
        ends, committed, account = self._look(busy)
        for one in ends:
            self._tell_start(one)
        for group, offsets in committed.items():
            for found in offsets:
                if self._lags.get((group, found.topic, found.partition)) != found:
                    self._lags[group, found.topic, found.partition] = found
                    self._tell_lag(group, found, asked)
        if account != self._told:
            self._told = account
            self._observe(Hop(HopType.LEDGER, BROKERS, now(), data=account))

    @property
    def shortened(self) -> bool:
        """Whether a log ends before where it did, and keeps to it."""
        return self._ends.went_back

    @property
    def lag(self) -> dict[str, int]:
        """Of each group, as it was last asked for."""
        found: Counter[str] = Counter()
        # A copy: it is asked for in another thread than lags are noted in.
        for (group, _topic, _partition), offsets in self._lags.copy().items():
            found[group] += offsets.lag
        return dict(found)

    @property
    def lag_by_topic(self) -> Counter[tuple[str, str]]:
        """By topic and group, as it was last asked for."""
        found: Counter[tuple[str, str]] = Counter()
        for (group, topic, _partition), offsets in self._lags.copy().items():
            found[topic, group] += offsets.lag
        return found

    def _tell_start(self, found: PartitionOffsets) -> None:
        """Whatever deleted them: retention, or a person (DeleteRecords)."""
        place = (found.topic, found.partition)
        if found.start > self._starts.get(place, 0):
            self._starts[place] = found.start
            self._observe(Hop(HopType.DELETE, BROKERS, now(), *place, offset=found.start - 1))

    def _tell_lag(self, group: str, found: PartitionOffsets, asked: int) -> None:
        """With the time before the question: whoever set a bookmark later than that knows better."""
        place = (found.topic, found.partition)
        data = {"end": found.end, "lag": found.lag}
        self._observe(
            Hop(HopType.LAG, BROKERS, asked, *place, offset=found.committed, group=group, data=data)
        )

    def ledger(self, busy: bool) -> dict[str, Any]:
        """What was produced, stored and handled, and whether it adds up. `busy`: more is to come."""
        _ends, _committed, account = self._look(busy)
        return account

    def _look(self, busy: bool) -> tuple[list[PartitionOffsets], Committed, dict[str, Any]]:
        """Bookmarks are asked first and log ends last, so that what moves meanwhile makes nothing negative."""
        bookmarks = self._bookmarks()
        working = {name: self._teams[name].working for name in bookmarks}
        shared = self._there(shared=True)
        accounts = {name: self._store.accounts(name) for name in (*bookmarks, *shared)}
        acked = {name: self._totals.of(name, Fate.STORED) for name in self._scenario.partitions}
        found = self._cluster.ends()
        committed = self._set_beside(bookmarks, found)
        ends = {(one.topic, one.partition): one.end for one in found}
        self._ends.see(ends, time.monotonic())
        if any(
            account.next > ends.get(place, account.next)
            for group in accounts.values()
            for place, account in group.items()
        ):
            raise ClusterError(
                "A log of this room ends before what was read of it. The room begins with it anew."
            )
        groups: dict[str, books.AnyCount] = {
            name: books.count_group(
                self._read_by(name, ends),
                accounts[name],
                {(one.topic, one.partition): one.committed for one in offsets},
                working[name],
                self._of_guests(name, offsets),
            )
            for name, offsets in committed.items()
        }
        groups |= {name: count_shares(self._read_by(name, ends), accounts[name]) for name in shared}
        topics = {name: self._count(name, acked[name], ends) for name in self._scenario.partitions}
        return found, committed, books.told(topics, groups, busy)

    def _of_guests(self, group: str, offsets: Iterable[PartitionOffsets]) -> dict[Place, int]:
        """Where none of ours set the bookmark, and how far ours had gone ahead. Asked after the bookmarks were."""
        team = cast(Team, self._teams[group])
        return {
            place: team.ahead(place)
            for found in offsets
            if not found.ours and (place := (found.topic, found.partition))
        }

    def _read_by(self, group: str, ends: Mapping[Place, int]) -> dict[Place, int]:
        return {place: end for place, end in ends.items() if place[0] in self._teams[group].group.topics}

    def _count(self, topic: str, acked: int, ends: Mapping[Place, int]) -> books.TopicCount:
        of = self._totals.of
        stored, unknown, failed = (of(topic, fate) for fate in (Fate.STORED, Fate.UNKNOWN, Fate.FAILED))
        end = sum(count for (name, _), count in ends.items() if name == topic)
        return books.TopicCount(of(topic), stored, unknown, failed, acked, self._began[topic], end)


def _with_bookmark(found: PartitionOffsets, bookmark: Bookmark | None) -> PartitionOffsets:
    if bookmark is None:
        return found
    return replace(found, committed=bookmark.offset, ours=bookmark.ours)
