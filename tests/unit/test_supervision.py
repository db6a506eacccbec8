"""Rooms in the web process when things race: those that sleep, those that fail, and loops that go on all the same.

Runners are played; the rooms, their audiences and the database are real.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from apps.rooms import deadlines
from apps.rooms.audience import Audience, Viewer
from apps.rooms.link import Link
from apps.rooms.linkmessages import (
    Close,
    Failed,
    Frame,
    Message,
    Open,
    Reply,
    RoomMessage,
    SendBacklog,
    Totals,
)
from apps.rooms.live import LiveRoom, Rooms
from apps.rooms.models import Room
from apps.rooms.process import RunnerProcess
from apps.rooms.tasks import faults, kept_up, lasting
from apps.scenarios.refusals import Refused
from tests.servers import PATIENCE

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)
ASKER = "192.0.2.1"
M = TypeVar("M", Open, Close)


@pytest.fixture(autouse=True)
def at_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Idle rooms sleep at the next sweep, and there is always a next one; one runner is all there is."""
    settings.KAFKAVIZ_SLEEP_AFTER = 10
    settings.KAFKAVIZ_RUNNERS = 1
    monkeypatch.setattr(deadlines, "SWEEP", 0.001)
    monkeypatch.setattr(deadlines, "REVIVALS", (0.001,))
    monkeypatch.setattr(deadlines, "FAULT_PAUSE", 0.001)
    faults.clear()
    yield
    faults.clear()


class Runner:
    """Opens and closes rooms: those that are `held` close when that is over."""

    alive = True

    def __init__(self) -> None:
        self.rooms: set[str] = set()
        self.asked: list[Any] = []
        self.held: dict[str, asyncio.Event] = {}
        self.held_open: dict[str, asyncio.Event] = {}
        self.refuses: list[Refused] = []
        """What the next rooms are refused with."""
        self.last_words: Callable[[], None] = lambda: None
        """What comes over the link together with an answer."""

    async def call(self, question: Any) -> dict[str, Any]:
        self.asked.append(question)
        if isinstance(question, Open):
            if question.room in self.held_open:
                await self.held_open[question.room].wait()
            if self.refuses:
                raise self.refuses.pop(0)
            self.last_words()
        if isinstance(question, Close) and question.room in self.held:
            await self.held[question.room].wait()
        return {"partitions": {}}

    def tell(self, message: Message) -> None:
        self.asked.append(message)

    def asked_to(self, kind: type[M], code: str) -> list[M]:
        return [one for one in self.asked if isinstance(one, kind) and one.room == code]

    def closes(self, code: str) -> bool:
        return bool(self.asked_to(Close, code))


class Stage:
    """Rooms that are awake in one runner."""

    def __init__(self) -> None:
        self.rooms, self.runner = Rooms(), Runner()
        self.rooms.runners._all.append(cast(RunnerProcess, self.runner))

    async def room(self, idle: float = 3600.0) -> tuple[Room, LiveRoom]:
        """Open, and nobody has watched it for so long."""
        room = await Room.objects.acreate(scenario="hearts")
        live = await self.rooms.wake(room, ASKER)
        live.audience.empty_since = time.monotonic() - idle
        return room, live

    def runner_dies(self) -> None:
        self.runner.alive = False
        self.rooms.runners._died(cast(RunnerProcess, self.runner))

    def sweeps(self) -> asyncio.Task[None]:
        return lasting(kept_up("the sweep", self.rooms._sweeping.sweep))

    async def end(self) -> None:
        for audience in list(self.rooms._audiences.values()):
            audience.close()
        await asyncio.sleep(0)


def viewer() -> Viewer:
    async def nothing(*_: object) -> None:
        pass

    return Viewer(nothing, nothing)


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not met():
            await asyncio.sleep(0.001)


def played(story: Callable[[Stage], Awaitable[None]]) -> None:
    async def whole() -> None:
        stage = Stage()
        try:
            await story(stage)
        finally:
            await stage.end()

    async_to_sync(whole)()


