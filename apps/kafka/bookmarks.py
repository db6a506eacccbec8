"""How far groups have committed, asked from outside: nobody who asks takes part in the group."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from apps.kafka.admin import TIMEOUT
from apps.kafka.choices import Settings
from apps.kafka.clusters import OURS, Bookmark, Bookmarks, ClusterError, Place, in_words

_AGAIN = (0.1, 0.3, 0.6)
_MOVING = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)


class BookmarkReader:
    """Asks by one consumer a group, which never joins it. Names are those on the brokers.

    Not by the AdminClient: there librdkafka ends the process when a group's coordinator has moved to another broker,
    as it does whenever a broker stops (https://github.com/confluentinc/librdkafka/issues/5040). Not for use from an
    event loop.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumers: dict[str, Consumer] = {}
        self._lock = threading.Lock()

    def of(self, group: str, places: Sequence[Place]) -> Bookmarks:
        """Raises ClusterError."""
        asked = [TopicPartition(topic, number) for topic, number in places]
        with self._lock:
            try:
                return _by_place(self._ask(group, asked))
            except KafkaException as error:
                raise ClusterError(
                    f"The brokers did not tell the offsets of {group}: {in_words(error)}"
                ) from error

    def rewind(self, group: str, offsets: Mapping[Place, int]) -> None:
        """Set those that lie behind these offsets to them; nobody may be in the group. Raises ClusterError."""
        known = self.of(group, list(offsets))
        behind = [
            TopicPartition(*place, offsets[place])
            for place, at in known.items()
            if at and at.offset > offsets[place]
        ]
        if not behind:
            return
        with self._lock:
            try:
                self._consumer(group).commit(offsets=behind, asynchronous=False)
            except KafkaException as error:
                raise ClusterError(f"The bookmarks of {group} could not be set: {in_words(error)}") from error

    def _ask(self, group: str, asked: list[TopicPartition]) -> list[TopicPartition]:
        """Again for a moment while the group moves to another coordinator, or its new one has not read it yet."""
        consumer = self._consumer(group)
        for wait in _AGAIN:
            try:
                return consumer.committed(asked, timeout=TIMEOUT)
            except KafkaException as error:
                if error.args[0].code() not in _MOVING:
                    raise
                time.sleep(wait)
        return consumer.committed(asked, timeout=TIMEOUT)

    def _consumer(self, group: str) -> Consumer:
        if group not in self._consumers:
            own = {"group.id": group, "enable.auto.commit": False, "log_level": 2}
            self._consumers[group] = Consumer({**self._settings, **own})
        return self._consumers[group]

    def close(self) -> None:
        with self._lock:
            for consumer in self._consumers.values():
                consumer.close()
            self._consumers.clear()


def _by_place(found: Iterable[TopicPartition]) -> Bookmarks:
    return {(tp.topic, tp.partition): bookmark_of(tp) for tp in found}


def bookmark_of(found: TopicPartition) -> Bookmark | None:
    return Bookmark(found.offset, found.metadata == OURS) if found.offset >= 0 else None
