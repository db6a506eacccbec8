"""What goes wrong with a cluster is told to people."""

from __future__ import annotations

import threading

import pytest
from confluent_kafka import KafkaError, KafkaException

from apps.kafka.clusters import ClusterError, in_words
from apps.kafka.trying import Trying


def test_an_error_of_the_client_is_told_without_its_code_and_name() -> None:
    assert in_words(KafkaException(KafkaError(KafkaError._STATE, "not assigned"))) == "not assigned"
    assert in_words(ClusterError("No broker answers.")) == "No broker answers."


def test_a_member_that_tries_again_tells_the_clients_error_in_words_and_a_fault_of_ours_as_such(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stopping, told = threading.Event(), []
    errors = iter([KeyError("place"), KafkaException(KafkaError(KafkaError._TRANSPORT, "no broker"))])

    def work() -> None:
        raise next(errors)

    def retry(why: str, _: float) -> None:
        told.append(why)
        if len(told) == 2:
            stopping.set()

    assert Trying("cook-1", stopping, retry).until_done(work) is None
    assert told == ["A fault of this program, whose log says more.", "no broker"]
    assert "KeyError: 'place'" in caplog.text