def test_a_sweep_goes_on_though_another_has_put_a_room_to_sleep_meanwhile(settings: Settings) -> None:
    settings.KAFKAVIZ_ROOMS_PER_RUNNER = 2

    async def story(stage: Stage) -> None:
        (_, first), (_, second) = await stage.room(7200), await stage.room(3600)
        slow = stage.runner.held[first.code] = asyncio.Event()
        sweeping = stage.sweeps()
        await until(lambda: stage.runner.closes(first.code))
        # While the first one closes, whoever needs a place has the second put to sleep.
        await stage.room(idle=0)
        _, third = await stage.room(idle=0)
        await until(lambda: stage.runner.closes(second.code))
        third.audience.empty_since -= 3600
        slow.set()
        await until(lambda: stage.runner.closes(third.code))
        sweeping.cancel()
        assert not faults

    played(story)


def test_a_room_that_somebody_comes_into_before_its_turn_stays_awake() -> None:
    async def story(stage: Stage) -> None:
        (_, first), (room, second) = await stage.room(7200), await stage.room(3600)
        slow = stage.runner.held[first.code] = asyncio.Event()
        sweeping = stage.sweeps()
        await until(lambda: stage.runner.closes(first.code))
        assert await stage.rooms.join(room, viewer(), ASKER) is second
        slow.set()
        _, third = await stage.room()
        await until(lambda: stage.runner.closes(third.code))
        sweeping.cancel()
        assert stage.rooms.find(second.code) is second
        assert not stage.runner.closes(second.code)

    played(story)


def test_a_sweep_that_fails_is_told_and_begins_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        failed, sound = asyncio.Event(), stage.rooms._janitor.forget_unused

        async def fails(*_: object) -> None:
            failed.set()
            monkeypatch.setattr(stage.rooms._janitor, "forget_unused", sound)
            raise KeyError("a fault")

        monkeypatch.setattr(stage.rooms._janitor, "forget_unused", fails)
        sweeping = stage.sweeps()
        await asyncio.wait_for(failed.wait(), PATIENCE)
        _, idle = await stage.room()
        await until(lambda: stage.runner.closes(idle.code))
        sweeping.cancel()
        assert faults == {"the sweep": 1}
        assert "A fault ended the sweep" in caplog.text

    played(story)


def test_who_wants_a_place_does_not_wait_until_the_room_that_makes_it_has_closed(settings: Settings) -> None:
    settings.KAFKAVIZ_ROOMS_PER_RUNNER = 1

    async def story(stage: Stage) -> None:
        _, idle = await stage.room()
        slow = stage.runner.held[idle.code] = asyncio.Event()
        room = await Room.objects.acreate(scenario="hearts")
        live = await asyncio.wait_for(stage.rooms.wake(room, ASKER), PATIENCE)
        assert stage.rooms.find(room.code) is live
        await until(lambda: stage.runner.closes(idle.code))
        slow.set()
        await asyncio.gather(*stage.rooms._tasks)

    played(story)


def test_who_comes_as_a_room_goes_to_sleep_is_let_into_its_next_life() -> None:
    async def story(stage: Stage) -> None:
        room, first = await stage.room()
        # Its audience is not subscribed yet, and closes before it is.
        first.audience._subscribed.clear()
        joining = asyncio.create_task(stage.rooms.join(room, viewer(), ASKER))
        await asyncio.sleep(0)
        await stage.rooms.sleep(first)
        second = await asyncio.wait_for(joining, PATIENCE)
        assert second.incarnation == first.incarnation + 1
        assert len(second.audience) == 1

    played(story)


def test_a_frame_of_an_older_life_reaches_nobody() -> None:
    async def story(stage: Stage) -> None:
        _, live = await stage.room()
        for life in (live.incarnation - 1, live.incarnation):
            stage.rooms._heard(Frame(live.code, life, life, "{}"))
        _group, message = stage.rooms._passing.waiting.get_nowait()
        assert message["seq"] == live.incarnation
        assert stage.rooms._passing.waiting.empty()

    played(story)


