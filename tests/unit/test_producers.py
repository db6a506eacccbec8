"""A setting of a room's producers takes new ones: none is let go while somebody hands it a record."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from apps.kafka.clusters import Cluster
from apps.kafka.sampledplaces import SampledPlaces
from apps.scenarios import producers
from apps.scenarios.base import Record
from apps.scenarios.producers import Producers
from tests.servers import PATIENCE

_LET_GO = 0.5
"""Seconds for which somebody who hands a record over gives the producer the chance to be let go."""
RECORD = Record("hearts", "music", "heart.sent", {"stream": "music"})


class Client:
    """In place of a `RoomProducer`."""

    entered = threading.Event()
    wronged: list[str]

    def __init__(self, *_given: object, **_settings: object) -> None:
        self.name, self.settings, self._gone = str(_given[3]), dict[str, Any](), threading.Event()

    def send(self, *_record: object) -> None:
        Client.entered.set()
        if self._gone.wait(_LET_GO):
            Client.wronged.append(self.name)

    def send_many(self, *_records: object) -> int:
        self.send()
        return 1

    def finish(self) -> None:
        self._gone.set()

    close = finish


HAND_OVER: dict[str, Callable[[Producers], object]] = {
    "a press": lambda one: one.press(RECORD, "a" * 32, False),
    "a crowd's presses": lambda one: one.press_many([RECORD], "a" * 32),
    "what a group sends on": lambda one: one.send(cast(Any, RECORD), lambda _delivery: None),
}


@pytest.mark.parametrize("name", HAND_OVER)
def test_a_producer_that_is_handed_a_record_is_not_let_go_meanwhile(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(producers, "RoomProducer", Client)
    Client.entered, Client.wronged = threading.Event(), []
    cluster = SimpleNamespace(producer_settings={"enable.idempotence": True})
    of_a_room = Producers(cast(Cluster, cluster), "K7MPX4", lambda _hop: None, SampledPlaces())
    sending = threading.Thread(target=HAND_OVER[name], args=[of_a_room])
    sending.start()
    assert Client.entered.wait(PATIENCE)
    of_a_room.set("linger", "500")
    sending.join(PATIENCE)
    assert Client.wronged == []
    of_a_room.close()


def test_who_presses_does_not_wait_while_a_crowd_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    pressed, cluster = threading.Event(), SimpleNamespace(producer_settings={})

    class Slow(Client):
        def send_many(self, *_records: object) -> int:
            Client.entered.set()
            assert pressed.wait(PATIENCE)
            return 1

        def send(self, *_record: object) -> None:
            pass

    monkeypatch.setattr(producers, "RoomProducer", Slow)
    Client.entered = threading.Event()
    of_a_room = Producers(cast(Cluster, cluster), "K7MPX4", lambda _hop: None, SampledPlaces())
    crowd = threading.Thread(target=HAND_OVER["a crowd's presses"], args=[of_a_room])
    crowd.start()
    assert Client.entered.wait(PATIENCE)
    HAND_OVER["a press"](of_a_room)
    pressed.set()
    crowd.join(PATIENCE)
    of_a_room.close()
