from __future__ import annotations

import gc
import threading
from collections import Counter
from pathlib import Path

import pytest
from kafka.partitioner.default import murmur2

from apps.kafka.clusters import Cluster, ClusterError
from apps.kafka.duties import Away, Duties
from apps.kafka.hops import HopType
from apps.kafka.member import GroupMember
from apps.kafka.received import Received
from tests.contract.conftest import Bench, NewCluster


def test_a_record_is_sent_stored_polled_processed_and_committed(bench: Bench) -> None:
    bench.member("restaurant-1")
    bench.send(sampled=True)
    # The answer to the producer may come after a quick group has done all its steps.
    bench.hops.until(lambda: bench.hops.count(HopType.COMMIT) == bench.hops.count(HopType.ACK) == 1)
    steps = [hop for hop in bench.hops.all if hop.trace == f"{1:032x}"]
    assert {hop.type.value for hop in steps} == {"send", "ack", "poll", "process", "commit"}
    assert len({(hop.partition, hop.offset) for hop in steps if hop.type is not HopType.SEND}) == 1
    at = {hop.type: hop.at for hop in steps}
    assert at[HopType.SEND] <= at[HopType.ACK]
    assert at[HopType.SEND] <= at[HopType.POLL] <= at[HopType.PROCESS] <= at[HopType.COMMIT]


def test_keys_go_where_the_java_client_puts_them(bench: Bench) -> None:
    for number in range(30):
        bench.send(key=f"key-{number}", sampled=True)
    bench.hops.until(lambda: len(bench.hops.of(HopType.ACK)) == 30)
    for hop in bench.hops.of(HopType.ACK):
        assert hop.partition == (murmur2((hop.key or "").encode()) & 0x7FFFFFFF) % 3


def test_many_records_are_runs_whose_counts_are_the_broker_s_offsets(bench: Bench) -> None:
    bench.member("restaurant-1")
    bench.send(3000)
    # The answers to the producer may come after a quick group has done all its steps.
    for type_ in (HopType.SEND, HopType.ACK, HopType.COMMIT):
        bench.hops.until(lambda type_=type_: bench.hops.count(type_) == 3000)  # type: ignore[misc]
    ends = {found.partition: found.end for found in bench.cluster.ends()}
    for type_ in (HopType.ACK, HopType.POLL, HopType.PROCESS, HopType.COMMIT):
        counted: Counter[int] = Counter()
        for hop in bench.hops.of(type_):
            counted[hop.partition or 0] += hop.count or 0
        assert counted == ends
    assert bench.hops.count(HopType.SEND) == 3000
    assert len(bench.hops.all) < 500


def test_batches_as_large_as_they_come_are_told_whole_in_order_and_with_their_samples(bench: Bench) -> None:
    for number in range(12):
        bench.send(999, key=f"k{number % 4}")
        bench.send(1, key=f"k{number % 4}", sampled=True)
    bench.hops.until(lambda: bench.hops.count(HopType.ACK) == 12_000)
    for group in ("a", "b", "c"):
        bench.member(f"{group}-1", group)
        bench.hops.until(lambda group=group: bench.hops.count(HopType.COMMIT, group) == 12_000)  # type: ignore[misc]
    samples = places_of_samples(bench, HopType.ACK, None)
    assert len(samples) == 12
    ends = {found.partition: found.end for found in bench.cluster.ends()}
    for type_ in (HopType.POLL, HopType.PROCESS, HopType.COMMIT):
        for group in ("a", "b", "c"):
            assert places_of_samples(bench, type_, group) == samples
            for partition, end in ends.items():
                told = [
                    hop for hop in bench.hops.of(type_, group) if hop.partition == partition and hop.count
                ]
                firsts = [hop.offset if hop.first is None else hop.first for hop in told]
                assert firsts == [0, *((hop.offset or 0) + 1 for hop in told)][: len(told)]
                assert sum(hop.count or 0 for hop in told) == end


def places_of_samples(bench: Bench, type_: HopType, group: str | None) -> set[tuple[int | None, int | None]]:
    return {(hop.partition, hop.offset) for hop in bench.hops.of(type_, group) if hop.trace}


def test_the_brokers_tell_what_was_committed(bench: Bench) -> None:
    bench.member("restaurant-1")
    bench.send(50)
    bench.hops.until(lambda: bench.hops.count(HopType.COMMIT) == 50)
    found = bench.committed()
    assert sum(one.committed or 0 for one in found) == 50
    assert all(one.lag == 0 for one in found)


def test_each_group_reads_every_record(bench: Bench) -> None:
    for group in ("restaurant", "delivery", "billing"):
        bench.member(f"{group}-1", group)
    bench.send(100)
    bench.hops.until(
        lambda: all(
            bench.hops.count(HopType.COMMIT, group) == 100 for group in ("restaurant", "delivery", "billing")
        )
    )


