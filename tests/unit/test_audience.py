"""A backlog is the largest thing that a room sends: however many ask for one, it is made once for all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from channels import layers
from channels.layers import get_channel_layer

from apps.rooms import deadlines
from apps.rooms.audience import Audience, Viewer, layer_group
from apps.scenarios.refusals import Refused
from tests.servers import PATIENCE

CODE = "K7MPX4"


class Screen:
    """A viewer and what it was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.ended: list[str] = []
        self.viewer = Viewer(self._take, self._end)

    async def _take(self, text: str) -> None:
        self.sent.append(text)

    async def _end(self, why: Refused) -> None:
        self.ended.append(why.code)


class Runner:
    """Counts how often it is asked, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self._news = asyncio.Event()

    def ask(self, number: int) -> None:
        self.asked = number
        self._news.set()

    async def until_asked(self, times: int) -> None:
        while self.asked < times:
            self._news.clear()
            await self._news.wait()

    async def answer(self, screens: list[Screen]) -> None:
        """Returns when all who wait for it have it."""
        had = [len(screen.sent) for screen in screens]
        await self.say(self.asked, "all")
        while any(len(screen.sent) == before for screen, before in zip(screens, had, strict=True)):
            await asyncio.sleep(0)

    async def say(self, asked: int, text: str) -> None:
        layer: Any = get_channel_layer()
        told = {"type": "room.backlog", "seq": 1, "asked": asked, "text": text}
        await layer.group_send(layer_group(CODE), told)


@asynccontextmanager
async def watched(count: int) -> AsyncIterator[tuple[Audience, Runner, list[Screen]]]:
    """By so many, who all have got their first backlog."""
    runner, screens = Runner(), [Screen() for _ in range(count)]
    audience = Audience(CODE, runner.ask)
    try:
        for screen in screens:
            await audience.join(screen.viewer)
        await runner.until_asked(1)
        await runner.answer(screens)
        yield audience, runner, screens
    finally:
        audience.close()


async def test_sixty_who_come_at_once_and_ask_anew_cost_two_backlogs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "BACKLOG_SPACING", 0.0)
    monkeypatch.setattr(deadlines, "BACKLOG_AGAIN", 3600.0)
    async with watched(60) as (audience, runner, screens):
        for _ in range(100):
            for screen in screens:
                audience.resync(screen.viewer)
        await runner.until_asked(2)
        for screen in screens:
            audience.resync(screen.viewer)
        await runner.answer(screens)
        assert runner.asked == 2
        assert {len(screen.sent) for screen in screens} == {2}


async def test_a_backlog_that_was_on_its_way_when_all_start_afresh_is_not_the_one_they_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when somebody comes just before the room has something to tell everybody: that it slept, or misses a topic."""
    monkeypatch.setattr(deadlines, "BACKLOG_SPACING", 0.0)
    monkeypatch.setattr(deadlines, "BACKLOG_AGAIN", 3600.0)
    async with watched(1) as (audience, runner, screens):
        audience.resync(screens[0].viewer)
        await runner.until_asked(2)
        audience.restart()
        await runner.say(2, "before it was told")
        async with asyncio.timeout(PATIENCE):
            await runner.until_asked(3)
            await runner.answer(screens)
        assert screens[0].sent == ["all", "all"]


async def test_all_viewers_are_told_why_nothing_more_comes() -> None:
    async with watched(3) as (audience, _runner, screens):
        await audience.end(Refused("asleep", "It sleeps."))
        assert [screen.ended for screen in screens] == [["asleep"]] * 3


async def test_a_fan_out_that_fails_begins_again_and_its_viewers_get_what_comes_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "FAULT_PAUSE", 0.0)
    layer: Any = get_channel_layer()
    got, broken = asyncio.Event(), asyncio.Event()
    sound = Audience._deliver

    async def breaks(self: Audience, message: dict[str, Any]) -> None:
        if not broken.is_set():
            broken.set()
            raise KeyError("a fault")
        await sound(self, message)

    async def send(_text: str) -> None:
        got.set()

    async def end(_why: Refused) -> None:
        pass

    monkeypatch.setattr(Audience, "_deliver", breaks)
    audience = Audience("ABCDEF", lambda _number: None)
    try:
        await audience.join(Viewer(send, end))
        await layer.group_send(
            layer_group("ABCDEF"), {"type": "room.backlog", "seq": 1, "asked": 1, "text": "lost"}
        )
        await broken.wait()
        async with asyncio.timeout(PATIENCE):
            while not got.is_set():
                # It subscribes anew, which nobody is told.
                told = {"type": "room.backlog", "seq": 2, "asked": 1, "text": "{}"}
                await layer.group_send(layer_group("ABCDEF"), told)
                await asyncio.sleep(0)
    finally:
        audience.close()


@pytest.mark.parametrize("seconds", [61, 86_402])
async def test_a_room_is_heard_for_as_long_as_anybody_watches(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """The clock may also have been set, or its machine have slept."""
    async with watched(1) as (_audience, runner, [screen]):
        later = time.time() + seconds
        monkeypatch.setattr(layers, "time", SimpleNamespace(time=lambda: later))
        await runner.say(runner.asked, "later")
        layer: Any = get_channel_layer()
        await layer.group_send(layer_group(CODE), {"type": "room.frame", "seq": 2, "text": "a frame"})
        async with asyncio.timeout(PATIENCE):
            while "a frame" not in screen.sent:
                await asyncio.sleep(0)
