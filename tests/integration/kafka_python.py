"""kafka-python as an outsider: a Kafka client in pure Python that shares no code with ours."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from tests.conftest import require
from tests.servers import PATIENCE, wait_for

EMBEDDED = (2, 0)
"""Unasked, kafka-python 3 first tries a version of the handshake that the embedded cluster does not speak."""


def require_lz4() -> None:
    """The room's producer compresses with lz4, which kafka-python leaves to another package."""
    if importlib.util.find_spec("lz4") is None:
        require("lz4", "the package lz4 is not installed, without which kafka-python cannot read our batches")


@contextmanager
def consumer(servers: str, group: str | None = None, **more: str) -> Iterator[Any]:
    client = KafkaConsumer(
        bootstrap_servers=servers,
        group_id=group,
        api_version=EMBEDDED,
        **more,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        consumer_timeout_ms=PATIENCE * 1000,
    )
    try:
        yield client
    finally:
        client.close()


def places(client: Any, topic: str) -> list[Any]:
    """Not every broker knows of a topic as soon as it is made."""
    found = wait_for(lambda: client.partitions_for_topic(topic))
    return [TopicPartition(topic, number) for number in sorted(found)]


def ends(servers: str, topic: str) -> dict[int, int]:
    with consumer(servers) as client:
        return {place.partition: end for place, end in client.end_offsets(places(client, topic)).items()}


def committed(servers: str, group: str, topic: str) -> dict[int, int | None]:
    with consumer(servers, group) as client:
        return {place.partition: client.committed(place) for place in places(client, topic)}


def read_all(servers: str, *topics: str) -> list[Any]:
    """Every record of the topics, from the beginning to the end as it is now."""
    require_lz4()
    records: list[Any] = []
    with consumer(servers) as client:
        asked = [place for topic in topics for place in places(client, topic)]
        expected = sum(client.end_offsets(asked).values())
        client.assign(asked)
        client.seek_to_beginning(*asked)
        while len(records) < expected:
            records.append(next(client))
    return records


def read_committed(servers: str, topic: str) -> list[Any]:
    """What is in the log by now for who does not read what transactions aborted."""
    require_lz4()
    records: list[Any] = []
    with consumer(servers, isolation_level="read_committed") as client:
        asked = places(client, topic)
        ends = client.end_offsets(asked)
        client.assign(asked)
        client.seek_to_beginning(*asked)
        until = time.monotonic() + PATIENCE
        while any(client.position(place) < end for place, end in ends.items()):
            assert time.monotonic() < until, (ends, records)
            records += [record for batch in client.poll(timeout_ms=100).values() for record in batch]
    return records


def write(servers: str, topic: str, records: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """(partition, offset) of each record, as the broker told."""
    client = KafkaProducer(bootstrap_servers=servers, api_version=EMBEDDED)
    try:
        futures = [client.send(topic, **record) for record in records]
        return [(done.partition, done.offset) for done in (future.get(PATIENCE) for future in futures)]
    finally:
        client.close()
