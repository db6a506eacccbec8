"""A runner, and rooms in it that fail or whose brokers do not answer: the others notice nothing of it.

The rooms are played, all else is real: the runner, its link, its threads.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from apps.kafka.clusters import ClusterError
from apps.rooms import runner as runner_module
from apps.rooms.gates import Gates
from apps.rooms.hosting import _Question
from apps.rooms.link import Head, Link
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

    def __init__(self, opening: Head, _database: object) -> None:
        self.code, self.incarnation = opening["room"], opening["incarnation"]
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


class Web:
    """The web process's end."""

    def __init__(self, runner: Runner, link: Link) -> None:
        self.runner, self._link = runner, link
        self.heard: list[Head] = []
        self._news, self.reading = asyncio.Event(), asyncio.Event()
        self.reading.set()

    async def listen(self) -> None:
        while True:
            await self.reading.wait()
            head, _body = await self._link.receive()
            self.heard.append(head)
            self._news.set()

    def says(self, do: str, room: str, **more: Any) -> None:
        self._link.send({"do": do, "room": room, "id": f"{do} {room}", **more})

    async def opens(self, *rooms: str, life: int = 1) -> None:
        for room in rooms:
            self.says("open", room, incarnation=life)
        await self.until(lambda: all(len(self.replies(f"open {room}")) == life for room in rooms))

    def of(self, kind: str, room: str = "") -> list[Head]:
        return [head for head in self.heard if head["is"] == kind and head.get("room", "") == room]

    def replies(self, to: str) -> list[Head]:
        return [head for head in self.heard if head["is"] == "reply" and head["id"] == to]

    async def until(self, met: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not met():
                self._news.clear()
                await self._news.wait()


@pytest.fixture(autouse=True)
def played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "HostedRoom", Room)
    monkeypatch.setattr(runner_module, "_warm_up", lambda: None)
    monkeypatch.setattr(runner_module, "TICK", 0.001)
    monkeypatch.setattr(runner_module, "_PULSE", 0.001)
    # The alarm is for a whole process.
    monkeypatch.setattr(signal, "setitimer", lambda *_: None)
    Room.broken, Room.answer, Room.asked, Room.frames = set(), threading.Event(), Counter(), Counter()


@asynccontextmanager
async def served() -> AsyncIterator[Web]:
    ours, theirs = [Link(*await asyncio.open_connection(sock=end)) for end in socket.socketpair()]
    web = Web(Runner(theirs), ours)
    running, listening = asyncio.create_task(web.runner.run()), asyncio.create_task(web.listen())
    try:
        yield web
    finally:
        Room.answer.set()
        listening.cancel()
        ours.close()
        await asyncio.wait_for(running, PATIENCE)
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
        await web.until(lambda: web.of("frame", "GOOD") and web.of("frame", "BAD"))
        failed = web.runner._rooms["BAD"]
        Room.broken.add(("BAD", method))
        web.says("backlog", "BAD")
        await web.until(lambda: web.of("failed", "BAD"))
        assert web.of("failed", "BAD")[0]["life"] == 1
        frames = len(web.of("frame", "GOOD"))
        await web.until(lambda: len(web.of("frame", "GOOD")) > frames)
        Room.broken.clear()
        await web.opens("BAD", life=2)
        await web.until(lambda: any(head["life"] == 2 for head in web.of("frame", "BAD")))
        assert vars(failed)["closed"]
        assert web.runner._rooms["BAD"] is not failed


async def test_a_word_that_can_not_be_obeyed_costs_no_room() -> None:
    async with served() as web:
        await web.opens("GOOD")
        web.says("deliver", "GOOD", action="send", data={}, person="")
        await web.until(lambda: web.replies("deliver GOOD"))
        assert web.replies("deliver GOOD")[0]["code"] == "fault"
        web.says("pace", "GOOD")  # without the bytes
        frames = len(web.of("frame", "GOOD"))
        await web.until(lambda: len(web.of("frame", "GOOD")) > frames)


async def test_however_long_brokers_are_silent_no_more_questions_wait_than_there_are_rooms_to_ask() -> None:
    rooms = [f"R{number}" for number in range(8)]
    async with served() as web:
        await web.opens(*rooms)
        await web.until(lambda: all(Room.asked[room] == 3 for room in rooms))
        pulses = len(web.of("pulse"))
        await web.until(lambda: len(web.of("pulse")) > pulses + 50)
        assert Room.asked == dict.fromkeys(rooms, 3)
        assert web.runner._asking._work_queue.qsize() == 0
        # Whoever asks beside that is not held up by them, and one who opens a room by none of these.
        web.says("totals", rooms[0])
        await web.until(lambda: Room.asked[rooms[0]] == 4)
        web.says("control", rooms[1], name="state", values={})
        await web.until(lambda: web.replies(f"control {rooms[1]}"))
        Room.answer.set()
        await web.until(lambda: web.replies(f"totals {rooms[0]}"))


async def test_a_room_s_brokers_are_asked_one_thing_at_a_time_and_who_waits_long_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "_PATIENCE", 0.01)
    async with served() as web:
        await web.opens("ROOM")
        await web.until(lambda: Room.asked["ROOM"] == 3)
        for _ in range(50):
            web.says("totals", "ROOM")
        await web.until(lambda: len(web.replies("totals ROOM")) == 49)
        assert {reply["code"] for reply in web.replies("totals ROOM")} == {"no-answer"}
        assert Room.asked["ROOM"] == 4
        Room.answer.set()
        await web.until(lambda: len(web.replies("totals ROOM")) == 50)
        assert "value" in web.replies("totals ROOM")[-1]
        assert len(web.runner._gates) == 0


async def test_of_a_room_s_logs_the_web_process_is_told_what_is_new_once_and_that_they_are_others() -> None:
    async with served() as web:
        await web.opens("ROOM")
        room: Any = web.runner._rooms["ROOM"]
        room.news = True
        await web.until(lambda: web.of("news", "ROOM"))
        room.has_other_logs = True
        await web.until(lambda: web.of("other-logs", "ROOM"))
        assert (len(web.of("news", "ROOM")), web.of("other-logs", "ROOM")[0]["life"]) == (1, 1)
        web.says("close", "ROOM")
        await web.until(lambda: web.replies("close ROOM"))
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