def test_no_more_frames_wait_than_can_be_passed_on_soon() -> None:
    async def story(stage: Stage) -> None:
        _, live = await stage.room()
        most = stage.rooms._passing.waiting.maxsize
        assert most
        for seq in range(2 * most):
            stage.rooms._heard(Frame(live.code, live.incarnation, seq, "{}"))
        assert stage.rooms._passing.waiting.qsize() == most

    played(story)


def test_a_room_that_failed_opens_again_and_says_why_and_its_neighbour_notices_nothing() -> None:
    async def story(stage: Stage) -> None:
        (room, failed), (_, neighbour) = await stage.room(), await stage.room()
        await stage.rooms.join(room, viewer(), ASKER)
        for _ in range(2):  # the second is of a life that is over
            stage.rooms._heard(Failed(failed.code, failed.incarnation))
        await until(lambda: stage.rooms.find(failed.code) not in (None, failed))
        (opening,) = stage.runner.asked_to(Open, failed.code)[1:]
        assert opening.incarnation == failed.incarnation + 1
        assert opening.notices["new"].startswith("A fault of this program ended this room")
        assert stage.rooms.find(neighbour.code) is neighbour
        assert faults == {"a room": 1}

    played(story)


def test_a_room_that_does_not_come_back_and_is_watched_by_nobody_leaves_no_audience() -> None:
    async def story(stage: Stage) -> None:
        room, live = await stage.room()
        await room.adelete()
        stage.rooms._heard(Failed(live.code, live.incarnation))
        await until(lambda: not stage.rooms._opening)
        assert not stage.rooms._audiences

    played(story)


def test_a_room_begins_anew_when_it_has_opened_and_not_beside_that() -> None:
    async def story(stage: Stage) -> None:
        room = await Room.objects.acreate(scenario="hearts")
        opened, anew = await asyncio.gather(stage.rooms.wake(room, ASKER), stage.rooms.reset(room))
        assert stage.rooms.find(room.code) is anew is not opened
        asked = [type(one) for one in stage.runner.asked if not isinstance(one, SendBacklog)]
        assert asked == [Open, Close, Open]

    played(story)


def test_a_room_whose_runner_dies_with_its_answer_is_not_left_in_it() -> None:
    async def story(stage: Stage) -> None:
        room = await Room.objects.acreate(scenario="hearts")
        stage.runner.last_words = lambda: stage.runner_dies()
        with pytest.raises(Refused, match="ended as it opened"):
            await stage.rooms.wake(room, ASKER)
        assert not stage.rooms.find(room.code) and not stage.runner.rooms

    played(story)


def test_a_room_that_fails_before_it_is_awake_is_opened_again_by_who_comes_next() -> None:
    async def story(stage: Stage) -> None:
        room = await Room.objects.acreate(scenario="hearts")
        stage.runner.last_words = lambda: stage.rooms._heard(Failed(room.code, 1))
        with pytest.raises(Refused, match="ended as it opened"):
            await stage.rooms.wake(room, ASKER)
        stage.runner.last_words = lambda: None
        live = await stage.rooms.wake(room, ASKER)
        assert live.incarnation == 2 and not stage.rooms._stillborn
        # What is still to close of the first one does not close the second.
        assert [close.life for close in stage.runner.asked_to(Close, room.code)] == [1]

    played(story)


