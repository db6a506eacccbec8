"""The topics of one room on an external Kafka: are they there, make them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from confluent_kafka import KafkaError, KafkaException, TopicCollection, Uuid
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from apps.kafka.admin import TIMEOUT
from apps.kafka.clusters import ClusterError, External, in_words
from apps.kafka.identity import MOST_PARTITIONS, Log, unfit
from apps.kafka.survey import Survey, refused_topic

_LARGEST_LOG = 64 * 1024 * 1024
"""Bytes that a partition may hold at most: a crowd must not fill somebody's disk."""
_SEGMENT = 16 * 1024 * 1024
_AGAIN = (0.1, 0.3, 0.6, 1.0)
_NAMELESS = str(Uuid(0, 0))
"""What a log is called by brokers that have no topic ids."""
_NOT_THERE = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC)


class RoomTopics:
    """`partitions` below: real name -> number of partitions. Raises ClusterError."""

    def __init__(self, admin: AdminClient, external: External, found: Survey) -> None:
        self._admin, self._external, self._found = admin, external, found

    def missing(self, partitions: Mapping[str, int]) -> set[str]:
        """Asked of the controller, by trying to make them: a broker's own knowledge may be some moments old."""
        return self._ask_for(partitions, validate_only=True)

    def create(self, partitions: Mapping[str, int]) -> dict[str, Log]:
        """Those that are missing. Returns each as it is, also with another number of partitions."""
        self._ask_for(partitions, validate_only=False)
        for wait in _AGAIN:
            found = self.described(list(partitions))
            if len(found) == len(partitions):
                break
            # Not every broker knows of a topic as soon as it is made.
            time.sleep(wait)
        else:
            raise ClusterError("The brokers do not know yet of the topics that were just made.")
        for name, count in unfit(found).items():
            raise ClusterError(
                f"The topic {name} on this Kafka has {count} partitions, and a room can have at most "
                f"{MOST_PARTITIONS}. Delete it there: the room makes it anew, with {partitions[name]}."
            )
        return found

    def close(self) -> None:
        """As `EndReader.close`."""
        del self._admin

    def _ask_for(self, partitions: Mapping[str, int], validate_only: bool) -> set[str]:
        """The topics that were made, or would be."""
        copies = self._found.replication
        new = [
            NewTopic(name, count, copies, config=self._settings(copies)) for name, count in partitions.items()
        ]
        answers = self._admin.create_topics(
            new, validate_only=validate_only, request_timeout=TIMEOUT, operation_timeout=TIMEOUT
        )
        made = set()
        for name, future in answers.items():
            try:
                future.result(2 * TIMEOUT)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise refused_topic(self._external, error.args[0], copies, self._found.brokers) from error
            except TimeoutError as error:
                raise ClusterError(f"The brokers did not make the topic {name} in time.") from error
            else:
                made.add(name)
        return made

    def described(self, names: Sequence[str], timeout: float = TIMEOUT) -> dict[str, Log]:
        """Those that are there."""
        found = {}
        answers = self._admin.describe_topics(TopicCollection(list(names)), request_timeout=timeout)
        for name, future in answers.items():
            try:
                answer = future.result(timeout + 1)
            except KafkaException as error:
                if error.args[0].code() not in _NOT_THERE:
                    raise ClusterError(f"The brokers did not describe {name}: {in_words(error)}") from error
            except TimeoutError as error:
                raise ClusterError(f"The brokers did not describe {name} in time.") from error
            else:
                log = str(answer.topic_id)
                found[name] = Log("" if log == _NAMELESS else log, len(answer.partitions))
        return found

    def _settings(self, copies: int) -> dict[str, str]:
        return {
            "retention.ms": str(self._external.retention * 60_000),
            "retention.bytes": str(_LARGEST_LOG),
            "segment.bytes": str(_SEGMENT),
            "min.insync.replicas": str(least_in_sync(copies)),
        }


def least_in_sync(replicas: int) -> int:
    """Of a topic of ours: with fewer in sync acks=all stores nothing (min.insync.replicas)."""
    return max(1, replicas - 1)
