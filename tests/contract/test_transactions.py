"""Transactions: what a group sends on, and how far it has read, hold together or not at all; and what readers see."""

from __future__ import annotations

from collections import Counter

import pytest
from confluent_kafka import Producer

from apps.kafka.choices import GroupChoice
from apps.kafka.hops import Hop, HopType
from apps.kafka.life import Crash
from apps.kafka.replay import Found, read_on
from apps.scenarios.catalog.food_delivery import SCENARIO as FOOD
from apps.scenarios.run import ScenarioRun
from tests.contract.breaking import counts, until_at_rest
from tests.contract.conftest import PATIENCE, Bench
from tests.contract.stage import Stage

COOKS, STATUS = "restaurant", "order-status"

# The embedded cluster's are a facade and are not offered, which is a case of test_differences.py.
pytestmark = pytest.mark.parametrize(
    "new_cluster", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True
)


def states(stage: Stage) -> list[str]:
    return [hop.data["state"] for hop in stage.hops.of(HopType.TRANSACTION)]


def preparing(run: ScenarioRun) -> int:
    """How often the status of an order was told as “preparing”, to whoever reads what is committed."""
    told: list[Found] = []
    for partition in range(FOOD.partitions["order-events"]):
        read_on(run.cluster, "order-events", partition, told.extend)
    return sum(found.type == "order.preparing" for found in told)


def crash_between(stage: Stage, run: ScenarioRun) -> None:
    """One order, at which the cook dies after handling and before its bookmark is set; then another cook comes."""
    run.team(COOKS).crash(Crash.BETWEEN)
    run.act("place-order", {})
    stage.hops.until(lambda: bool(stage.hops.of(HopType.CRASH, COOKS)))
    run.team(COOKS).add()


def test_what_is_sent_on_and_the_bookmark_are_committed_together(stage: Stage) -> None:
    run = stage.run(FOOD)
    run.team(COOKS).set("commit", "transaction")
    for _ in range(3):
        run.act("place-order", {})
        until_at_rest(stage, run)
    # The brokers know of it before it is told.
    stage.hops.until(lambda: len(states(stage)) >= 2 * 3)
    assert states(stage) == ["open", "committed"] * 3
    assert counts(run, COOKS)["processed"] == 3
    assert counts(run, STATUS)["processed"] == 3 * 5
    assert counts(run, STATUS)["void"] > 0
    assert counts(run, STATUS)["lost"] == 0
    assert preparing(run) == 3


def test_a_crash_in_a_transaction_leaves_nothing_that_readers_see(stage: Stage) -> None:
    run = stage.run(FOOD)
    run.team(COOKS).set("commit", "transaction")
    crash_between(stage, run)
    until_at_rest(stage, run)
    assert preparing(run) == 1
    assert (counts(run, COOKS)["processed"], counts(run, COOKS)["again"]) == (1, 1)
    assert counts(run, STATUS)["processed"] == 5
    assert {hop.group for hop in stage.hops.of(HopType.VOID)} >= {STATUS}


def test_who_reads_uncommitted_sees_what_was_aborted_too(stage: Stage) -> None:
    run = stage.run(FOOD)
    run.team(COOKS).set("commit", "transaction")
    run.team(STATUS).set("isolation", "read_uncommitted")
    crash_between(stage, run)
    until_at_rest(stage, run)
    assert counts(run, STATUS)["processed"] == 5 + 2
    assert counts(run, "delivery")["processed"] == 5


def test_without_a_transaction_the_same_crash_leaves_what_was_sent(stage: Stage) -> None:
    """At least once: a program without an account of its own sends again what it sent before the crash."""
    run = stage.run(FOOD)
    run.team(COOKS).set("repeats", "handled")
    crash_between(stage, run)
    until_at_rest(stage, run)
    assert preparing(run) == 2


def test_another_client_s_transactions_are_passed_over_and_accounted_for(bench: Bench) -> None:
    writer = Producer({**bench.cluster.client_settings, "transactional.id": bench.cluster.real_name("other")})
    writer.init_transactions(PATIENCE)
    for ends in (writer.abort_transaction, writer.commit_transaction):
        writer.begin_transaction()
        writer.produce(bench.cluster.real_name("orders"), b"{}", partition=0)
        writer.flush(PATIENCE)
        ends(PATIENCE)
    bench.member("restaurant-1", choice=GroupChoice(protocol=next(iter(bench.cluster.protocols))))
    bench.hops.until(lambda: sum(map(_width, bench.hops.of(HopType.VOID))) == 3)
    assert Counter(hop.offset for hop in bench.hops.of(HopType.POLL)) == {2: 1}
    bench.until(lambda: _committed(bench) == [4])
    assert not bench.hops.of(HopType.FAIL)


def _width(hop: Hop) -> int:
    last = hop.offset or 0
    return last - (last if hop.first is None else hop.first) + 1


def _committed(bench: Bench) -> list[int | None]:
    found = bench.committed()
    return [one.committed for one in found if one.partition == 0]
