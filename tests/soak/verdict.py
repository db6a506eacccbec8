"""Afterwards: is everything as it was?"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.costs import Footprint, footprint
from tests.client import Room, aside
from tests.processes import runners
from tests.servers import wait_for
from tests.soak.people import Viewer
from tests.soak.stage import Stage

_PATIENCE = 120.0
_MORE = 1.10
"""What may be held at the end of what was held at the beginning."""
_POOL = min(32, (os.cpu_count() or 1) + 4)
"""Threads of asyncio's own pool, which come one by one when several things are asked of it at once, and stay idle."""
_TROUBLE = re.compile(r"Traceback|never retrieved|was destroyed|Exception ignored|never awaited")


@dataclass(frozen=True)
class Held:
    """By the server's processes at rest: the web process, and all runners together."""

    web: Footprint
    runners: Footprint


def hold(stage: Stage) -> Held:
    assert stage.server.process
    found = [footprint(pid) for pid in runners(stage.server)]
    return Held(footprint(stage.server.process.pid), sum(found[1:], found[0]))


async def calm(stage: Stage) -> None:
    """Nothing is under way, every group has the members that it began with, and every book is balanced."""
    for room in stage.rooms:
        await aside(_as_it_began, stage, room)
    for room in stage.rooms:
        await aside(_balance, stage, room)


def _as_it_began(stage: Stage, room: Room) -> None:
    if not wait_for(lambda: _has_its_members(stage, room), _PATIENCE):
        stage.note_wrong(f"room {room['code']} has not the members that it began with: {stage.state(room)}")


def _has_its_members(stage: Stage, room: Room) -> bool:
    state = stage.state(room)
    if not state:
        return False
    more = {
        name: len(state["groups"].get(name, {"members": ()})["members"]) - count
        for name, count in stage.members[room["code"]].items()
    }
    for name, count in more.items():
        if count:
            stage.control(room, "remove-member" if count > 0 else "add-member", group=name)
    return not any(more.values())


def _balance(stage: Stage, room: Room) -> None:
    last: dict[str, Any] = {}

    def rests() -> bool:
        last.clear()
        last.update(stage.ledger(room))
        return bool(last.get("at_rest"))

    if not wait_for(rests, _PATIENCE):
        stage.note_wrong(f"room {room['code']} ({room['scenario']}) does not come to rest: {last}")
    elif not last["balanced"]:
        stage.note_wrong(f"the books of room {room['code']} ({room['scenario']}) do not balance: {last}")


async def look_at_viewers(stage: Stage, viewers: list[Viewer]) -> None:
    """Who watches a room is shown what is done in it."""
    await asyncio.gather(*(_is_shown(stage, viewer) for viewer in viewers))


async def _is_shown(stage: Stage, viewer: Viewer) -> None:
    if not await viewer.is_shown_what_it_does("last"):
        stage.note_wrong(f"a viewer of room {viewer.room['code']} is not shown what it did")


def compare(stage: Stage, before: Held, after: Held) -> None:
    for name, then, now in (
        ("web process", before.web, after.web),
        ("runners", before.runners, after.runners),
    ):
        for what in ("threads", "files", "rss"):
            first, last = getattr(then, what), getattr(now, what)
            print(f"{name}: {what} {first:.0f} at the start, {last:.0f} at the end ({last / first - 1:+.1%})")
            if last > first * _MORE + (_POOL if what == "threads" else 0):
                stage.note_wrong(f"the {name} held {first:.0f} {what} at the start and {last:.0f} at the end")


def look_at_log(stage: Stage) -> None:
    health, log = stage.health(), stage.server.output()
    print(f"healthz: {health}")
    if health["faults"] or health["trouble"] or health["rooms"] != len(stage.rooms):
        stage.note_wrong(f"the server does not call itself well: {health}")
    for line in log.splitlines():
        if _TROUBLE.search(line):
            stage.note_wrong(f"in the log: {line[:300]}")
