"""Reads a topic on, from where it was left, up to its end as it is now: for records that are to be sent again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from apps.kafka import headers
from apps.kafka.choices import Settings
from apps.kafka.clusters import Cluster, ClusterError, in_words
from apps.kafka.received import bytes_of, text_of

GROUP = "replay"
_PATIENCE = 5.0
_MOST = 1_000
_SETTINGS: Settings = {
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "enable.partition.eof": True,
    "log_level": 2,
}


@dataclass(frozen=True)
class Found:
    """A record as it came."""

    key: str | None
    value: bytes
    type: str
    trace: str
    headers: headers.Headers


def read_on(cluster: Cluster, topic: str, partition: int, take: Callable[[list[Found]], None]) -> int:
    """Give the unread records of a partition to `take`, then set the bookmark of the group GROUP behind them.

    At most `_MOST` records. Returns how many. Raises ClusterError, and what `take` raises: the bookmark stays then.
    """
    own = {"group.id": cluster.real_name(GROUP), **_SETTINGS}
    consumer = Consumer({**cluster.client_settings, **own})
    place = TopicPartition(cluster.real_name(topic), partition)
    try:
        (place,) = consumer.committed([place], timeout=_PATIENCE)
        place.offset = max(place.offset, 0)
        consumer.assign([place])
        found = _read(consumer)
        if found:
            take([_found(message) for message in found])
            place.offset = (found[-1].offset() or 0) + 1
            consumer.commit(offsets=[place], asynchronous=False)
        return len(found)
    except KafkaException as error:
        raise ClusterError(f"The brokers did not hand out {topic}: {in_words(error)}") from error
    finally:
        consumer.close()


def _read(consumer: Consumer) -> list[Message]:
    messages: list[Message] = []
    until = time.monotonic() + _PATIENCE
    while len(messages) < _MOST and time.monotonic() < until:
        message = consumer.poll(0.2)
        error = message.error() if message is not None else None
        if error and error.code() == KafkaError._PARTITION_EOF:
            return messages
        if error:
            raise KafkaException(error)
        if message is not None:
            messages.append(message)
    return messages


def _found(message: Message) -> Found:
    found = headers.of(message) or []
    type_, trace, _ = headers.read(found)
    key = message.key()
    return Found(None if key is None else text_of(key), bytes_of(message), type_, trace, found)
