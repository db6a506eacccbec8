"""Where the embedded cluster and Apache Kafka differ by nature: each line of docs/clusters.md that can be shown."""

from __future__ import annotations

import socket
import struct
import time

import pytest
from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from apps.kafka.clusters import Cluster
from apps.kafka.hops import HopType
from tests.contract.conftest import PATIENCE, Bench, NewCluster


@pytest.fixture
def is_kafka(cluster: Cluster) -> bool:
    return cluster.kind == "external"


def test_only_kafka_s_log_outlives_the_process(
    bench: Bench, is_kafka: bool, new_cluster: NewCluster, room: str
) -> None:
    bench.send(5)
    bench.hops.until(lambda: bench.hops.count(HopType.ACK) == 5)
    again = new_cluster(room)
    assert again.has_topics({"orders": 3}) == is_kafka
    again.create_topics({"orders": 3})
    assert sum(found.end for found in again.ends()) == (5 if is_kafka else 0)
    again.close()


def test_only_kafka_tells_in_sync_replicas(bench: Bench, is_kafka: bool) -> None:
    bench.cluster.observe_brokers(bench.hops.add)
    told = bench.hops.of(HopType.ISR)
    assert len(told) == (3 if is_kafka else 0)
    for hop in told:
        assert hop.data["in_sync"] == hop.data["replicas"] == [1, 2, 3]


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
    made = admin.create_topics([NewTopic(name, 1, 1)], request_timeout=5)[name]
    if is_kafka:
        made.result(PATIENCE)
    else:
        with pytest.raises(KafkaException, match="controller"):
            made.result(PATIENCE)


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
