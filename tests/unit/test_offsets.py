from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from apps.kafka.admin import EndReader
from apps.kafka.clusters import ClusterError


class Admin:
    """In the place of an AdminClient: answers with these ends, one a partition of "orders"."""

    def __init__(self, *ends: int) -> None:
        self._ends = ends

    def list_offsets(self, *_: Any, **__: Any) -> dict[TopicPartition, Future[Any]]:
        answers: dict[TopicPartition, Future[Any]] = {}
        for partition, end in enumerate(self._ends):
            answer: Future[Any] = Future()
            answer.set_result(SimpleNamespace(offset=end))
            answers[TopicPartition("orders", partition)] = answer
        return answers


def reader(*ends: int) -> EndReader:
    return EndReader(cast("AdminClient", Admin(*ends)))


def test_log_ends_are_read_by_partition() -> None:
    assert reader(3, 0).ends([]) == {("orders", 0): 3, ("orders", 1): 0}


def test_the_clients_word_for_no_offset_is_never_taken_for_a_log_end() -> None:
    with pytest.raises(ClusterError, match="log end of orders 1"):
        reader(3, -1001).ends([])