def test_a_class_that_ends_while_its_room_comes_back_ends_and_everybody_is_told() -> None:
    async def story(stage: Stage) -> None:
        room, live = await stage.room()
        told: list[str] = []

        async def end(why: Refused) -> None:
            told.append(why.code)
            live.audience.leave(last)

        last = Viewer(viewer().send, end)
        await stage.rooms.join(room, last, ASKER)
        opened = stage.runner.held_open[room.code] = asyncio.Event()
        stage.rooms._heard(Failed(live.code, live.incarnation))
        await until(lambda: len(stage.runner.asked_to(Open, room.code)) == 2)
        closing = asyncio.create_task(stage.rooms.close(room))
        await until(lambda: told == ["ended"])
        opened.set()
        await asyncio.wait_for(closing, PATIENCE)
        assert not stage.rooms.is_held(room.code) and not stage.rooms._audiences
        assert stage.runner.asked_to(Close, room.code)[-1].life == 2

    played(story)


def test_a_room_begins_anew_also_when_who_pressed_that_has_left() -> None:
    async def story(stage: Stage) -> None:
        room, live = await stage.room()
        slow = stage.runner.held[room.code] = asyncio.Event()
        pressing = asyncio.create_task(stage.rooms.reset(room))
        await until(lambda: stage.runner.closes(room.code))
        pressing.cancel()
        await asyncio.wait([pressing])
        slow.set()
        await until(lambda: stage.rooms.find(room.code) not in (None, live))

    played(story)


def test_a_watched_room_that_can_not_begin_anew_is_tried_again_until_it_can() -> None:
    async def story(stage: Stage) -> None:
        room, live = await stage.room()
        await stage.rooms.join(room, viewer(), ASKER)
        stage.runner.refuses = [Refused("database", "Away."), Refused("cluster", "Away.")]
        anew = await stage.rooms.reset(room)
        assert anew.incarnation == live.incarnation + 3 and anew.audience is live.audience
        assert not stage.runner.refuses

    played(story)


def test_a_room_that_is_being_deleted_is_not_opened_and_one_that_was_is_no_fault(settings: Settings) -> None:
    async def story(stage: Stage) -> None:
        old = timezone.now() - timedelta(seconds=settings.KAFKAVIZ_FORGET_AFTER + 1000)
        room = await Room.objects.acreate(scenario="hearts", used_at=old)
        asked, go_on = asyncio.Event(), asyncio.Event()

        async def ask(_question: object) -> dict[str, Any]:
            asked.set()
            await go_on.wait()
            return {"partitions": {}}

        deleting = asyncio.create_task(stage.rooms._janitor.forget_unused(stage.rooms.is_held, ask))
        await asked.wait()
        with pytest.raises(Refused, match="just being deleted"):
            await stage.rooms.wake(room, ASKER)
        go_on.set()
        await deleting
        with pytest.raises(Refused, match="just been deleted"):
            await stage.rooms.wake(room, ASKER)
        assert not stage.runner.asked_to(Open, room.code)

    played(story)


def test_a_fault_in_a_task_that_nobody_waits_for_is_told_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(stage: Stage) -> None:
        async def fails() -> None:
            raise KeyError("a fault")

        stage.rooms.spawn(fails())
        await until(lambda: faults == {"a task": 1})
        assert "A fault ended a task" in caplog.text

    played(story)


async def test_a_viewer_whose_socket_is_broken_keeps_no_other_from_being_told_the_end() -> None:
    told: list[str] = []

    async def breaks(_why: Refused) -> None:
        raise RuntimeError("a broken socket")

    async def ends(why: Refused) -> None:
        told.append(why.code)

    audience = Audience("ABCDEF", lambda _number: None)
    try:
        for end in (breaks, ends, breaks, ends):
            await audience.join(Viewer(viewer().send, end))
        await audience.end(Refused("ended", "This class is over."))
        assert told == ["ended", "ended"]
    finally:
        audience.close()


async def test_who_asks_anew_while_it_is_behind_gets_a_backlog() -> None:
    """It may never say that it has seen the last frame: it has missed it, and waits for a backlog."""
    got: list[str] = []

    async def send(text: str) -> None:
        got.append(text)

    slow = Viewer(send, viewer().end)
    audience = Audience("ABCDEF", lambda _number: None)
    try:
        await audience.join(slow)
        slow.following, slow.behind = False, True
        audience.resync(slow)
        await audience._deliver({"type": "room.backlog", "seq": 1, "asked": 1, "text": "a backlog"})
        assert got == ["a backlog"] and slow.following
    finally:
        audience.close()


