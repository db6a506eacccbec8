"""A record of which each part is read when somebody asks for it."""

from __future__ import annotations

from typing import Any

import pytest

from apps.kafka.headers import Headers, build, new_trace
from apps.kafka.received import NOT_JSON, Received, receive

TRACE = new_trace()


class Handed:
    """As much of a message as is looked at; `asked` are the parts that were."""

    def __init__(
        self, value: bytes = b'{"stream":"music"}', sampled: bool = True, broken: bool = False
    ) -> None:
        self._value, self._broken = value, broken
        self._headers = build("heart.sent", "/rooms/AB", TRACE, sampled)
        self.asked: list[str] = []

    def partition(self) -> int:
        return 1

    def offset(self) -> int:
        return 7

    def key(self) -> bytes:
        self.asked.append("key")
        return b"music"

    def value(self) -> bytes:
        self.asked.append("value")
        return self._value

    def timestamp(self) -> tuple[int, int]:
        self.asked.append("timestamp")
        return 1, 1000

    def headers(self) -> Headers:
        """As the client: what it can't read it refuses once, and then gives all the same, with a hole in it."""
        self.asked.append("headers")
        assert not self._broken or self.asked.count("headers") == 1, "the process would end here"
        if self._broken:
            raise SystemError
        return self._headers


def received(handed: Any) -> Received:
    return receive(handed, "hearts")


def test_of_a_record_that_nobody_asks_for_only_the_place_is_read() -> None:
    handed = Handed()
    record = received(handed)
    assert (record.topic, record.partition, record.offset, record.shown) == ("hearts", 1, 7, "")
    assert handed.asked == []


def test_who_asks_gets_each_part() -> None:
    record = received(Handed())
    record.look()
    assert (record.key, record.value, record.type) == ("music", {"stream": "music"}, "heart.sent")
    assert (record.trace, record.shown, record.timestamp) == (TRACE, TRACE, 1.0)
    assert record.raw == b'{"stream":"music"}'


def test_what_is_no_sample_is_not_shown_whole_and_has_its_trace() -> None:
    record = received(Handed(sampled=False))
    record.look()
    assert (record.shown, record.trace) == ("", TRACE)


@pytest.mark.parametrize("first", ["look", "type"])
def test_headers_that_the_client_can_t_read_are_asked_for_once(first: str) -> None:
    record = received(Handed(broken=True))
    for step in (first, "look", "type"):
        if step == "look":
            record.look()
        else:
            assert (record.type, record.trace) == ("", "")
    assert record.shown == ""


def test_what_is_no_json_is_found_however_often_it_comes() -> None:
    assert [received(Handed(b"{")).value for _ in range(2)] == [NOT_JSON, NOT_JSON]
    assert received(Handed(b"")).value is None
    assert received(Handed(b"x" * 5000)).value is NOT_JSON


def test_values_that_are_equal_and_not_the_same_stay_apart() -> None:
    values = [received(Handed(raw)).value for raw in (b"1", b"1.0", b"true")]
    assert [type(value) for value in values] == [int, float, bool]
