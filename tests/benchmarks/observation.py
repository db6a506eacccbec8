"""Records a second through a producer and three groups: with every hop reported, and the same clients with none."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Callable

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from apps.kafka import headers
from apps.kafka.clusters import Cluster, open_cluster
from apps.kafka.hops import Hop, HopType
from apps.kafka.member import SETTINGS as MEMBER_SETTINGS
from apps.kafka.member import GroupMember
from apps.kafka.producer import SETTINGS as PRODUCER_SETTINGS
from apps.kafka.producer import Outgoing, QueueFull, RoomProducer, Totals
from apps.kafka.received import Received

RECORDS, ROUNDS, GROUPS = 60_000, 3, ("a", "b", "c")
VALUE = json.dumps({"stream": "music"}).encode()
LINGER = {"linger.ms": 50}


def bare(cluster: Cluster) -> float:
    """The clients, the headers, the JSON and the commits; nothing is told to anybody."""
    seen = dict.fromkeys(GROUPS, 0)
    done = threading.Event()

    def read(group: str) -> None:
        settings = {**cluster.consumer_settings, **MEMBER_SETTINGS, "group.id": group}
        consumer = Consumer({**settings, "bootstrap.servers": cluster.bootstrap_servers})
        consumer.subscribe(["hearts"])
        while seen[group] < RECORDS:
            first = consumer.poll(0.1)
            if first is None:
                continue
            batch = [first, *consumer.consume(1999, 0.05)]
            nexts = {message.partition(): _take(message) for message in batch}
            consumer.commit(
                offsets=[TopicPartition("hearts", number or 0, offset) for number, offset in nexts.items()],
                asynchronous=False,
            )
            seen[group] += len(batch)
        if min(seen.values()) >= RECORDS:
            done.set()
        consumer.close()

    for group in GROUPS:
        threading.Thread(target=read, args=(group,), daemon=True).start()
    producer = Producer(
        {
            **cluster.producer_settings,
            **PRODUCER_SETTINGS,
            **LINGER,
            "bootstrap.servers": cluster.bootstrap_servers,
        }
    )
    reports: list[int] = []

    def report(_error: object, message: Message) -> None:
        reports.append(message.offset() or 0)

    def send(number: int) -> None:
        trace = headers.new_trace()
        built = headers.build("heart.sent", "/bench", trace, False)
        producer.produce("hearts", VALUE, f"k{number % 9}".encode(), headers=built, on_delivery=report)

    return _timed(send, BufferError, lambda: producer.poll(0.01), done)


def _take(message: Message) -> int:
    headers.read(message.headers())
    json.loads(message.value() or b"null")
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

    def handle(_batch: list[Received], _stopping: threading.Event) -> dict[tuple[str, int], int]:
        return {}

    members = [GroupMember(cluster, group, f"{group}-1", ("hearts",), handle, observe) for group in GROUPS]
    producer = RoomProducer(cluster, "BENCH", observe, "app", Totals(), **LINGER)

    def send(number: int) -> None:
        trace = headers.new_trace()
        producer.send(Outgoing("hearts", f"k{number % 9}", VALUE, "heart.sent", trace, False, "app"))

    rate = _timed(send, QueueFull, lambda: time.sleep(0.01), done)
    for member in members:
        member.stop()
    for member in members:
        member.join(10)
    producer.close()
    return rate


def _timed(
    send: Callable[[int], None], full: type[Exception], wait: Callable[[], object], done: threading.Event
) -> float:
    started = time.perf_counter()
    for number in range(RECORDS):
        while True:
            try:
                send(number)
                break
            except full:
                wait()
        if number % 500 == 0:
            wait()
    while not done.is_set():
        wait()
    return RECORDS / (time.perf_counter() - started)


def measure() -> dict[str, float]:
    """Medians of interleaved rounds, so that a noisy machine disturbs both alike."""
    rates: dict[str, list[float]] = {"bare": [], "observed": []}
    for _ in range(ROUNDS):
        for name, run in (("bare", bare), ("observed", observed)):
            cluster = open_cluster()
            cluster.create_topics({"hearts": 3})
            rates[name].append(run(cluster))
            cluster.close()
    return {name: statistics.median(found) for name, found in rates.items()}