# A runner's end of the link


class Process:
    pid, returncode = 4711, None

    def __init__(self) -> None:
        self.killed = False

    def kill(self) -> None:
        self.killed = True


@asynccontextmanager
async def linked(
    on_message: Callable[[RoomMessage], None],
) -> AsyncIterator[tuple[RunnerProcess, Link, Process, list[Any]]]:
    """A runner as the web process has it, and the runner's own end of the link."""
    ours, theirs = [Link(*await asyncio.open_connection(sock=end)) for end in socket.socketpair()]
    process, dead = Process(), list[Any]()
    runner = RunnerProcess(cast(Any, process), ours, on_message, dead.append)
    yield runner, theirs, process, dead
    runner._stopping = True
    for link in (ours, theirs):
        link.close()
        await link._writer.wait_closed()
    await asyncio.wait_for(runner._reading, PATIENCE)


async def test_a_message_at_which_we_fail_costs_no_other() -> None:
    seen: list[str] = []

    def on_message(message: RoomMessage) -> None:
        seen.append(message.room)
        if len(seen) == 1:
            raise KeyError("a fault")

    async with linked(on_message) as (runner, theirs, _process, dead):
        asked = runner.ask(Totals("A"))
        for room in ("A", "B"):
            theirs.send(Frame(room, 1, 1, "{}"))
        theirs.send(Reply({}), 1)
        assert await asyncio.wait_for(asked, PATIENCE) == {}
        assert seen == ["A", "B"] and not dead and faults == {"a runner's message": 1}


async def test_a_runner_that_talks_nonsense_is_buried_and_whoever_asked_it_is_told() -> None:
    async with linked(lambda message: None) as (runner, theirs, process, dead):
        asked = runner.ask(Totals("A"))
        theirs._writer.write(b"\0\0\0\2\0\0\0\0" + bytes(8) + b"no")
        with pytest.raises(Refused, match="has just died"):
            await asyncio.wait_for(asked, PATIENCE)
        assert dead == [runner] and process.killed


async def test_a_runner_of_other_files_is_given_up_in_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    async with linked(lambda message: None) as (_runner, theirs, process, dead):
        theirs.send(Totals("A"))  # which only a web process asks
        await until(lambda: bool(dead))
        assert process.killed
        (told,) = [record for record in caplog.records if record.levelname == "ERROR"]
        assert told.getMessage().endswith("is given up. A runner does not say Totals.")
        assert not told.exc_info


def test_nobody_waits_for_a_room_that_comes_back_while_no_broker_answers() -> None:
    async def story(stage: Stage) -> None:
        room, live = await stage.room()
        opened = stage.runner.held_open[room.code] = asyncio.Event()
        stage.rooms._heard(Failed(live.code, live.incarnation))
        await until(lambda: len(stage.runner.asked_to(Open, room.code)) == 2)
        stage.rooms._lookout.trouble = "No broker answers."
        with pytest.raises(Refused, match="No broker answers"):
            await stage.rooms.wake(room, ASKER)
        opened.set()
        await until(lambda: not stage.rooms._opening)

    played(story)


def test_nobody_waits_for_ever_for_a_room_that_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(stage: Stage) -> None:
        room = await Room.objects.acreate(scenario="hearts")
        opened = stage.runner.held_open[room.code] = asyncio.Event()
        monkeypatch.setattr(deadlines, "ANSWER", 0.001)
        with pytest.raises(Refused, match="coming back"):
            await stage.rooms.wake(room, ASKER)
        opened.set()
        await until(lambda: stage.rooms.find(room.code) is not None)

    played(story)
