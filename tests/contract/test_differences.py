"""Where the embedded cluster and Apache Kafka differ by nature: each line of docs/clusters.md that can be shown."""

from __future__ import annotations

import socket
import struct
import time

import pytest
from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from apps.kafka.choices import GroupChoice
from apps.kafka.clusters import Cluster
from apps.kafka.hops import Hop, HopType
from apps.kafka.sharetelling import Answer
from apps.scenarios.catalog.food_delivery import SCENARIO as FOOD
from apps.scenarios.refusals import Refused
from tests.contract.conftest import PATIENCE, Bench, NewCluster
from tests.contract.sharers import Sharers
from tests.contract.stage import Stage


@pytest.fixture
def is_kafka(cluster: Cluster) -> bool:
    return cluster.kind == "external"


def test_only_kafka_s_log_outlives_the_process(
    bench: Bench, is_kafka: bool, new_cluster: NewCluster, room: str
) -> None:
    bench.send(5)
    bench.hops.until(lambda: bench.hops.count(HopType.ACK) == 5)
    again = new_cluster(room)
    assert again.missing_topics({"orders": 3}) == (set() if is_kafka else {"orders"})
    again.create_topics({"orders": 3})
    assert sum(found.end for found in again.ends()) == (5 if is_kafka else 0)
    again.close()


def test_only_kafka_tells_in_sync_replicas(bench: Bench, is_kafka: bool) -> None:
    def look() -> int:
        bench.cluster.observe_brokers(bench.hops.add)
        return len(bench.hops.of(HopType.ISR))

    # Not every broker knows of a topic as soon as it is made.
    bench.until(lambda: look() >= 3 or not is_kafka)
    told = bench.hops.of(HopType.ISR)
    assert len(told) == (3 if is_kafka else 0)
    for hop in told:
        assert hop.data["in_sync"] == sorted(hop.data["replicas"]) == [1, 2, 3]
        # In Kafka's order: nobody has died, so the first leads.
        assert hop.source == f"broker-{hop.data['replicas'][0]}"


def test_only_kafka_s_producer_is_idempotent(bench: Bench, is_kafka: bool) -> None:
    assert bool(bench.producer.settings.get("enable.idempotence")) == is_kafka


def test_only_kafka_wakes_a_fetch_when_data_comes(cluster: Cluster, is_kafka: bool) -> None:
    """So the embedded cluster is asked more often, and Kafka as its clients do unless told otherwise."""
    cluster.create_topics({"orders": 3})
    assert ("fetch.wait.max.ms" in cluster.consumer_settings) != is_kafka


def test_only_kafka_s_delivery_reports_carry_a_true_time(bench: Bench, is_kafka: bool) -> None:
    reports: list[Message] = []
    producer = Producer(dict(bench.cluster.client_settings))
    before = time.time() * 1000
    topic = bench.cluster.real_name("orders")
    producer.produce(topic, b"{}", on_delivery=lambda _error, message: reports.append(message))
    producer.flush(PATIENCE)
    told = reports[0].timestamp()[1]
    assert (before - 1000 <= told <= time.time() * 1000 + 1000) == is_kafka


def test_only_kafka_makes_topics_for_any_client(cluster: Cluster, is_kafka: bool) -> None:
    admin = AdminClient({**cluster.client_settings, "log_level": 0})
    name = cluster.real_name("any")
    patience = PATIENCE if is_kafka else 5  # for so long the client looks for a controller that is not there
    made = admin.create_topics([NewTopic(name, 1, 1)], request_timeout=patience)[name]
    if is_kafka:
        made.result(PATIENCE + 1)
    else:
        with pytest.raises(KafkaException, match="controller"):
            made.result(PATIENCE)


def test_only_kafka_offers_transactions(stage: Stage, is_kafka: bool) -> None:
    team = stage.run(FOOD).team("restaurant")
    if is_kafka:
        team.set("commit", "transaction")
    else:
        with pytest.raises(Refused, match="commit can be: after, before, auto"):
            team.set("commit", "transaction")
    assert ("isolation" in team.state["options"]) == is_kafka


def test_only_kafka_hides_what_a_transaction_aborted(bench: Bench, is_kafka: bool) -> None:
    topic = bench.cluster.real_name("orders")
    writer = Producer({**bench.cluster.client_settings, "transactional.id": bench.cluster.real_name("tx")})
    writer.init_transactions(PATIENCE)
    writer.begin_transaction()
    writer.produce(topic, b"aborted", partition=0)
    writer.flush(PATIENCE)
    writer.abort_transaction(PATIENCE)
    writer.begin_transaction()
    writer.produce(topic, b"committed", partition=0)
    writer.commit_transaction(PATIENCE)
    read = read_until(bench.cluster, topic, b"committed")
    assert read == ([b"committed"] if is_kafka else [b"aborted", b"committed"])


