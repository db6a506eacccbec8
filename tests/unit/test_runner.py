"""A runner, and rooms in it that fail or whose brokers do not answer: the others notice nothing of it.

The rooms are played, all else is real: the runner, its link, its threads.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import pytest

from apps.kafka.clusters import ClusterError
from apps.rooms import deadlines
from apps.rooms import runner as runner_module
from apps.rooms.gates import Gates
from apps.rooms.hosting import _Question
from apps.rooms.link import MOST, Link
from apps.rooms.linkmessages import (
    Close,
    Control,
    Deliver,
    Failed,
    Frame,
    Message,
    News,
    NotUnderstood,
    Open,
    OtherLogs,
    Pace,
    Pulse,
    Reply,
    SendBacklog,
    Totals,
)
from apps.rooms.runner import Runner
from tests.servers import PATIENCE


class Feed:
    seq = 1
    bytes_a_second = 0


class Room:
    """In place of a `HostedRoom`. What stands in `broken` fails."""

    broken: set[tuple[str, str]] = set()
    """Room and method."""
    answer = threading.Event()
    """Its brokers do not answer before."""
    asked = Counter[str]()
    frames = Counter[str]()
    size = 1
    """How often a frame says its name."""

    def __init__(self, opening: Open, _database: object) -> None:
        self.code, self.incarnation = opening.room, opening.incarnation
        self.feed, self.outdated, self.run = Feed(), False, self
        self.closed, self.has_other_logs, self.news = False, False, False
        self._questions = [_Question(f"{self.code} {number}", self._wait) for number in range(3)]

    def _do(self, name: str) -> None:
        if (self.code, name) in self.broken:
            raise KeyError("a fault")

    def _wait(self) -> None:
        self.asked[self.code] += 1
        if not self.answer.wait(PATIENCE):
            raise ClusterError("The brokers are silent.")

    def describe(self) -> dict[str, Any]:
        return {}

    def frame(self, now: float) -> str | None:
        """None when none is due, as of a feed that has sent one lately."""
        self._do("frame")
        self.frames["due" if now > 0 else "none"] += 1
        return self.code * self.size if now > 0 else None

    def backlog(self) -> str:
        self._do("backlog")
        return self.code

    def acked_anew(self) -> None:
        return None

    @property
    def figures(self) -> dict[str, Any]:
        self._do("figures")
        return {"hops": 0}

    def deliver(self, *_: object) -> None:
        raise KeyError("a fault")

    def due(self) -> list[Callable[[], None]]:
        return [question.ask for question in self._questions if question.begin()]

    def has_news_of_logs(self) -> bool:
        news, self.news = self.news, False
        return news

    def totals(self) -> dict[str, Any]:
        self._wait()
        return {}

    def control(self, _name: str, _values: Any) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        self.closed = True


M = TypeVar("M", bound=Message)


class Web:
    """The web process's end."""

    running: asyncio.Task[None]

    def __init__(self, runner: Runner, link: Link) -> None:
        self.runner, self._link = runner, link
        self.heard: list[Message] = []
        self._asked: list[Any] = [None]
        """By the numbers of the questions."""
        self._answers: list[tuple[Any, Message]] = []
        self._news, self.reading = asyncio.Event(), asyncio.Event()
        self.reading.set()

    async def listen(self) -> None:
        while True:
            await self.reading.wait()
            message, number = await self._link.receive()
            self.heard.append(message)
            if number:
                self._answers.append((self._asked[number], message))
            self._news.set()

    def says(self, message: Message) -> None:
        self._link.send(message, len(self._asked))
        self._asked.append(message)

    async def opens(self, *rooms: str, life: int = 1) -> None:
        for room in rooms:
            self.says(Open(room, 1, "hearts", {}, life, life, {}, {}, {}, None, 3))
        await self.until(lambda: all(len(self.replies(Open, room)) == life for room in rooms))

    def of(self, kind: type[M], room: str = "") -> list[M]:
        return [one for one in self.heard if isinstance(one, kind) and getattr(one, "room", "") == room]

    def replies(self, to: type[Any], room: str) -> list[Any]:
        return [answer for asked, answer in self._answers if isinstance(asked, to) and asked.room == room]

    async def until(self, met: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not met():
                self._news.clear()
                await self._news.wait()


@pytest.fixture(autouse=True)
def played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "HostedRoom", Room)
    monkeypatch.setattr(runner_module, "_warm_up", lambda: None)
    monkeypatch.setattr(deadlines, "TICK", 0.001)
    monkeypatch.setattr(deadlines, "PULSE", 0.001)
    # The alarm is for a whole process.
    monkeypatch.setattr(signal, "setitimer", lambda *_: None)
    Room.broken, Room.answer, Room.asked, Room.frames = set(), threading.Event(), Counter(), Counter()


