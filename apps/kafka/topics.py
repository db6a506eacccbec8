"""The topics of one room on an external Kafka: are they there, make them."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from apps.kafka.admin import TIMEOUT
from apps.kafka.clusters import ClusterError, External, in_words
from apps.kafka.survey import Survey, refused_topic

_LARGEST_LOG = 64 * 1024 * 1024
"""Bytes that a partition may hold at most: a crowd must not fill somebody's disk."""
_SEGMENT = 16 * 1024 * 1024


class RoomTopics:
    """`partitions` below: real name -> number of partitions. Raises ClusterError."""

    def __init__(self, admin: AdminClient, external: External, found: Survey) -> None:
        self._admin, self._external, self._found = admin, external, found

    def exist(self, partitions: Mapping[str, int]) -> bool:
        """Asked of the controller, by trying to make them: a broker's own knowledge may be some moments old."""
        made = self._ask_for(partitions, validate_only=True)
        self._check_sizes(partitions)
        return not made

    def create(self, partitions: Mapping[str, int]) -> None:
        """Those that are missing."""
        self._ask_for(partitions, validate_only=False)

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

    def _check_sizes(self, wanted: Mapping[str, int]) -> None:
        answers = self._admin.describe_topics(TopicCollection(list(wanted)), request_timeout=TIMEOUT)
        for name, future in answers.items():
            try:
                count = len(future.result(TIMEOUT + 1).partitions)
            except KafkaException as error:
                if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    continue
                raise ClusterError(f"The brokers did not describe {name}: {in_words(error)}") from error
            if count != wanted[name]:
                raise ClusterError(
                    f"The topic {name} on this Kafka has {count} partitions, not {wanted[name]}. "
                    "Delete it there, or choose another KAFKA_TOPIC_PREFIX.",
                    lasting=True,
                )

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
