"""What a run's ledger makes of records that move while it is counted."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from apps.kafka.clusters import Bookmark, Bookmarks, Cluster, ClusterError, PartitionOffsets
from apps.kafka.hops import Hop, HopType, now
from apps.kafka.outcomes import Totals
from apps.kafka.reports import Fate
from apps.scenarios.accounts import Account, Place
from apps.scenarios.audit import Audit
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.store import Store
from apps.scenarios.team import Team
from tests.schema import hold

TOPIC = "hearts"
COUNTER = SCENARIOS["hearts"].groups[0]


class Asked:
    """Brokers that hold one record, and acknowledge the second when they were asked for the ends."""

    def __init__(self, totals: Totals) -> None:
        self._totals = totals

    def bookmarks(self, groups: list[str]) -> dict[str, Bookmarks]:
        return {}

    def ends(self) -> list[PartitionOffsets]:
        self._totals.meet(Fate.STORED, Counter({TOPIC: 1}))
        return [PartitionOffsets(TOPIC, 0, end=1)]


def ledger_of(totals: Totals, busy: bool = True) -> dict[str, Any]:
    asked = cast(Cluster, Asked(totals))
    audit = Audit(SCENARIOS["hearts"], asked, cast(Store, None), {}, totals, Counter(), lambda hop: None)
    return audit.ledger(busy)


def test_a_record_that_is_acknowledged_while_ends_are_asked_for_did_not_vanish() -> None:
    totals = Totals()
    totals.add(TOPIC)
    totals.add(TOPIC)
    totals.meet(Fate.STORED, Counter({TOPIC: 1}))
    told = ledger_of(totals)
    assert told["topics"][TOPIC]["stored"] == 2
    assert told["topics"][TOPIC]["vanished"] == 0
    assert told["balanced"]


def test_nothing_is_at_rest_while_a_record_is_acknowledged_that_the_ends_do_not_count() -> None:
    totals = Totals()
    totals.add(TOPIC)
    totals.add(TOPIC)
    totals.meet(Fate.STORED, Counter({TOPIC: 1}))
    told = ledger_of(totals, busy=False)
    assert told["topics"][TOPIC]["waiting"] == 0
    assert not told["at_rest"]


class Retaining:
    """Brokers that delete the oldest records of a log, or none, before they are asked again."""

    def __init__(self, *starts: int) -> None:
        self._starts = iter(starts)

    def bookmarks(self, groups: list[str]) -> dict[str, Bookmarks]:
        return {}

    def ends(self) -> list[PartitionOffsets]:
        return [PartitionOffsets(TOPIC, 2, end=20, start=next(self._starts))]


def test_where_a_log_begins_is_told_whenever_it_has_changed() -> None:
    hops: list[Hop] = []
    asked = cast(Cluster, Retaining(0, 0, 12, 12, 13))
    audit = Audit(SCENARIOS["hearts"], asked, cast(Store, None), {}, Totals(), Counter(), hops.append)
    for _ in range(5):
        audit.sample(busy=False)
    told = [hop for hop in hops if hop.type is HopType.DELETE]
    assert [(hop.topic, hop.partition, hop.offset) for hop in told] == [(TOPIC, 2, 11), (TOPIC, 2, 12)]
    for number, hop in enumerate(told, 1):
        hold("hop", hop.to_wire(number, 0))


class Slow:
    """Brokers that take until after the next commit to answer."""

    def __init__(self) -> None:
        self.answered = 0

    def bookmarks(self, groups: list[str]) -> dict[str, Bookmarks]:
        self.answered = now()
        return {name: {(TOPIC, 0): Bookmark(3, ours=True)} for name in groups}

    def ends(self) -> list[PartitionOffsets]:
        return [PartitionOffsets(TOPIC, 0, end=5)]


class Counting:
    """A group of which a member is at work."""

    working = False

    def __init__(self, group: ConsumerGroup) -> None:
        self.group = group

    def __len__(self) -> int:
        return 1


def test_what_brokers_were_asked_for_is_told_as_of_the_question() -> None:
    hops: list[Hop] = []
    asked, scenario = Slow(), SCENARIOS["hearts"]
    store = cast(Store, SimpleNamespace(accounts=lambda group: {}))
    teams = {group.name: cast(Team, Counting(group)) for group in scenario.all_groups if not group.shared}
    audit = Audit(scenario, cast(Cluster, asked), store, teams, Totals(), Counter(), hops.append)
    audit.sample(busy=False)
    lags = [hop for hop in hops if hop.type is HopType.LAG]
    assert lags and all(hop.offset == 3 and hop.at < asked.answered for hop in lags)


def test_a_record_that_was_acknowledged_and_is_in_no_log_vanished() -> None:
    totals = Totals()
    totals.add(TOPIC)
    totals.add(TOPIC)
    totals.meet(Fate.STORED, Counter({TOPIC: 2}))
    told = ledger_of(totals)
    assert told["topics"][TOPIC]["vanished"] == 1
    assert not told["balanced"]


class Shortened:
    """Brokers whose log ends before what a group has handled, which is also what the store of it says."""

    def bookmarks(self, groups: list[str]) -> dict[str, Bookmarks]:
        return {COUNTER.name: {}}

    def ends(self) -> list[PartitionOffsets]:
        return [PartitionOffsets(TOPIC, 0, end=2)]

    def accounts(self, group: str) -> dict[Place, Account]:
        return {(TOPIC, 0): Account(next=3)}


def test_of_two_logs_no_account_is_made() -> None:
    hops: list[Hop] = []
    asked = Shortened()
    team = SimpleNamespace(group=COUNTER, working=False)
    teams = cast(Any, {COUNTER.name: team})
    audit = Audit(
        SCENARIOS["hearts"], cast(Cluster, asked), cast(Store, asked), teams, Totals(), Counter(), hops.append
    )
    with pytest.raises(ClusterError, match="ends before"):
        audit.sample(busy=False)
    assert not hops