@asynccontextmanager
async def served() -> AsyncIterator[Web]:
    ours, theirs = [Link(*await asyncio.open_connection(sock=end)) for end in socket.socketpair()]
    web = Web(Runner(theirs), ours)
    web.running, listening = asyncio.create_task(web.runner.run()), asyncio.create_task(web.listen())
    try:
        yield web
    finally:
        Room.answer.set()
        listening.cancel()
        ours.close()
        await asyncio.wait([web.running], timeout=PATIENCE)
        theirs.close()
        for link in (ours, theirs):
            with suppress(ConnectionError):
                await link._writer.wait_closed()
        for task in web.runner._tasks:
            task.cancel()
        web.runner._database.close()
        web.runner._asking.shutdown()


@pytest.mark.parametrize("method", ["frame", "backlog", "figures"])
async def test_a_room_that_fails_ends_alone_and_can_be_opened_again(method: str) -> None:
    async with served() as web:
        await web.opens("GOOD", "BAD")
        await web.until(lambda: web.of(Frame, "GOOD") and web.of(Frame, "BAD"))
        failed = web.runner._rooms["BAD"]
        Room.broken.add(("BAD", method))
        web.says(SendBacklog("BAD", 1))
        await web.until(lambda: web.of(Failed, "BAD"))
        assert web.of(Failed, "BAD")[0].life == 1
        frames = len(web.of(Frame, "GOOD"))
        await web.until(lambda: len(web.of(Frame, "GOOD")) > frames)
        Room.broken.clear()
        await web.opens("BAD", life=2)
        await web.until(lambda: any(frame.life == 2 for frame in web.of(Frame, "BAD")))
        assert vars(failed)["closed"]
        assert web.runner._rooms["BAD"] is not failed


async def test_a_word_that_can_not_be_obeyed_costs_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served() as web:
        await web.opens("GOOD")
        web.says(Deliver("GOOD", "send", {}, ""))
        await web.until(lambda: web.replies(Deliver, "GOOD"))
        assert web.replies(Deliver, "GOOD")[0].code == "fault"
        monkeypatch.setattr(web.runner, "_tell_room", None)
        web.says(Pace("GOOD", 1))
        frames = len(web.of(Frame, "GOOD"))
        await web.until(lambda: len(web.of(Frame, "GOOD")) > frames)


async def test_an_answer_that_the_link_can_not_carry_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Room, "control", lambda *_: {"large": "x" * MOST})
    async with served() as web:
        await web.opens("GOOD")
        web.says(Control("GOOD", "state", {}))
        await web.until(lambda: web.replies(Control, "GOOD"))
        assert web.replies(Control, "GOOD")[0].code == "fault"


async def test_what_only_a_runner_says_ends_it_and_its_rooms_are_closed() -> None:
    async with served() as web:
        await web.opens("GOOD")
        room = web.runner._rooms["GOOD"]
        web.says(Frame("GOOD", 1, 1, "{}"))
        with pytest.raises(NotUnderstood, match="does not say Frame"):
            await asyncio.wait_for(asyncio.shield(web.running), PATIENCE)
        assert vars(room)["closed"]


async def test_who_closes_an_older_life_does_not_close_the_one_that_was_opened_meanwhile() -> None:
    async with served() as web:
        await web.opens("ROOM")
        await web.opens("ROOM", life=2)
        web.says(Close("ROOM", 1))
        await web.until(lambda: web.replies(Close, "ROOM"))
        assert web.runner._rooms["ROOM"].incarnation == 2
        web.says(Close("ROOM", 2))
        await web.until(lambda: len(web.replies(Close, "ROOM")) == 2)
        assert not web.runner._rooms


async def test_however_much_is_changed_in_a_room_others_open_and_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = Counter[str]()

    def waits(room: Room, name: str, _values: Any) -> dict[str, Any]:
        began[name] += 1
        room.answer.wait(PATIENCE)
        return {}

    monkeypatch.setattr(Room, "control", waits)
    async with served() as web:
        await web.opens("BUSY")
        for _ in range(100):
            web.says(Control("BUSY", "pause-member", {}))
        await web.until(lambda: web.runner._gates._there["control BUSY"] == 100)
        await web.opens("QUIET")
        web.says(Close("QUIET", 1))
        await web.until(lambda: web.replies(Close, "QUIET"))
        assert began["pause-member"] <= web.runner._controls_at_once
        Room.answer.set()
        await web.until(lambda: len(web.replies(Control, "BUSY")) == 100)