def test_two_members_share_three_partitions(bench: Bench) -> None:
    bench.member("restaurant-1")
    bench.member("restaurant-2")
    bench.hops.until(lambda: sorted(map(len, bench.assignments().values())) == [1, 2])
    owned = [where for partitions in bench.assignments().values() for where in partitions]
    assert sorted(owned) == [("orders", 0), ("orders", 1), ("orders", 2)]


def test_the_fourth_of_three_idles(bench: Bench) -> None:
    for number in range(4):
        bench.member(f"restaurant-{number}")
    bench.hops.until(lambda: sorted(map(len, bench.assignments().values())) == [0, 1, 1, 1])


def test_a_member_that_leaves_gives_its_partitions_back(bench: Bench) -> None:
    bench.member("restaurant-1")
    leaving = bench.member("restaurant-2")
    bench.hops.until(lambda: sorted(map(len, bench.assignments().values())) == [1, 2])
    leaving.stop()
    bench.hops.until(lambda: len(bench.assignments()["restaurant-1"]) == 3)
    bench.hops.until(lambda: bool(bench.hops.of(HopType.LEAVE)))


def test_what_was_not_committed_is_read_again(bench: Bench) -> None:
    def fail(_batch: list[Received], _stopping: threading.Event) -> dict[tuple[str, int], int]:
        raise Away("the oven is broken")

    broken = GroupMember(bench.cluster, "restaurant", "broken", ("orders",), Duties(fail), bench.hops.add)
    bench.send(5, key="one-key")
    bench.hops.until(lambda: bool(bench.hops.of(HopType.RETRY)))
    assert "the oven is broken" in (bench.hops.of(HopType.RETRY)[0].error or "")
    broken.stop()
    assert broken.join(30)
    bench.member("restaurant-1")
    bench.hops.until(lambda: bench.hops.count(HopType.COMMIT) == 5)
    assert [record.offset for batch in bench.batches for record in batch] == list(range(5))


def test_a_new_topic_needs_a_partition(cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match="partition"):
        cluster.create_topics({"wide": 0})


def test_topics_are_made_once(cluster: Cluster) -> None:
    assert cluster.missing_topics({"orders": 3}) == {"orders"}
    cluster.create_topics({"orders": 3})
    cluster.create_topics({"orders": 3, "events": 2})
    assert not cluster.missing_topics({"orders": 3, "events": 2})
    cluster.create_topics({"orders": 3})
    assert cluster.missing_topics({"orders": 3, "invoices": 1}) == {"invoices"}


def test_the_brokers_and_leaders_are_told_once(bench: Bench) -> None:
    def told() -> bool:
        bench.cluster.observe_brokers(bench.hops.add)
        return [len(bench.hops.of(type_)) for type_ in (HopType.BROKER_UP, HopType.LEADER)] == [3, 3]

    bench.until(told)
    told()
    up = [hop.source for hop in bench.hops.of(HopType.BROKER_UP)]
    assert sorted(up) == ["broker-1", "broker-2", "broker-3"]
    led = [(hop.topic, hop.partition) for hop in bench.hops.of(HopType.LEADER)]
    assert sorted(led) == [("orders", 0), ("orders", 1), ("orders", 2)]
    assert {hop.source for hop in bench.hops.of(HopType.LEADER)} <= set(up)


def test_lag_falls_when_a_group_reads(bench: Bench) -> None:
    bench.send(30)
    bench.hops.until(lambda: bench.hops.count(HopType.ACK) == 30)
    assert sum(found.lag for found in bench.committed()) == 30
    bench.member("restaurant-1")
    bench.hops.until(lambda: bench.hops.count(HopType.COMMIT) == 30)
    assert sum(found.lag for found in bench.committed()) == 0


def test_what_was_handled_before_is_told_as_redelivered(bench: Bench) -> None:
    def seen_two(batch: list[Received], _stopping: threading.Event) -> dict[tuple[str, int], int]:
        return {(batch[0].topic, batch[0].partition): 2}

    bench.send(5, key="one-key")
    bench.hops.until(lambda: bench.hops.count(HopType.ACK) == 5)
    bench.members.append(
        GroupMember(
            bench.cluster, "restaurant", "restaurant-1", ("orders",), Duties(seen_two), bench.hops.add
        )
    )
    bench.hops.until(lambda: bench.hops.count(HopType.COMMIT) == 5)
    processed = bench.hops.of(HopType.PROCESS)
    assert sum(hop.count or 0 for hop in processed) == 5
    again = [hop for hop in processed if hop.data]  # one batch, or the first record came alone
    assert [hop.data for hop in again] == [{"redelivered": hop.count} for hop in again]
    assert sum(hop.count or 0 for hop in again) == 2


def test_closing_gives_the_threads_back(new_cluster: NewCluster, room: str) -> None:
    """The client library's own threads, too, and without waiting for the garbage collector."""
    gc.disable()
    try:
        before = threads()
        cluster = new_cluster(room)
        bench = Bench(cluster)
        bench.member("restaurant-1")
        bench.hops.until(lambda: bool(bench.hops.of(HopType.ASSIGN)))
        bench.close()
        cluster.close()
        bench.until(lambda: threads() <= before)
    finally:
        gc.enable()


def threads() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()
