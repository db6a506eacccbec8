"""Where to read from instead: the beginning of a partition, its end, a moment or an offset."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from apps.kafka.clusters import Cluster
from apps.kafka.ownership import Place
from apps.kafka.readback import read_back

BEGINNING, END = "beginning", "end"
_PATIENCE = 5.0
_AGAIN = (0.02, 0.05, 0.1, 0.2)
"""Seconds before each further try."""


@dataclass(frozen=True)
class Seek:
    """`to` is BEGINNING, END, an aware datetime, or an offset. `place` limits it to one partition."""

    to: str | int | datetime
    place: Place | None = None

    def concerns(self, place: Place) -> bool:
        return self.place is None or self.place == place


@dataclass(frozen=True)
class Spot:
    """Where it is. `short` is BEGINNING or END where the log begins or ends before it gets to what was asked for."""

    offset: int
    short: str | None = None


def spots(consumer: Consumer, cluster: Cluster, seek: Seek, places: Sequence[Place]) -> Mapping[Place, Spot]:
    """One for each place, within what the log holds. Raises KafkaException or ClusterError."""
    return {place: _spot(consumer, cluster, seek.to, place) for place in places}


def go_on_at(consumer: Consumer, place: TopicPartition) -> None:
    """The client says “erroneous state” while it takes up what it was just assigned, and may go there all the same."""
    for wait in _AGAIN:
        try:
            consumer.seek(place)
        except KafkaException as error:
            if error.args[0].code() != KafkaError._STATE:
                raise
            time.sleep(wait)
        else:
            return
    consumer.seek(place)


def _spot(consumer: Consumer, cluster: Cluster, to: str | int | datetime, place: Place) -> Spot:
    topic, partition = place
    real = TopicPartition(cluster.real_name(topic), partition)
    low, high = consumer.get_watermark_offsets(real, timeout=_PATIENCE)
    if isinstance(to, str):
        return Spot({BEGINNING: low, END: high}[to])
    if isinstance(to, int):
        return _within(to, low, high)
    since = int(to.timestamp() * 1000)
    if cluster.finds_times:
        return _at_moment(_asked(consumer, real, since, high), low, high)
    return _at_moment(_searched(cluster, place, since, low, high), low, high)


def _within(wanted: int, low: int, high: int) -> Spot:
    if wanted < low:
        return Spot(low, BEGINNING)
    return Spot(high, END) if wanted > high else Spot(wanted)


def _at_moment(found: int, low: int, high: int) -> Spot:
    """The first record since a moment is the log's first, or there is none: then the log does not reach that moment."""
    if found >= high:
        return Spot(high, END)
    return Spot(low, BEGINNING) if found <= low else Spot(found)


def _asked(consumer: Consumer, place: TopicPartition, since: int, high: int) -> int:
    """The first record of that moment (ms since 1970) or later; the end if there is none."""
    place.offset = since
    (answer,) = consumer.offsets_for_times([place], timeout=_PATIENCE)
    return answer.offset if answer.offset >= 0 else high


def _searched(cluster: Cluster, place: Place, since: int, low: int, high: int) -> int:
    """The same where brokers can't tell: by halves, reading one record at a time."""
    while low < high:
        middle = (low + high) // 2
        if read_back(cluster, *place, middle).timestamp < since:
            low = middle + 1
        else:
            high = middle
    return low
