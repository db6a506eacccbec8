"""What befalls the server, each thing by its own clock."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable

from apps.scenarios.catalog import SCENARIOS
from tests.client import Room, aside
from tests.processes import runners
from tests.soak.stage import Stage

AWAY = 10.0
_RUNNER, _DATABASE, _BROKERS, _CROWD, _MEMBER = 90.0, 180.0, 240.0, 10.0, 5.0
"""Seconds between two of a kind."""
_CROWD_STAYS, _CROWD_RATE = 15, 40
_BROKER_NUMBERS = (1, 2, 3)


async def kill_runners(stage: Stage, calm: asyncio.Event) -> None:
    """The one that has lived longest."""
    while await _wait(calm, _RUNNER):
        await aside(kill_one, stage)


def kill_one(stage: Stage) -> None:
    family = stage.server.family()
    oldest = min(runners(stage.server), key=lambda pid: int(family.get(str(pid), "0")), default=0)
    if oldest:
        os.kill(oldest, signal.SIGKILL)
        stage.noted["runners killed"] += 1


async def take_the_database_away(stage: Stage, calm: asyncio.Event) -> None:
    while await _wait(calm, _DATABASE):
        await aside(stage.postgres.stop)
        stage.noted["times without the database"] += 1
        await asyncio.sleep(AWAY)
        await aside(stage.postgres.start)


async def silence_brokers(stage: Stage, calm: asyncio.Event) -> None:
    """Of half of the rooms, at once."""
    while await _wait(calm, _BROKERS):
        chosen = random.sample(stage.rooms, len(stage.rooms) // 2)
        await _in_each(chosen, lambda room: _all_brokers(stage, room, "stop"))
        stage.noted["times with silent brokers"] += 1
        await asyncio.sleep(AWAY)
        await _in_each(chosen, lambda room: _all_brokers(stage, room, "start"))


def _all_brokers(stage: Stage, room: Room, change: str) -> None:
    for number in _BROKER_NUMBERS:
        stage.broker(room, number, change)


async def _in_each(rooms: list[Room], work: Callable[[Room], None]) -> None:
    await asyncio.gather(*(aside(work, room) for room in rooms))


async def bring_crowds(stage: Stage, calm: asyncio.Event) -> None:
    while await _wait(calm, _CROWD):
        room = stage.any_room()
        rate = min(_CROWD_RATE, SCENARIOS[room["scenario"]].actions[0].crowd_limit)
        await aside(stage.control, room, "crowd", rate=rate, seconds=_CROWD_STAYS)
        stage.noted["crowds"] += 1


async def change_members(stage: Stage, calm: asyncio.Event) -> None:
    while await _wait(calm, _MEMBER):
        room = stage.any_room()
        group = random.choice(list(stage.members[room["code"]]))
        change = random.choice(("add-member", "remove-member"))
        await aside(stage.control, room, change, group=group)
        stage.noted["members added or taken"] += 1


async def _wait(calm: asyncio.Event, seconds: float) -> bool:
    """Whether it goes on after so long."""
    try:
        await asyncio.wait_for(calm.wait(), seconds)
    except TimeoutError:
        return True
    return False


ALL = (kill_runners, take_the_database_away, silence_brokers, bring_crowds, change_members)
