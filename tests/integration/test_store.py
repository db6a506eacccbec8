"""Projections in the database: stored once, whatever is delivered how often."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.kafka.duties import Away
from apps.kafka.received import Received
from apps.rooms import projections
from apps.rooms.models import Progress, Projection, Room
from apps.rooms.projections import DatabaseThread, RoomStore, begin_log, recent
from apps.scenarios.accounts import Account
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused
from apps.scenarios.store import OUR_FAULT, Handled, Outdated, Unfoldable
from tests.servers import PATIENCE

T = TypeVar("T")
COUNTER = SCENARIOS["hearts"].groups[0]


class SameThread(DatabaseThread):
    """Runs in the test's own thread, whose connection sees the test's transaction."""

    def __init__(self) -> None:
        pass

    def run(self, work: Any) -> Any:
        return work()


def heart(offset: int, partition: int = 0, stream: Any = "music") -> Received:
    return Received("hearts", partition, offset, str(stream), {"stream": stream}, "heart.sent", "", "", 0.0)


def deliver(store: RoomStore, batch: Sequence[Received], group: ConsumerGroup = COUNTER) -> int:
    fresh = store.fresh(group.name, batch)
    store.apply(group, Handled(batch, fresh))
    return len(fresh)


@pytest.fixture
def room(db: None) -> Iterator[Room]:
    yield Room.objects.create(scenario="hearts", incarnation=1)


def store_of(room: Room, log: int = 1, incarnation: int = 1) -> RoomStore:
    return RoomStore(room.pk, incarnation, log, SameThread())


def is_taken_up_anew(room: Room) -> None:
    """As the web process does it when it opens the room again."""
    Room.objects.filter(pk=room.pk).update(incarnation=F("incarnation") + 1)


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


def test_a_record_that_can_not_be_folded_is_told_and_nothing_stored_until_it_is_put_aside(room: Room) -> None:
    order_status = SCENARIOS["food-delivery"].groups[2]
    odd = Received("orders", 0, 0, "k", [1, 2], "order.placed", "", "", 0.0)
    store = store_of(room)
    with pytest.raises(Unfoldable) as told:
        store.apply(order_status, Handled([odd], [odd]))
    assert [record for record, _ in told.value.failed] == [odd]
    assert store.fresh("order-status", [odd]) == [odd]
    store.apply(order_status, Handled([odd], [], dead=[odd]))
    assert store.fresh("order-status", [odd]) == []
    assert store_of(room).accounts("order-status") == {("orders", 0): Account(next=1, dead=1)}


def throw(*_: Any) -> Any:
    raise KeyError("of ours")


@pytest.mark.parametrize("parts", [["fold", "fold_all"], ["keyed"]])
def test_a_fault_of_ours_is_told_without_its_name_and_its_trace_is_in_the_log(
    room: Room, parts: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    changes: dict[str, Any] = dict.fromkeys(parts, throw)
    broken = replace(COUNTER, **changes)
    with pytest.raises(Unfoldable) as told:
        store_of(room).apply(broken, Handled([heart(0)], [heart(0)]))
    assert [why for _, why in told.value.failed] == [OUR_FAULT]
    assert "KeyError: 'of ours'" in caplog.text


def test_a_failed_transaction_stores_neither_result_nor_progress(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(room)

    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(store, "_enter", fail)
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


# Two lives of a room


def test_an_outdated_life_s_batch_changes_nothing(room: Room) -> None:
    outdated = store_of(room)
    deliver(outdated, [heart(0)])
    is_taken_up_anew(room)
    rows = [*Projection.objects.values_list(), *Progress.objects.values_list()]
    batch = [heart(1), heart(2)]
    with pytest.raises(Outdated):
        deliver(outdated, batch)
    assert outdated.outdated
    assert [*Projection.objects.values_list(), *Progress.objects.values_list()] == rows
    assert deliver(store_of(room, incarnation=2), batch) == 2
    assert recent(room.pk, "heart-counter") == {"music": {"hearts": 3}}


def test_an_outdated_life_does_not_even_begin_a_batch(room: Room) -> None:
    """For what follows from it would be sent before it is stored."""
    outdated = store_of(room)
    is_taken_up_anew(room)
    with pytest.raises(Outdated):
        deliver(outdated, [heart(0)])
    with pytest.raises(Outdated):
        outdated.fresh(COUNTER.name, [heart(0)])


def test_an_outdated_life_can_not_name_its_log_the_room_s(room: Room) -> None:
    is_taken_up_anew(room)
    begin_log(room.pk, 2)
    with pytest.raises(Refused, match="newer life"):
        begin_log(room.pk, 1)
    room.refresh_from_db()
    assert room.log == 2


@pytest.mark.django_db(transaction=True)
def test_a_new_life_begins_after_the_batch_that_is_being_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would not know of that batch, and store it again."""
    if not connection.features.has_select_for_update:
        pytest.skip("in SQLite nobody else can write while a transaction does")
    room = Room.objects.create(scenario="hearts", incarnation=1)
    store = store_of(room)
    storing, go_on, enter = threading.Event(), threading.Event(), store._enter

    def slowly(accounts: Any) -> None:
        storing.set()
        assert go_on.wait(PATIENCE)
        enter(accounts)

    monkeypatch.setattr(store, "_enter", slowly)
    with ThreadPoolExecutor(2) as threads:
        batch = threads.submit(closing, lambda: deliver(store, [heart(0)]))
        assert storing.wait(PATIENCE)
        anew = threads.submit(closing, lambda: is_taken_up_anew(room))
        assert not wait([anew], timeout=0.5).done
        go_on.set()
        assert batch.result(PATIENCE) == 1
        anew.result(PATIENCE)
    assert deliver(store_of(room, incarnation=2), [heart(0), heart(1)]) == 1


