"""A member is sent elsewhere by a client that is not ready yet."""

from __future__ import annotations

from typing import cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from apps.kafka.seeking import go_on_at

PLACE = TopicPartition("orders", 0, 3)


class Client:
    """Says so for each of its troubles before it does what it is asked for."""

    def __init__(self, *troubles: int) -> None:
        self.troubles, self.went = list(troubles), list[TopicPartition]()

    def seek(self, place: TopicPartition) -> None:
        if self.troubles:
            raise KafkaException(KafkaError(self.troubles.pop(0)))
        self.went.append(place)


def test_a_client_that_still_takes_up_its_partitions_is_asked_again() -> None:
    client = Client(KafkaError._STATE, KafkaError._STATE)
    go_on_at(cast(Consumer, client), PLACE)
    assert client.went == [PLACE]


def test_any_other_trouble_is_told_at_once() -> None:
    client = Client(KafkaError._UNKNOWN_PARTITION)
    with pytest.raises(KafkaException):
        go_on_at(cast(Consumer, client), PLACE)
    assert not client.troubles and not client.went