def read_until(cluster: Cluster, topic: str, last: bytes) -> list[bytes | None]:
    """What a `read_committed` consumer gets of partition 0."""
    settings = {"group.id": cluster.real_name("reader"), "isolation.level": "read_committed"}
    consumer = Consumer({**cluster.client_settings, **settings})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values: list[bytes | None] = []
    end = time.monotonic() + PATIENCE
    while last not in values and time.monotonic() < end:
        message = consumer.poll(0.5)
        if message and not message.error():
            values.append(message.value())
    consumer.close()
    return values


def test_only_kafka_s_refusal_of_a_newer_handshake_is_what_java_clients_read(
    cluster: Cluster, is_kafka: bool
) -> None:
    """Error 35, then how many versions follow: of one byte the Java client makes none, and of the next a long wait."""
    refusal = handshake(cluster.bootstrap_servers.split(",")[0], version=99)
    assert refusal[:2] == b"\x00\x23"
    count = b"\x00\x00\x00\x01" if is_kafka else b"\x01"
    api_versions = b"\x00\x12"
    assert refusal[2:].startswith(count + api_versions)
    if not is_kafka:
        assert int.from_bytes(refusal[3:7]) == 1_179_648


def handshake(address: str, version: int) -> bytes:
    """What a broker answers to an ApiVersions request, after the number of the request."""
    host, _, port = address.rpartition(":")
    client = b"\x00\x04test\x00\x05test\x021\x00"
    request = struct.pack(">hhi", 18, version, 7) + client
    with (
        socket.create_connection((host, int(port)), PATIENCE) as connection,
        connection.makefile("rb") as reply,
    ):
        connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", reply.read(4))
        return reply.read(size)[4:]


def test_each_kind_tells_what_it_lacks(cluster: Cluster, is_kafka: bool) -> None:
    cluster.create_topics({"orders": 3})
    lacks = set(cluster.traits().lacks)
    assert lacks == ({"stop-brokers"} if is_kafka else {"durable-log", "elections", "guarantees"})
    assert cluster.traits().facts["group_protocol"] == "consumer"


def test_only_kafka_finds_the_offset_of_a_moment(bench: Bench, is_kafka: bool) -> None:
    """So a bookmark is moved to a moment by reading records there, and by asking here."""
    bench.send(3, key="one-key")
    bench.hops.until(lambda: bench.hops.count(HopType.ACK) == 3)
    partition = bench.hops.of(HopType.ACK)[0].partition or 0
    long_ago = int((time.time() - 3600) * 1000)
    settings = {**bench.cluster.client_settings, "group.id": bench.cluster.real_name("asking")}
    consumer = Consumer(settings)
    place = TopicPartition(bench.cluster.real_name("orders"), partition, long_ago)
    (found,) = consumer.offsets_for_times([place], timeout=PATIENCE)
    consumer.close()
    assert (found.offset == 0) == is_kafka == bench.cluster.finds_times


def test_only_kafka_has_static_members_in_classic_groups(bench: Bench, is_kafka: bool) -> None:
    """On the embedded cluster a static member that comes back rebalances its group like any other."""
    assert ("range" in bench.cluster.static_with) == is_kafka
    choice = GroupChoice(protocol="range", static="on")
    for name in ("restaurant-1", "restaurant-2"):
        bench.member(name, choice=choice)
    bench.hops.until(lambda: sorted(map(len, bench.assignments().values())) == [1, 2])
    before = len(bench.hops.all)
    leaving = bench.members.pop()
    leaving.stop()
    assert leaving.join(PATIENCE)
    bench.member("restaurant-2", choice=choice)
    bench.hops.until(lambda: any(changed(bench.hops.all[before:], "restaurant-2")))
    bench.hops.until(lambda: is_kafka or bool(changed(bench.hops.all[before:], "restaurant-1")))
    assert bool(changed(bench.hops.all[before:], "restaurant-1")) != is_kafka


def changed(hops: list[Hop], member: str) -> list[Hop]:
    return [hop for hop in hops if hop.source == member and hop.type in (HopType.ASSIGN, HopType.REVOKE)]


def test_only_kafka_leaves_what_a_share_member_holds_with_it_when_any_client_goes(
    bench: Bench, is_kafka: bool
) -> None:
    sharers = Sharers(bench)
    bench.send(1)
    sharers.go_on.clear()
    sharers.add("queue-1")
    bench.hops.until(lambda: bench.hops.count(HopType.POLL) == bench.hops.count(HopType.ACK) == 1)
    partition = bench.hops.of(HopType.ACK)[0].partition or 0
    settings = {**bench.cluster.client_settings, "group.id": bench.cluster.real_name("asking")}
    consumer = Consumer(settings)
    consumer.get_watermark_offsets(TopicPartition(bench.cluster.real_name("orders"), partition), PATIENCE)
    consumer.close()
    sharers.go_on.set()
    sharers.until_answered(Answer.ACCEPT, 1)
    sharers.close()
    told = [hop.data["deliveries"] for hop in bench.hops.of(HopType.POLL)]
    assert told == ([1] if is_kafka else [1, 2])
    assert ["session" in (hop.error or "") for hop in bench.hops.of(HopType.FAIL)] == [True] * (not is_kafka)
