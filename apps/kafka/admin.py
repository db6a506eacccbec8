"""Questions to the brokers, through a client of their own that takes no part in the room."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from apps.kafka.choices import Settings
from apps.kafka.clusters import ClusterError, Place, in_words

TIMEOUT = 5.0
T = TypeVar("T")


class EndReader:
    """Reads where logs begin and end. Names are those on the brokers. Not for use from an event loop."""

    def __init__(self, admin: AdminClient) -> None:
        self._admin: AdminClient | None = admin

    def ends(self, places: Sequence[Place]) -> dict[Place, int]:
        """The offset that the next record of each place will get. Raises ClusterError."""
        return self._ask(places, OffsetSpec.latest(), "end")  # type: ignore[no-untyped-call]

    def starts(self, places: Sequence[Place]) -> dict[Place, int]:
        """The offset at which each place's log begins. Raises ClusterError."""
        return self._ask(places, OffsetSpec.earliest(), "start")  # type: ignore[no-untyped-call]

    def _ask(self, places: Sequence[Place], spec: OffsetSpec, bound: str) -> dict[Place, int]:
        if self._admin is None:
            raise ClusterError("The cluster is closed.")
        request = {TopicPartition(*place): spec for place in places}
        answers = self._admin.list_offsets(request, request_timeout=TIMEOUT)
        return {(tp.topic, tp.partition): _offset(tp, future, bound) for tp, future in answers.items()}

    def close(self) -> None:
        """An AdminClient ends with its last reference, and who keeps an error of ours keeps us by its traceback."""
        self._admin = None


def _offset(place: TopicPartition, answer: Future[Any], bound: str) -> int:
    """Raises ClusterError, also where the client answers with no offset: nobody led the partition just then."""
    offset: int = answered(answer, f"the log {bound}s").offset
    if offset < 0:
        raise ClusterError(f"The brokers did not tell the log {bound} of {place.topic} {place.partition}.")
    return offset


def new_admin(settings: Settings) -> AdminClient:
    """Quiet: what goes wrong is told by the answers."""
    return AdminClient({**settings, "log_level": 2})


def answered(future: Future[T], what: str) -> T:
    """The answer. Raises ClusterError."""
    try:
        return future.result(TIMEOUT + 1)
    except KafkaException as error:
        raise ClusterError(f"The brokers did not tell {what}: {in_words(error)}") from error
    except TimeoutError as error:
        raise ClusterError(f"The brokers did not tell {what} in time.") from error
