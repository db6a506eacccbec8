"""Offsets as the brokers tell them, through a client of their own that takes no part in the room."""

from __future__ import annotations

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from apps.kafka.clusters import ClusterError

_TIMEOUT = 5.0


class OffsetReader:
    """Reads log ends and committed offsets. Names are those on the brokers. Not for use from an event loop."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 2})

    def ends(self, partitions: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """(topic, partition) -> the offset that the next record will get."""
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        request = {TopicPartition(topic, number): latest for topic, number in partitions}
        answers = self._admin.list_offsets(request, request_timeout=_TIMEOUT)
        try:
            return {(tp.topic, tp.partition): future.result().offset for tp, future in answers.items()}
        except KafkaException as error:
            raise ClusterError(f"The brokers did not tell the log ends: {error}") from error

    def committed(self, group: str, partitions: list[tuple[str, int]]) -> dict[tuple[str, int], int | None]:
        """(topic, partition) -> the committed offset, None where the group has not committed."""
        asked = ConsumerGroupTopicPartitions(
            group, [TopicPartition(topic, number) for topic, number in partitions]
        )
        answer = self._admin.list_consumer_group_offsets([asked], request_timeout=_TIMEOUT)[group]
        try:
            found = answer.result().topic_partitions
        except KafkaException as error:
            raise ClusterError(f"The brokers did not tell the offsets of {group}: {error}") from error
        return {(tp.topic, tp.partition): tp.offset if tp.offset >= 0 else None for tp in found}