async def test_however_long_brokers_are_silent_no_more_questions_wait_than_there_are_rooms_to_ask() -> None:
    rooms = [f"R{number}" for number in range(8)]
    async with served() as web:
        await web.opens(*rooms)
        await web.until(lambda: all(Room.asked[room] == 3 for room in rooms))
        pulses = len(web.of(Pulse))
        await web.until(lambda: len(web.of(Pulse)) > pulses + 50)
        assert Room.asked == dict.fromkeys(rooms, 3)
        assert web.runner._asking._work_queue.qsize() == 0
        # Whoever asks beside that is not held up by them, and one who opens a room by none of these.
        web.says(Totals(rooms[0]))
        await web.until(lambda: Room.asked[rooms[0]] == 4)
        web.says(Control(rooms[1], "state", {}))
        await web.until(lambda: web.replies(Control, rooms[1]))
        Room.answer.set()
        await web.until(lambda: web.replies(Totals, rooms[0]))


async def test_a_room_s_brokers_are_asked_one_thing_at_a_time_and_who_waits_long_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "GATE", 0.01)
    async with served() as web:
        await web.opens("ROOM")
        await web.until(lambda: Room.asked["ROOM"] == 3)
        for _ in range(50):
            web.says(Totals("ROOM"))
        await web.until(lambda: len(web.replies(Totals, "ROOM")) == 49)
        assert {reply.code for reply in web.replies(Totals, "ROOM")} == {"no-answer"}
        assert Room.asked["ROOM"] == 4
        Room.answer.set()
        await web.until(lambda: len(web.replies(Totals, "ROOM")) == 50)
        assert isinstance(web.replies(Totals, "ROOM")[-1], Reply)
        assert len(web.runner._gates) == 0


async def test_of_a_room_s_logs_the_web_process_is_told_what_is_new_once_and_that_they_are_others() -> None:
    async with served() as web:
        await web.opens("ROOM")
        room: Any = web.runner._rooms["ROOM"]
        room.news = True
        await web.until(lambda: web.of(News, "ROOM"))
        room.has_other_logs = True
        await web.until(lambda: web.of(OtherLogs, "ROOM"))
        assert (len(web.of(News, "ROOM")), web.of(OtherLogs, "ROOM")[0].life) == (1, 1)
        web.says(Close("ROOM", 1))
        await web.until(lambda: web.replies(Close, "ROOM"))
        assert room.closed


async def test_a_web_process_that_does_not_read_is_sent_no_more_frames_until_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Room, "size", 100_000)
    async with served() as web:
        await web.opens("ROOM")
        web.reading.clear()
        async with asyncio.timeout(PATIENCE):
            while Room.frames["none"] < 50:
                await asyncio.sleep(0.001)
        sent = Room.frames["due"]
        assert web.runner._link._writer.transport.get_write_buffer_size() < 6_000_000
        web.reading.set()
        await web.until(lambda: Room.frames["due"] > sent)


def test_a_question_that_fails_is_told_once_and_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise KeyError("a fault")

    question = _Question("A question", fails)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            assert question.begin()
            assert not question.begin()
            question.ask()
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_nothing_is_left_of_a_gate_at_which_nobody_stands() -> None:
    gates, inside = Gates(), list[int]()

    async def passes(number: int) -> None:
        async with gates.passed("a"):
            inside.append(number)
            await asyncio.sleep(0)
            assert inside[-1] == number

    await asyncio.gather(*(passes(number) for number in range(5)))
    assert inside == list(range(5)) and len(gates) == 0
    async with gates.passed("b"):
        with pytest.raises(TimeoutError):
            async with gates.passed("b", 0.001):
                raise AssertionError("two are inside")
        assert len(gates) == 1
    assert len(gates) == 0


@pytest.mark.parametrize(
    ("fault", "status"), [(None, 0), (KeyError("a fault"), 1), (NotUnderstood("Foreign."), 1)]
)
async def test_a_runner_that_ends_by_a_fault_says_so_by_its_exit_status(
    fault: Exception | None, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []

    class Ends:
        def __init__(self, _link: object) -> None:
            pass

        async def run(self) -> None:
            if fault:
                raise fault

    async def over(_end: socket.socket) -> None:
        _end.close()

    monkeypatch.setattr(runner_module, "Runner", Ends)
    monkeypatch.setattr(Link, "over", over)
    monkeypatch.setattr(os, "_exit", left.append)
    monkeypatch.setattr(logging, "shutdown", lambda: None)
    ours, theirs = socket.socketpair()
    with ours:
        await runner_module._serve(theirs.detach())
    assert left == [status]