def closing(work: Callable[[], T]) -> T:
    """In a thread of its own, whose connection nobody else would close."""
    try:
        return work()
    finally:
        connection.close()


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


# Two members of one group that hold the same records, and answers that got lost


@pytest.mark.django_db(transaction=True)
def test_what_two_members_hold_at_the_same_time_is_counted_once() -> None:
    """As when a member that its group took for dead finishes late: both find all of it new, and both store."""
    store, ending = store_with_a_thread_of_its_own()
    both = threading.Barrier(2)

    def handle(batch: Sequence[Received]) -> None:
        fresh = store.fresh(COUNTER.name, batch)
        both.wait(PATIENCE)
        store.apply(COUNTER, Handled(batch, fresh))

    late = [heart(offset) for offset in range(10)]
    with ending, ThreadPoolExecutor(2) as members:
        done = [members.submit(handle, batch) for batch in (late, [*late, *map(heart, range(10, 20))])]
        for one in done:
            one.result(PATIENCE)
        assert store.accounts(COUNTER.name)["hearts", 0].next == 20
    assert tally() == 20
    assert Progress.objects.get().next_offset == 20


@pytest.mark.django_db(transaction=True)
def test_what_waits_behind_a_commit_whose_answer_was_lost_does_not_build_on_what_was_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both members have asked what is new before the trouble; the second must not fold into the tally of then."""
    store, ending = store_with_a_thread_of_its_own()
    monkeypatch.setattr(projections, "transaction", SimpleNamespace(atomic=AnswersLost(2)))
    first, second = [heart(0), heart(1)], [heart(offset, partition=1) for offset in range(3)]
    with ending:
        store.apply(COUNTER, Handled([heart(9, 2)], [heart(9, 2)]))
        with pytest.raises(Away):
            store.apply(COUNTER, Handled(first, first))
        store.apply(COUNTER, Handled(second, second))
        assert deliver(store, first) == 0
    assert tally() == 6
    assert {row.partition: row.next_offset for row in Progress.objects.all()} == {0: 2, 1: 3, 2: 10}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["begin", "void", "put_aside"])
def test_no_offset_goes_back_behind_a_commit_whose_answer_was_lost(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, ending = store_with_a_thread_of_its_own()
    monkeypatch.setattr(projections, "transaction", SimpleNamespace(atomic=AnswersLost(1)))
    batch = [heart(offset) for offset in range(10)]
    with ending:
        with pytest.raises(Away):
            store.apply(COUNTER, Handled(batch, batch))
        match kind:
            case "begin":
                store.begin(COUNTER.name, {("hearts", 0): 4})
            case "void":
                store.void(COUNTER.name, [(("hearts", 0), 3, 4)])
            case "put_aside":
                store.put_aside(COUNTER.name, [heart(5)], [heart(6)])
    assert store_of(Room.objects.get()).accounts(COUNTER.name) == {("hearts", 0): Account(next=10)}


@pytest.mark.django_db(transaction=True)
def test_what_is_in_doubt_is_read_when_who_was_storing_it_has_ended() -> None:
    """The connection is gone, and the database is not done with what came over it: to read now is too early."""
    if not connection.features.has_select_for_update:
        pytest.skip("in SQLite nobody else can write while a transaction does")
    store, ending = store_with_a_thread_of_its_own()
    storing, go_on = threading.Event(), threading.Event()

    def still_storing() -> None:
        with transaction.atomic():
            Room.objects.select_for_update(no_key=True).get()
            Progress.objects.create(**row_of_progress(next_offset=3))
            storing.set()
            assert go_on.wait(PATIENCE)

    with ending, ThreadPoolExecutor(2) as threads:
        gone = threads.submit(closing, still_storing)
        assert storing.wait(PATIENCE)
        store._in_doubt = True
        asked = threads.submit(store.fresh, COUNTER.name, [heart(offset) for offset in range(4)])
        assert not wait([asked], timeout=0.3).done
        go_on.set()
        assert [record.offset for record in asked.result(PATIENCE)] == [3]
        gone.result(PATIENCE)


def row_of_progress(next_offset: int) -> dict[str, Any]:
    place = {"group": COUNTER.name, "topic": "hearts", "partition": 0}
    return {"room": Room.objects.get(), "log": 1, "next_offset": next_offset, **place}


class AnswersLost:
    """`transaction.atomic`, of which that number of transactions is committed and nobody hears of it."""

    def __init__(self, number: int) -> None:
        self._number, self._count = number, 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self._count += 1
        lost = self._count == self._number
        with transaction.atomic():
            yield
        if lost:
            raise OperationalError("the server closed the connection")


def store_with_a_thread_of_its_own() -> tuple[RoomStore, Any]:
    """As in a runner; to be left by the context that comes with it, so that its connection is closed."""
    room = Room.objects.create(scenario="hearts", incarnation=1)
    database = DatabaseThread()
    return RoomStore(room.pk, 1, 1, database), contextlib.closing(database)


def tally() -> int:
    return sum(value["hearts"] for value in recent(Room.objects.get().pk, COUNTER.name).values())


@pytest.mark.django_db(transaction=True)
def test_of_two_members_that_fold_the_same_the_later_value_is_told_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, ending = store_with_a_thread_of_its_own()
    stored, told, slow, run = threading.Event(), list[int](), threading.Event(), DatabaseThread.run

    def late(database: DatabaseThread, work: Callable[[], T]) -> T:
        """The first member's thread goes on only when the second has told."""
        done = run(database, work)
        if not stored.is_set():
            stored.set()
            assert slow.wait(PATIENCE)
        return done

    def handle(offset: int) -> None:
        batch = [heart(offset)]
        store.apply(COUNTER, Handled(batch, batch), lambda changed: told.append(changed["music"]["hearts"]))

    with ending, ThreadPoolExecutor(2) as members:
        monkeypatch.setattr(DatabaseThread, "run", late)
        first = members.submit(handle, 0)
        assert stored.wait(PATIENCE)
        members.submit(handle, 1).result(PATIENCE)
        slow.set()
        first.result(PATIENCE)
    assert told == [1, 2]
