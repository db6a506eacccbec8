"""A record can be read back from either kind of cluster, by nobody that the room's groups would notice."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from apps.kafka.clusters import Cluster, ClusterError
from apps.kafka.hops import Hop, HopType
from apps.kafka.readback import Kept, NotThere, read_back
from tests.contract.conftest import PATIENCE, Bench


def acked(bench: Bench, count: int) -> list[Hop]:
    bench.hops.until(lambda: bench.hops.count(HopType.ACK) == count)
    return bench.hops.of(HopType.ACK)


def back(bench: Bench, hop: Hop) -> Kept:
    assert hop.partition is not None and hop.offset is not None
    return read_back(bench.cluster, "orders", hop.partition, hop.offset)


def wrong(cluster: Cluster, offset: int, partition: int = 0) -> NotThere:
    with pytest.raises(NotThere) as raised:
        read_back(cluster, "orders", partition, offset)
    return raised.value


def test_every_record_is_found_where_its_ack_says(bench: Bench) -> None:
    bench.send(20, sampled=True)
    for hop in acked(bench, 20):
        found = back(bench, hop)
        number = int(str(hop.key)[1:])
        assert (found.key, found.value) == (f"k{number}".encode(), b'{"n": %d}' % number)
        headers = dict(found.headers)
        assert headers["ce_type"] == b"order.placed"
        assert (headers["traceparent"] or b"").decode().split("-")[1] == hop.trace
        assert found.size > len(found.value or b"")
        assert not found.appended and found.timestamp > 1_600_000_000_000


def test_bytes_that_are_no_text_and_things_that_are_absent_come_back_as_they_are(cluster: Cluster) -> None:
    cluster.create_topics({"orders": 3})
    producer = Producer(dict(cluster.client_settings))
    headers: list[tuple[str, str | bytes | None]] = [("raw", b"\xff\x00"), ("none", None), ("raw", b"again")]
    topic = cluster.real_name("orders")
    producer.produce(topic, b"\x00\xfe", key=b"\xc3\x28", partition=0, headers=headers)
    producer.produce(topic, None, partition=0)
    assert producer.flush(PATIENCE) == 0
    found, empty = (read_back(cluster, "orders", 0, offset) for offset in (0, 1))
    assert (found.key, found.value, found.headers) == (b"\xc3\x28", b"\x00\xfe", tuple(headers))
    assert (empty.key, empty.value, empty.headers, empty.size) == (None, None, (), 0)


def test_what_is_not_stored_yet_is_told_with_the_logs_end(bench: Bench) -> None:
    bench.send(3, key="one", sampled=True)
    partition = acked(bench, 3)[0].partition
    assert partition is not None
    for offset in (3, 4, 2**63 - 1):
        refusal = wrong(bench.cluster, offset, partition)
        assert refusal.code == "not-stored"
        assert str(refusal).endswith("the log ends at 3.")


def test_what_the_brokers_no_longer_keep_is_told_with_the_logs_beginning(cluster: Cluster) -> None:
    cluster.create_topics({"orders": 3})
    overwrite = delete_the_first if cluster.kind == "external" else fill
    begins = overwrite(cluster)
    refusal = wrong(cluster, 0)
    assert refusal.code == "gone"
    assert str(refusal).endswith(f"the log now begins at offset {begins}.")
    assert read_back(cluster, "orders", 0, begins).value


def fill(cluster: Cluster) -> int:
    """The embedded log keeps 5 MiB."""
    write(cluster, 60, 100_000)
    return beginning(cluster)


def delete_the_first(cluster: Cluster) -> int:
    write(cluster, 9, 10)
    place = TopicPartition(cluster.real_name("orders"), 0, 4)
    admin = AdminClient(dict(cluster.client_settings))
    admin.delete_records([place])[place].result(PATIENCE)
    return 4


def write(cluster: Cluster, count: int, size: int) -> None:
    producer = Producer({**cluster.client_settings, "linger.ms": 0})
    for _ in range(count):
        producer.produce(cluster.real_name("orders"), b"x" * size, partition=0)
        assert producer.flush(PATIENCE) == 0


def beginning(cluster: Cluster) -> int:
    """The first offset that can still be read."""
    for offset in range(60):
        try:
            read_back(cluster, "orders", 0, offset)
        except NotThere:
            continue
        return offset
    raise AssertionError("nothing is kept")


def test_the_end_of_a_transaction_is_no_record(bench: Bench) -> None:
    cluster = bench.cluster
    writer = Producer({**cluster.client_settings, "transactional.id": cluster.real_name("tx")})
    writer.init_transactions(PATIENCE)
    for word in (b"first", b"second"):
        writer.begin_transaction()
        writer.produce(cluster.real_name("orders"), word, partition=0)
        writer.commit_transaction(PATIENCE)
    # Kafka writes its mark some moments after it has promised to.
    bench.until(lambda: wrong(cluster, 5).args[0].endswith("ends at 4."))
    assert read_back(cluster, "orders", 0, 2).value == b"second"
    for mark in (1, 3):
        assert wrong(cluster, mark).code == "no-record"


def of_the_groups(bench: Bench) -> list[Hop]:
    """Brokers are watched all the while, and may have something to tell of themselves."""
    return [hop for hop in bench.hops.all if hop.group and hop.source not in ("brokers", "none")]


def test_the_rooms_groups_do_not_notice(bench: Bench) -> None:
    bench.member("restaurant-1")
    bench.until(lambda: len(bench.assignments().get("restaurant-1", ())) == 3)
    bench.send(5, sampled=True)
    bench.hops.until(lambda: bench.hops.count(HopType.COMMIT) == 5)
    before = bench.committed(), of_the_groups(bench)
    for hop in acked(bench, 5):
        back(bench, hop)
    assert (bench.committed(), of_the_groups(bench)) == before
    if bench.cluster.kind == "external":
        admin = AdminClient(dict(bench.cluster.client_settings))
        listed = admin.list_consumer_groups().result(PATIENCE)
        assert bench.cluster.real_name("read-back") not in {group.group_id for group in listed.valid}


def test_brokers_that_are_away_are_told_within_seconds(cluster: Cluster) -> None:
    cluster.create_topics({"orders": 3})
    cluster.client_settings = {**cluster.client_settings, "bootstrap.servers": "127.0.0.1:1"}
    with pytest.raises(ClusterError, match="did not hand out"):
        read_back(cluster, "orders", 0, 0)
