"""A scenario's run keeps its promises on every kind of cluster."""

from __future__ import annotations

from collections import Counter

import pytest

from apps.kafka.hops import Hop, HopType
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused
from tests.contract.stage import Stage, all_committed

STATUSES = ["placed", "preparing", "driver", "ready", "delivered"]
FOOD, HEARTS = SCENARIOS["food-delivery"], SCENARIOS["hearts"]


def test_an_order_is_delivered(stage: Stage) -> None:
    accepted = stage.run(FOOD).act("place-order", {})
    stage.hops.until(lambda: "delivered" in statuses(stage, accepted.card))
    told = statuses(stage, accepted.card)
    # Orders and what happens to them are two topics: which is read first nobody promises.
    assert told == sorted(told, key=STATUSES.index)
    assert told[-1] == "delivered"


def statuses(stage: Stage, card: str) -> list[str]:
    """What was told of an order, one after another."""
    told = stage.hops.of(HopType.PROJECTION, "order-status")
    return [hop.data["status"] for hop in told if hop.key == card]


def test_every_record_of_an_order_carries_its_trace(stage: Stage) -> None:
    trace = stage.run(FOOD).act("place-order", {}).trace
    stage.hops.until(lambda: len(acks(stage, trace)) == 5)
    assert len({(hop.topic, hop.partition, hop.offset) for hop in acks(stage, trace)}) == 5


def acks(stage: Stage, trace: str) -> list[Hop]:
    return [hop for hop in stage.hops.of(HopType.ACK) if hop.trace == trace]


def test_a_crowd_s_hearts_are_stored_read_and_counted_exactly(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.crowd("send-heart", 2000, 60)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) > 4000)
    run.crowd("send-heart", 0, 60)
    stage.ask_until(lambda: run.ledger()["at_rest"])
    sent = run.ledger()["topics"]["hearts"]["sent"]
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) == stage.hops.count(HopType.SEND) == sent)
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
    stage.ask_until(lambda: run.ledger()["at_rest"])
    sent = run.ledger()["topics"]["hearts"]["sent"]
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) == stage.hops.count(HopType.SEND) == sent)
    ends = {found.partition: found.end for found in run.ends() if found.topic == "hearts"}
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
    while len(run.team("trending")) < 3:
        run.team("trending").add()
    with pytest.raises(Refused, match="at most 3"):
        run.team("trending").add()
    stage.hops.until(lambda: assigned(stage, "trending") == [1, 1, 1])
    run.team("trending").remove()
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
