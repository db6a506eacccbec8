"""Questions to the brokers, through a client of their own that takes no part in the room."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from apps.kafka.clusters import ClusterError, Settings

TIMEOUT = 5.0
T = TypeVar("T")


class OffsetReader:
    """Reads log ends and committed offsets. Names are those on the brokers. Not for use from an event loop."""

    def __init__(self, admin: AdminClient) -> None:
        self._admin = admin

    def ends(self, partitions: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """(topic, partition) -> the offset that the next record will get."""
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        request = {TopicPartition(topic, number): latest for topic, number in partitions}
        answers = self._admin.list_offsets(request, request_timeout=TIMEOUT)
        return {(tp.topic, tp.partition): _end(tp, future) for tp, future in answers.items()}

    def committed(self, group: str, partitions: list[tuple[str, int]]) -> dict[tuple[str, int], int | None]:
        """(topic, partition) -> the committed offset, None where the group has not committed."""
        asked = ConsumerGroupTopicPartitions(
            group, [TopicPartition(topic, number) for topic, number in partitions]
        )
        answer = self._admin.list_consumer_group_offsets([asked], request_timeout=TIMEOUT)[group]
        found = answered(answer, f"the offsets of {group}").topic_partitions
        return {(tp.topic, tp.partition): tp.offset if tp.offset >= 0 else None for tp in found}


def _end(place: TopicPartition, answer: Future[Any]) -> int:
    """Raises ClusterError, also where the client answers with no offset: nobody led the partition just then."""
    end: int = answered(answer, "the log ends").offset
    if end < 0:
        raise ClusterError(f"The brokers did not tell the log end of {place.topic} {place.partition}.")
    return end


def new_admin(settings: Settings) -> AdminClient:
    """Quiet: what goes wrong is told by the answers."""
    return AdminClient({**settings, "log_level": 2})


def answered(future: Future[T], what: str) -> T:
    """The answer. Raises ClusterError."""
    try:
        return future.result(TIMEOUT + 1)
    except KafkaException as error:
        raise ClusterError(f"The brokers did not tell {what}: {error.args[0].str()}") from error
    except TimeoutError as error:
        raise ClusterError(f"The brokers did not tell {what} in time.") from error
