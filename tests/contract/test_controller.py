"""Brokers that are ours are stopped, started and slowed; those of a real Kafka in tests/integration/test_faults.py."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from apps.kafka.clusters import Broker, BrokerControl, Cluster, ClusterError, open_cluster
from apps.kafka.embedded import EmbeddedCluster
from apps.kafka.hops import HopType
from apps.scenarios.run import ScenarioRun
from tests.contract.breaking import GROUP, HEARTS, counts, send, start, stop, until_at_rest
from tests.contract.stage import Stage, all_committed
from tests.servers import wait_for


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = open_cluster()
    yield cluster
    cluster.close()


def test_a_stopped_broker_s_partitions_and_groups_go_to_others_and_nothing_is_lost(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.crowd("send-heart", 200, 60)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) > 200)
    for broker in (1, 2):
        run.control_broker(broker, stop(broker), "stopped")
    leaders = {hop.partition: hop.source for hop in stage.hops.of(HopType.LEADER) if hop.topic == "hearts"}
    assert set(leaders.values()) == {"broker-3"}
    assert {hop.group: hop.source for hop in stage.hops.of(HopType.COORDINATOR)} == {
        group.name: "broker-3" for group in HEARTS.all_groups
    }
    before = stage.hops.count(HopType.ACK)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) > before + 200)
    run.crowd("send-heart", 0, 60)
    until_at_rest(stage, run)
    assert counts(run)["processed"] == run.ledger()["topics"]["hearts"]["stored"]


def slow(number: int) -> Callable[[BrokerControl], None]:
    return lambda control: control.slow(number, 500)


def test_with_all_brokers_stopped_records_wait_and_are_stored_when_one_is_back(stage: Stage) -> None:
    run = stage.run(HEARTS)
    send(run, 1)
    stage.hops.until(all_committed(run, stage.hops, 1))
    for broker in (1, 2, 3):
        run.control_broker(broker, stop(broker), "stopped")
    assert {hop.source for hop in stage.hops.of(HopType.LEADER)[-3:]} == {"none"}
    send(run, 2)
    in_force = {"timeout_ms": int(stage.cluster.producer_settings["message.timeout.ms"])}
    stage.hops.until(
        lambda: any(hop.data == {"waiting": 2, **in_force} for hop in stage.hops.of(HopType.RETRY))
    )
    run.control_broker(2, start(2), "started")
    # A bookmark whose answer was lost with its broker may be set once more.
    stage.hops.until(lambda: stage.hops.count(HopType.COMMIT, GROUP) >= 3)
    until_at_rest(stage, run)
    assert counts(run)["processed"] == 3


def test_what_no_broker_takes_is_given_up_after_the_producer_s_timeout_and_told(stage: Stage) -> None:
    run = stage.run(HEARTS)
    for broker in (1, 2, 3):
        run.control_broker(broker, stop(broker), "stopped")
    send(run, 1)
    stage.hops.until(lambda: any("given up" in (hop.error or "") for hop in stage.hops.of(HopType.FAIL)))
    for broker in (1, 2, 3):
        run.control_broker(broker, start(broker), "started")
    send(run, 1)
    until_at_rest(stage, run)
    topic = run.ledger()["topics"]["hearts"]
    assert (topic["sent"], topic["stored"], topic["failed"]) == (2, 1, 1)


def test_a_slow_broker_answers_later(stage: Stage) -> None:
    run = stage.run(HEARTS)
    for broker in (1, 2, 3):
        run.control_broker(broker, slow(broker), "500 ms slower")
    assert stage.cluster.control
    assert stage.cluster.control.brokers()[0] == Broker(1, True, 500)
    send(run, 1)
    stage.hops.until(lambda: bool(stage.hops.of(HopType.ACK)))
    assert stage.hops.of(HopType.ACK)[0].data["latency_ms"] > 500


def test_who_closes_a_room_does_not_wait_for_brokers_that_were_made_slow(stage: Stage) -> None:
    run = stage.run(HEARTS)
    for broker in (1, 2, 3):
        run.control_broker(broker, slow(broker), "500 ms slower")
    run.hasten()
    assert stage.cluster.control
    assert not any(broker.delay_ms for broker in stage.cluster.control.brokers())

    def answered_soon() -> bool:
        send(run, 1)
        return any(hop.data["latency_ms"] < 500 for hop in stage.hops.of(HopType.ACK))

    # Brokers that are slow answer none so soon; on a busy machine some answers are late all the same.
    stage.ask_until(answered_soon)


def test_bookmarks_are_told_when_the_brokers_that_kept_them_are_gone(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.committed()
    for broker in (2, 3):
        run.control_broker(broker, stop(broker), "stopped")
    stage.ask_until(lambda: answered(run))


def test_bookmarks_are_asked_on_and_on_while_brokers_go_and_come_back(stage: Stage) -> None:
    run = stage.run(HEARTS)
    send(run, 3)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) == 3)
    for _ in range(3):
        for broker in (1, 2, 3):
            run.control_broker(broker, stop(broker), "stopped")
        assert not answered(run)
        for broker in (1, 2, 3):
            run.control_broker(broker, start(broker), "started")
        stage.ask_until(lambda: answered(run))
    until_at_rest(stage, run)
    assert counts(run)["processed"] == 3


def answered(run: ScenarioRun) -> bool:
    try:
        run.committed()
    except ClusterError:
        return False
    return True


def test_a_question_that_had_no_answer_keeps_no_client_alive() -> None:
    """As long as somebody has the error at hand, its traceback has those who asked."""
    gc.collect()  # clients of other tests must not end in between
    before = threads("rdk:")
    cluster = open_cluster()
    cluster.create_topics({"hearts": 3})
    cluster.ends()
    assert cluster.control
    for number in (1, 2, 3):
        cluster.control.stop(number)
    with pytest.raises(ClusterError) as kept:
        cluster.ends()
    cluster.close()
    assert wait_for(lambda: threads("rdk:") <= before), kept


def threads(begin: str) -> int:
    """How many of this process have such a name."""
    return sum(name_of(number).startswith(begin) for number in os.listdir("/proc/self/task"))


def name_of(thread: str) -> str:
    try:
        return Path(f"/proc/self/task/{thread}/comm").read_text()
    except OSError:  # it has just ended
        return ""


def test_a_closed_cluster_refuses_in_words_and_is_closed_once_however_many_close_it() -> None:
    """In a runner the library would end all rooms with this one."""
    cluster = EmbeddedCluster()
    cluster.create_topics({"hearts": 1})
    with ThreadPoolExecutor(8) as pool:
        for closed in [pool.submit(cluster.close) for _ in range(8)]:
            closed.result()
    assert cluster.control
    for ask in (lambda: cluster.control.stop(1), cluster.ends, lambda: cluster.create_topics({"orders": 1})):
        with pytest.raises(ClusterError, match="closed"):
            ask()
    cluster.share_out("queue", ["hearts"])
