"""Projections in the database: stored once, whatever is delivered how often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.kafka.received import Received
from apps.rooms import projections
from apps.rooms.models import Progress, Projection, Room
from apps.rooms.projections import DatabaseThread, RoomStore, recent
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.catalog import SCENARIOS

COUNTER = SCENARIOS["hearts"].groups[0]


class SameThread(DatabaseThread):
    """Runs in the test's own thread, whose connection sees the test's transaction."""

    def __init__(self) -> None:
        pass

    def run(self, work: Any) -> Any:
        return work()


def heart(offset: int, partition: int = 0, stream: Any = "music") -> Received:
    return Received("hearts", partition, offset, str(stream), {"stream": stream}, "heart.sent", "", "", 0.0)


def deliver(store: RoomStore, batch: list[Received], group: ConsumerGroup = COUNTER) -> int:
    fresh = store.fresh(group.name, batch)
    store.apply(group, fresh, fresh)
    return len(fresh)


@pytest.fixture
def room(db: None) -> Iterator[Room]:
    yield Room.objects.create(scenario="hearts", incarnation=1)


def store_of(room: Room, log: int = 1) -> RoomStore:
    return RoomStore(room.pk, log, SameThread())


def test_a_record_delivered_twice_changes_nothing(room: Room) -> None:
    store = store_of(room)
    assert deliver(store, [heart(0), heart(1)]) == 2
    assert deliver(store, [heart(0), heart(1)]) == 0
    assert recent(room.pk, "heart-counter") == {"music": {"hearts": 2}}


def test_a_store_opened_anew_remembers_how_far_it_got(room: Room) -> None:
    deliver(store_of(room), [heart(0), heart(1)])
    assert deliver(store_of(room), [heart(1), heart(2)]) == 1
    assert recent(room.pk, "heart-counter") == {"music": {"hearts": 3}}


def test_a_new_log_starts_at_offset_0_and_keeps_what_was_made(room: Room) -> None:
    deliver(store_of(room), [heart(0), heart(1)])
    assert deliver(store_of(room, log=2), [heart(0)]) == 1
    assert recent(room.pk, "heart-counter") == {"music": {"hearts": 3}}


def test_partitions_and_groups_have_their_own_guard(room: Room) -> None:
    store = store_of(room)
    deliver(store, [heart(0)])
    assert deliver(store, [heart(0, partition=1)]) == 1
    assert deliver(store, [heart(0)], SCENARIOS["hearts"].groups[1]) == 1


def test_a_record_that_can_not_be_folded_is_told_and_passed_over(room: Room) -> None:
    order_status = SCENARIOS["food-delivery"].groups[2]
    odd = Received("orders", 0, 0, "k", [1, 2], "order.placed", "", "", 0.0)
    store = store_of(room)
    stored = store.apply(order_status, [odd], [odd])
    assert [record for record, _ in stored.failed] == [odd]
    assert store.fresh("order-status", [odd]) == []


def test_a_failed_transaction_stores_neither_result_nor_progress(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(room)

    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(store, "_advance", fail)
    with pytest.raises(RuntimeError):
        deliver(store, [heart(0)])
    assert not Projection.objects.exists()
    assert not Progress.objects.exists()
    monkeypatch.undo()
    assert deliver(store, [heart(0)]) == 1
    assert recent(room.pk, "heart-counter") == {"music": {"hearts": 1}}


def test_a_transaction_whose_answer_is_lost_is_not_folded_twice(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, batch = store_of(room), [heart(0)]

    @contextmanager
    def lost() -> Iterator[None]:
        with transaction.atomic():
            yield
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(projections, "transaction", SimpleNamespace(atomic=lost))
        with pytest.raises(OperationalError):
            deliver(store, batch)
    assert deliver(store, batch) == 0
    assert recent(room.pk, "heart-counter") == {"music": {"hearts": 1}}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4), st.integers(0, 3)), max_size=25))
def test_any_redelivery_leaves_the_tally_exact(room: Room, steps: list[tuple[int, int, int]]) -> None:
    """Each step delivers some new records of a partition again from a little way back, as after a crash."""
    Projection.objects.all().delete()
    Progress.objects.all().delete()
    store, nexts = store_of(room), [0, 0]
    for partition, new, back in steps:
        start = max(0, nexts[partition] - back)
        nexts[partition] += new
        deliver(store, [heart(offset, partition) for offset in range(start, nexts[partition])])
        if back == 3:
            store = store_of(room)
    tally = recent(room.pk, "heart-counter").get("music", {"hearts": 0})["hearts"]
    assert tally == sum(nexts)
