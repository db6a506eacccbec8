"""Records a second through a producer and three groups: with every hop reported, and by plain clients flat out."""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from apps.kafka import headers
from apps.kafka.choices import GroupChoice
from apps.kafka.clusters import Cluster, External, open_cluster
from apps.kafka.duties import Duties
from apps.kafka.external import forget_room
from apps.kafka.hops import Hop, HopType
from apps.kafka.member import SETTINGS as MEMBER_SETTINGS
from apps.kafka.member import GroupMember
from apps.kafka.outcomes import Outcomes, Totals
from apps.kafka.outgoing import Outgoing, QueueFull
from apps.kafka.producer import SETTINGS as PRODUCER_SETTINGS
from apps.kafka.producer import RoomProducer, settings_of
from apps.kafka.received import Received
from scripts.apache_kafka import ApacheKafka
from tests.benchmarks.table import Figure

TITLE = "Records through a producer and three groups"
LEAST_RATIO = 0.5
RECORDS, ROUNDS, GROUPS = 60_000, 5, ("a", "b", "c")
TOPIC, PARTITIONS = "hearts", 3
VALUE = json.dumps({"stream": "music"}).encode()
LINGER: dict[str, Any] = {"linger.ms": 50}
QUIET = {"log_level": 2}


def measure() -> Iterator[Figure]:
    yield from _compare("embedded cluster", None)
    with tempfile.TemporaryDirectory() as folder:
        kafka = ApacheKafka(Path(folder))
        try:
            kafka.start()
            yield from _compare("Apache Kafka, one broker", External(kafka.bootstrap_servers))
        finally:
            kafka.stop()


def _compare(where: str, external: External | None) -> Iterator[Figure]:
    """Medians of interleaved rounds, so that a noisy machine disturbs both alike."""
    rounds = []
    for _ in range(ROUNDS):
        with _cluster(external) as cluster:
            plain = bare(cluster)
        with _cluster(external) as cluster:
            rounds.append((plain, observed(cluster)))
    yield Figure(f"{where}: bare clients", statistics.median(plain for plain, _ in rounds), "/s")
    yield Figure(f"{where}: with all hops", statistics.median(told for _, told in rounds), "/s")
    ratio = statistics.median(told / plain for plain, told in rounds)
    yield Figure(f"{where}: ratio", ratio, "times", LEAST_RATIO, at_least=True)


@contextmanager
def _cluster(external: External | None) -> Iterator[Cluster]:
    """With the topic in it; gone afterwards."""
    room = uuid4().hex[:8]
    cluster = open_cluster(external, room)
    cluster.create_topics({TOPIC: PARTITIONS})
    yield cluster
    cluster.close()
    if external:
        forget_room(external, room)


def bare(cluster: Cluster) -> float:
    """As fast as plain clients go with the same records, every header of them read; nothing is told to anybody."""
    seen = dict.fromkeys(GROUPS, 0)
    done = threading.Event()
    readers = [threading.Thread(target=_read, args=(cluster, group, seen, done)) for group in GROUPS]
    for reader in readers:
        reader.start()
    settings = {**cluster.producer_settings, **PRODUCER_SETTINGS, **LINGER, **QUIET}
    producer = Producer({**settings, **cluster.client_settings})
    topic, reports = cluster.real_name(TOPIC), []

    def report(_error: object, message: Message) -> None:
        reports.append(message.offset())

    def send(number: int) -> None:
        trace = headers.new_trace()
        built = headers.build("heart.sent", "/bench", trace, False)
        producer.produce(topic, VALUE, f"k{number % 9}".encode(), headers=built, on_delivery=report)

    rate = _timed(send, BufferError, producer.poll, done)
    for reader in readers:
        reader.join()
    return rate


def _read(cluster: Cluster, group: str, seen: dict[str, int], done: threading.Event) -> None:
    """One group's only member, until it has read all."""
    choice = GroupChoice(protocol=next(iter(cluster.protocols)))
    settings = {
        **cluster.consumer_settings,
        **cluster.protocols[choice.protocol],
        **MEMBER_SETTINGS,
        **choice.settings,
        **QUIET,
        **cluster.client_settings,
    }
    consumer = Consumer({**settings, "group.id": cluster.real_name(group)})
    topic = cluster.real_name(TOPIC)
    consumer.subscribe([topic])
    while seen[group] < RECORDS:
        batch = consumer.consume(4000, 0.1)
        nexts = {message.partition(): _take(message) for message in batch}
        offsets = [TopicPartition(topic, number or 0, offset) for number, offset in nexts.items()]
        if offsets:
            consumer.commit(offsets=offsets, asynchronous=True)
        seen[group] += len(batch)
    if min(seen.values()) >= RECORDS:
        done.set()
    consumer.unsubscribe()
    consumer.close()


def _take(message: Message) -> int:
    message.headers()
    return (message.offset() or 0) + 1


def observed(cluster: Cluster) -> float:
    """Kafkaviz's own producer and members, every hop reported."""
    counts = dict.fromkeys(GROUPS, 0)
    done, lock = threading.Event(), threading.Lock()

    def observe(hop: Hop) -> None:
        if hop.type is HopType.COMMIT:
            with lock:
                counts[hop.group or ""] += hop.count or 0
                if min(counts.values()) >= RECORDS:
                    done.set()

    def handle(_batch: Sequence[Received], _stopping: threading.Event) -> dict[tuple[str, int], int]:
        return {}

    members = [
        GroupMember(cluster, group, f"{group}-1", (TOPIC,), Duties(handle), observe) for group in GROUPS
    ]
    producer = RoomProducer(
        cluster, "BENCH", Outcomes("app", observe, Totals()), settings_of(cluster, own=LINGER)
    )

    def send(number: int) -> None:
        trace = headers.new_trace()
        producer.send(Outgoing(TOPIC, f"k{number % 9}", VALUE, "heart.sent", trace, False, "app"))

    rate = _timed(send, QueueFull, time.sleep, done)
    for member in members:
        member.stop()
    for member in members:
        member.join(10)
    producer.close()
    return rate


def _timed(
    send: Callable[[int], None], full: type[Exception], wait: Callable[[float], object], done: threading.Event
) -> float:
    started = time.perf_counter()
    for number in range(RECORDS):
        while True:
            try:
                send(number)
                break
            except full:
                wait(0.01)
        if number % 100 == 0:
            wait(0)
    while not done.is_set():
        wait(0.01)
    return RECORDS / (time.perf_counter() - started)
