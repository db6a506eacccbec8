"""A room's producer with clients of our own: one never comes to an end of its delivery reports, one has no topic."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, Message

from apps.kafka import producer
from apps.kafka.clusters import Cluster
from apps.kafka.headers import read
from apps.kafka.hops import Hop, HopType
from apps.kafka.outcomes import Outcomes, Totals
from apps.kafka.outgoing import Delivery, Outgoing
from apps.kafka.producer import RoomProducer, settings_of
from tests.servers import PATIENCE


class Answered:
    """A delivery report."""

    def __init__(self, offset: int) -> None:
        self._offset = offset

    def error(self) -> None:
        return None

    def topic(self) -> str:
        return "hearts"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def latency(self) -> float:
        return 0.002

    def key(self) -> bytes:
        return b"music"


class Flooded:
    """A client whose poll does not return, for the next report is always there already."""

    def __init__(self, _settings: dict[str, Any]) -> None:
        self._report: Callable[[None, Answered], None] | None = None
        self._offsets = itertools.count()
        self._closed = threading.Event()

    def produce(self, _topic: str, on_delivery: Callable[[None, Answered], None], **_more: Any) -> None:
        self._report = on_delivery

    def poll(self, timeout: float) -> int:
        while not self._report:
            if self._closed.wait(timeout):
                return 0
        while not self._closed.is_set():
            self._report(None, Answered(next(self._offsets)))
        return 1

    def flush(self, _timeout: float) -> None:
        self._closed.set()

    def purge(self) -> None: ...

    def close(self) -> None: ...

    def __len__(self) -> int:
        return 1


class Place:
    """As much of a cluster as a producer asks for."""

    producer_settings: dict[str, Any] = {"message.timeout.ms": 1000}
    client_settings: dict[str, Any] = {}

    def real_name(self, name: str) -> str:
        return name


def test_acks_are_told_though_reports_never_cease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer, "Producer", Flooded)
    acks, enough = list[Hop](), threading.Event()

    def observe(hop: Hop) -> None:
        if hop.type is HopType.ACK:
            acks.append(hop)
        if len(acks) >= 3:
            enough.set()

    cluster: Any = Place()
    place: Cluster = cluster
    room = RoomProducer(place, "AB", Outcomes("crowd", observe, Totals()), settings_of(place))
    try:
        room.send(Outgoing("hearts", "music", b"{}", "heart.sent", "a" * 32, False, "crowd"))
        assert enough.wait(PATIENCE)
    finally:
        room.close()
    ends = [-1, *(hop.offset or 0 for hop in acks)]
    assert [hop.count for hop in acks] == [end - before for before, end in itertools.pairwise(ends)]


class Full:
    """A client whose queue has place for so many."""

    def __init__(self, place: int) -> None:
        self.place, self.taken = place, list[dict[str, Any]]()

    def produce(self, topic: str, **record: Any) -> None:
        if len(self.taken) == self.place:
            raise BufferError
        self.taken.append({"topic": topic, **record})

    def poll(self, timeout: float) -> int:
        threading.Event().wait(timeout)
        return 0

    def flush(self, _timeout: float) -> None: ...

    def purge(self) -> None: ...

    def close(self) -> None: ...

    def __len__(self) -> int:
        return 0


def test_of_many_that_are_sent_at_once_those_are_counted_that_the_queue_has_place_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, cluster, hops = Full(3), Place(), list[Hop]()
    place: Any = cluster
    monkeypatch.setattr(producer, "Producer", lambda _settings: client)
    totals = Totals()
    room = RoomProducer(place, "AB", Outcomes("crowd", hops.append, totals), settings_of(place))
    records = [(b"music", b"1"), (None, b"2"), (b"music", b"3"), (b"music", b"4")]
    assert room.send_many("hearts", "heart.sent", "a" * 32, "crowd", records) == 3
    room.close()
    assert totals.of("hearts") == 3
    assert sum(hop.count or 0 for hop in hops if hop.type is HopType.SEND) == 3
    assert [(one["key"], one["value"]) for one in client.taken] == records[:3]
    assert len({dict(one["headers"])["ce_id"] for one in client.taken}) == 3
    assert {read(one["headers"]) for one in client.taken} == {("heart.sent", "a" * 32, False)}


# A topic that somebody has deleted

SILENT = KafkaException(KafkaError(KafkaError._TRANSPORT))
HEART = Outgoing("hearts", "music", b"{}", "heart.sent", "a" * 32, True, "app")


class Stuck(Full):
    """A client that takes records and tells nothing of them. Brokers asked for a topic `say` so, or are silent."""

    def __init__(self, say: KafkaError | KafkaException | None) -> None:
        super().__init__(10)
        self._say = say

    def list_topics(self, topic: str, timeout: float) -> Any:
        if isinstance(self._say, KafkaException):
            raise self._say
        return SimpleNamespace(topics={topic: SimpleNamespace(error=self._say)})

    def __len__(self) -> int:
        return len(self.taken)


class Without(Full):
    """A client that knows that there is no such topic: it tells so `at_once`, or in its report."""

    def __init__(self, at_once: bool, code: int) -> None:
        super().__init__(10)
        self._at_once, self._error = at_once, KafkaError(code)

    def produce(self, topic: str, **record: Any) -> None:
        if self._at_once:
            raise KafkaException(self._error)
        record["on_delivery"](self._error, Message(topic=topic, error=self._error))


def watched(monkeypatch: pytest.MonkeyPatch, client: Full, told: Callable[[Hop], None]) -> RoomProducer:
    place: Any = Place()
    monkeypatch.setattr(producer, "Producer", lambda _settings: client)
    return RoomProducer(place, "AB", Outcomes("app", told, Totals()), settings_of(place))


@pytest.mark.parametrize(
    ("say", "words"),
    [
        (KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART), "for a topic that is missing on Kafka: hearts."),
        (None, "the brokers do not take them just now."),
        (SILENT, "the brokers do not take them just now."),
    ],
)
def test_who_waits_is_told_that_the_topic_is_missing_where_brokers_say_so(
    monkeypatch: pytest.MonkeyPatch, say: KafkaError | KafkaException | None, words: str
) -> None:
    for name in ("_STUCK", "_REMIND"):
        monkeypatch.setattr(producer, name, 0.0)
    hops, told = list[Hop](), threading.Event()

    def observe(hop: Hop) -> None:
        hops.append(hop)
        if hop.type is HopType.RETRY:
            told.set()

    room = watched(monkeypatch, Stuck(say), observe)
    try:
        room.send(HEART)
        assert told.wait(PATIENCE)
    finally:
        room.close()
    [waiting] = [hop for hop in hops if hop.type is HopType.RETRY][:1]
    assert (waiting.data or {})["waiting"] == 1
    assert (waiting.error or "").endswith(words)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    "code", [KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION]
)
def test_a_record_that_is_refused_for_want_of_its_topic_is_told_so_and_counted(
    monkeypatch: pytest.MonkeyPatch, at_once: bool, code: int
) -> None:
    hops, deliveries = list[Hop](), list[Delivery]()
    room = watched(monkeypatch, Without(at_once, code), hops.append)
    room.send(HEART, deliveries.append)
    room.close()
    [sent] = [hop for hop in hops if hop.type is HopType.SEND]
    [failed] = [hop for hop in hops if hop.type is HopType.FAIL]
    assert (failed.key, failed.trace, failed.data) == ("music", sent.trace, {"total": 1})
    assert "Its topic is missing on Kafka" in (failed.error or "")
    assert [delivery.error for delivery in deliveries] == [failed.error]


def test_of_many_whose_topic_is_missing_none_is_counted_and_another_refusal_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hops = list[Hop]()
    room = watched(monkeypatch, Without(True, KafkaError._UNKNOWN_TOPIC), hops.append)
    assert room.send_many("hearts", "heart.sent", "a" * 32, "crowd", [(b"music", b"1")]) == 0
    room.close()
    assert hops == []
    room = watched(monkeypatch, Without(True, KafkaError._STATE), hops.append)
    with pytest.raises(KafkaException):
        room.send(HEART)
    room.close()
