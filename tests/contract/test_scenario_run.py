"""A scenario's run keeps its promises on every kind of cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from apps.kafka.clusters import Cluster
from apps.kafka.hops import Hop, HopType
from apps.kafka.received import Received
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.run import Refused, ScenarioRun
from apps.scenarios.store import Stored
from tests.contract.conftest import Hops

FOOD, HEARTS = SCENARIOS["food-delivery"], SCENARIOS["hearts"]


class Memory:
    """A store that forgets with the test."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._next: dict[tuple[str, str, int], int] = {}

    def fresh(self, group: str, batch: list[Received]) -> list[Received]:
        return [each for each in batch if each.offset >= self._next.get(_place(group, each), 0)]

    def apply(self, group: ConsumerGroup, fresh: list[Received], sound: list[Received]) -> Stored:
        changed: dict[str, Mapping[str, Any]] = {}
        for record in sound:
            key = group.keyed(record)
            changed[key] = group.fold(changed.get(key, self.values.get((group.name, key))), record)
        self._next |= {_place(group.name, record): record.offset + 1 for record in fresh}
        self.values |= {(group.name, key): value for key, value in changed.items()}
        return Stored(changed)


def _place(group: str, record: Received) -> tuple[str, str, int]:
    return group, record.topic, record.partition


class Stage:
    """A run, its hops and its store; a second run on the same cluster is the room's next life."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.hops, self.store = cluster, Hops(), Memory()
        self._runs: list[ScenarioRun] = []

    def run(self, scenario: Any, continued: bool = False) -> ScenarioRun:
        run = ScenarioRun(scenario, self.cluster, self.store, self.hops.add, "TEST", 3, continued)
        self._runs.append(run)
        return run

    def end(self) -> None:
        """Members leave and producers finish."""
        while self._runs:
            self._runs.pop().close()

    def tally(self, group: str) -> int:
        return sum(value["hearts"] for (name, _), value in self.store.values.items() if name == group)


@pytest.fixture
def stage(cluster: Cluster) -> Iterator[Stage]:
    stage = Stage(cluster)
    yield stage
    stage.end()


def all_committed(run: ScenarioRun, hops: Hops, records: int) -> Callable[[], bool]:
    return lambda: all(hops.count(HopType.COMMIT, group.name) == records for group in run.scenario.groups)


def test_an_order_is_delivered(stage: Stage) -> None:
    accepted = stage.run(FOOD).act("place-order", {})
    stage.hops.until(lambda: "delivered" in statuses(stage, accepted.card))
    told = statuses(stage, accepted.card)
    assert told[0] == "placed"
    assert told[-1] == "delivered"


def statuses(stage: Stage, card: str) -> list[str]:
    """What was told of an order, one after another."""
    told = stage.hops.of(HopType.PROJECTION, "order-status")
    return [hop.data["status"] for hop in told if hop.key == card]


def test_every_record_of_an_order_carries_its_trace(stage: Stage) -> None:
    trace = stage.run(FOOD).act("place-order", {}).trace
    stage.hops.until(lambda: len(acks(stage, trace)) == 5)
    assert len({(hop.topic, hop.partition, hop.offset) for hop in acks(stage, trace)}) == 5


def acks(stage: Stage, trace: str) -> list[Any]:
    return [hop for hop in stage.hops.of(HopType.ACK) if hop.trace == trace]


def test_a_crowd_s_hearts_are_stored_read_and_counted_exactly(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.crowd("send-heart", 2000, 60)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) > 4000)
    run.crowd("send-heart", 0, 60)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) == stage.hops.count(HopType.SEND))
    stored = sum(found.end for found in run.ends())
    stage.hops.until(all_committed(run, stage.hops, stored))
    assert stored == stage.hops.count(HopType.SEND)
    assert stage.tally("heart-counter") == stored
    for offsets in run.committed().values():
        assert all(found.lag == 0 for found in offsets)


def test_offsets_are_told_once_and_without_a_hole(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.crowd("send-heart", 1000, 60)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) > 2000)
    run.crowd("send-heart", 0, 60)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) == stage.hops.count(HopType.SEND))
    ends = {found.partition: found.end for found in run.ends()}
    stage.hops.until(all_committed(run, stage.hops, sum(ends.values())))
    for group in HEARTS.groups:
        told = Counter(
            (hop.partition, offset)
            for hop in stage.hops.of(HopType.POLL, group.name)
            if hop.count
            for offset in offsets_of(hop)
        )
        assert told == {(number, offset): 1 for number, end in ends.items() for offset in range(end)}


def offsets_of(hop: Hop) -> range:
    last = hop.offset or 0
    return range(last if hop.first is None else hop.first, last + 1)


def test_members_come_and_go_up_to_the_limit(stage: Stage) -> None:
    run = stage.run(HEARTS)
    while run.members()["trending"] < 3:
        run.add_member("trending")
    with pytest.raises(Refused, match="at most 3"):
        run.add_member("trending")
    stage.hops.until(lambda: assigned(stage, "trending") == [1, 1, 1])
    run.remove_member("trending")
    stage.hops.until(lambda: bool(stage.hops.of(HopType.LEAVE, "trending")))
    stage.hops.until(lambda: assigned(stage, "trending") == [1, 2])


def assigned(stage: Stage, group: str) -> list[int]:
    """How many partitions each member of a group has, as last told."""
    told: dict[str, int] = {}
    for hop in list(stage.hops.all):
        if hop.group == group and hop.partitions is not None:
            told[hop.source] = len(hop.partitions)
    left = {hop.source for hop in stage.hops.of(HopType.LEAVE, group)}
    return sorted(count for member, count in told.items() if member not in left)


def test_a_sample_tells_each_group_s_lag_and_repeats_nothing(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.act("send-heart", {})
    stage.hops.until(all_committed(run, stage.hops, 1))
    run.sample()
    lags = stage.hops.of(HopType.LAG)
    assert {hop.group for hop in lags} == {group.name for group in HEARTS.groups}
    assert all(hop.data["lag"] == 0 for hop in lags)
    run.sample()
    assert len(stage.hops.of(HopType.LAG)) == len(lags)


def test_a_new_run_goes_on_where_the_groups_had_committed(stage: Stage) -> None:
    first = stage.run(HEARTS)
    for _ in range(5):
        first.act("send-heart", {})
    stage.hops.until(all_committed(first, stage.hops, 5))
    stage.end()
    second = stage.run(HEARTS, continued=True)
    assert second.acked("hearts") == 5
    second.act("send-heart", {})
    stage.hops.until(all_committed(second, stage.hops, 6))
    assert stage.tally("heart-counter") == 6
    assert sum(found.end for found in second.ends()) == 6
