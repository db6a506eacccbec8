"""A class while its room opens, dies, comes back or begins anew: all are in the same one, and nobody is left in it.

Runners are played; the class, its room, its audience and the database are real.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from apps.classes import classroom as arrivals
from apps.classes import classrooms as found
from apps.classes import holding, state
from apps.classes.classroom import Classroom
from apps.classes.classrooms import Classrooms
from apps.rooms.linkmessages import Failed, Open
from apps.rooms.models import Room
from apps.scenarios.refusals import Refused
from tests.unit.test_supervision import ASKER, Stage, at_once, played, until

__all__ = ["at_once"]
pytestmark = pytest.mark.django_db(transaction=True)


async def sent(_message: dict[str, Any]) -> int:
    return 0


@pytest.fixture
def in_class(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[Callable[[Stage], Awaitable[None]]], None]]:
    """Plays a story with the classes of its stage."""

    def play(story: Callable[[Stage], Awaitable[None]]) -> None:
        async def on(stage: Stage) -> None:
            for part in (arrivals, found, holding, state):
                monkeypatch.setattr(part, "rooms", stage.rooms)
            await story(stage)

        played(on)

    yield play


async def leave(classroom: Classroom) -> None:
    classroom.close()
    await asyncio.gather(*classroom._tasks)


async def hosted() -> Room:
    return await Room.objects.acreate(scenario="hearts", hosted=True)


def opens(stage: Stage, room: Room) -> asyncio.Event:
    """From now on the room opens when this is set."""
    event = stage.runner.held_open[room.code] = asyncio.Event()
    return event


def test_who_comes_first_and_waits_for_the_room_is_in_the_class_of_those_who_come_later(
    in_class: Any,
) -> None:
    async def story(stage: Stage) -> None:
        classes, one, other = Classrooms(), await hosted(), await hosted()
        opened = opens(stage, one)
        first = classes.of(one)
        arriving = asyncio.create_task(first.arrive(sent, 1, ASKER))
        await until(lambda: bool(stage.runner.asked_to(Open, one.code)))
        classes.of(other)
        assert classes.of(one) is first
        opened.set()
        await arriving
        await leave(first)

    in_class(story)


def test_a_class_that_is_left_while_its_room_comes_back_watches_it_no_more(in_class: Any) -> None:
    async def story(stage: Stage) -> None:
        room = await hosted()
        classroom = Classroom(room)
        await classroom.arrive(sent, 0, ASKER)
        audience = stage.rooms._audiences[room.code]
        assert len(audience) == 1
        live, opened = stage.rooms.find(room.code), opens(stage, room)
        assert live
        stage.rooms._heard(Failed(live.code, live.incarnation))
        await until(lambda: len(stage.runner.asked_to(Open, room.code)) == 2)
        await leave(classroom)
        assert len(audience) == 0
        opened.set()
        await until(lambda: stage.rooms.find(room.code) is not None)

    in_class(story)


def test_a_phone_that_breaks_as_it_is_let_in_is_not_counted(in_class: Any) -> None:
    async def broken(_message: dict[str, Any]) -> int:
        raise ConnectionError

    async def story(_stage: Stage) -> None:
        classroom = Classroom(await hosted())
        with pytest.raises(ConnectionError):
            await classroom.arrive(broken, 1, ASKER)
        assert classroom.sockets == 0
        await leave(classroom)

    in_class(story)


def test_a_tap_that_was_stored_in_the_old_log_is_none_of_the_new_one(
    in_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(stage: Stage) -> None:
        room = await hosted()
        classroom, stored = Classroom(room), asyncio.get_running_loop().create_future()
        person = await classroom.arrive(sent, 1, ASKER)
        live = stage.rooms.find(room.code)
        assert person and live
        monkeypatch.setattr(live, "deliver", lambda *_given: stored)
        tapping = asyncio.create_task(classroom.act(person, "send-heart"))
        await asyncio.sleep(0)
        await holding.begin_anew(classroom)
        place = {"topic": "hearts", "partition": 0, "offset": 0, "key": "music", "card": None}
        stored.set_result({"trace": "a" * 32, **place})
        assert (await tapping)["offset"] == 0
        assert (person.sent, person.last) == (0, None)
        await leave(classroom)

    in_class(story)


def test_what_people_sent_is_forgotten_when_the_old_log_takes_no_more(in_class: Any) -> None:
    async def story(stage: Stage) -> None:
        room = await hosted()
        classroom = Classroom(room)
        person = await classroom.arrive(sent, 1, ASKER)
        assert person
        closes = stage.runner.held[room.code] = asyncio.Event()
        beginning = asyncio.create_task(holding.begin_anew(classroom))
        await until(lambda: stage.runner.closes(room.code))
        person.sent = 1  # a tap that the old log still took
        closes.set()
        await beginning
        assert person.sent == 0
        with pytest.raises(Refused):
            await classroom.act(person, "no-such-action")
        await leave(classroom)

    in_class(story)
