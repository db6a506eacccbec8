"""A room's producer with a client that never comes to an end of its delivery reports."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from apps.kafka import producer
from apps.kafka.clusters import Cluster
from apps.kafka.headers import read
from apps.kafka.hops import Hop, HopType
from apps.kafka.outcomes import Outcomes, Totals
from apps.kafka.outgoing import Outgoing
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
