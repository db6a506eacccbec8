"""Processes die; nothing that was stored is lost or counted twice, and nobody else notices."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.client import (
    Client,
    Room,
    aside,
    contiguous,
    crowd,
    deliver,
    hearts,
    make_room,
    settled,
    stored,
    watch,
)
from tests.processes import is_runner, runner_of, runners
from tests.schema import hold
from tests.servers import Server, living, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="runners are found through /proc")


def progress(server: Server, room: Room, group: str) -> int:
    """How many records a group has ever stored the result of, by the database."""
    question = """SELECT SUM(next_offset) FROM rooms_progress JOIN rooms_room ON rooms_room.id = room_id
                  WHERE code = ? AND "group" = ?"""
    with database(server) as connection:
        return connection.execute(question, (room["code"], group)).fetchone()[0] or 0


@contextmanager
def database(server: Server) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(server.data_dir / "db.sqlite3", timeout=30)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def take_up_anew(server: Server, room: Room) -> None:
    """As another web process does it that was started while this one's runner lives."""
    with database(server) as connection:
        connection.execute(
            "UPDATE rooms_room SET incarnation = incarnation + 1 WHERE code = ?", (room["code"],)
        )


def kill_runner(server: Server, client: Client) -> None:
    os.kill(runner_of(server, client.room["bootstrap_servers"]), signal.SIGKILL)


async def came_back(client: Client, incarnation: int = 2) -> None:
    await client.until(lambda: client.incarnation == incarnation)


async def test_a_runner_dies_in_a_flood_and_counts_stay_exact(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_ROOMS_PER_RUNNER=1)
    flooded, quiet = await aside(make_room, server, "hearts"), await aside(make_room, server)
    async with watch(server, flooded) as victim, watch(server, quiet) as neighbour:
        await aside(crowd, server, flooded, 2000)
        await victim.until(lambda: victim.total("commit", group="heart-counter") > 3000)
        kill_runner(server, victim)
        await came_back(victim)
        await deliver(neighbour)
        for _ in range(5):
            await victim.do("send-heart")
        state = await aside(settled, server, flooded)
    assert "died" in victim.room["notice"]
    assert stored(state, "hearts") == 5
    for group in ("heart-counter", "notifications"):
        assert hearts(state, group) == progress(server, flooded, group)
    assert hearts(state) > 3000 + 5
    assert len(neighbour.of("backlog")) == 1
    assert contiguous(neighbour)
    assert contiguous(victim)
    for frame in victim.frames:
        hold(frame["type"], frame)
    assert (await aside(server.get, "/healthz")).json()["rooms"] == 2


CLOSED = 12
"""Seconds: longer than a runner may be silent."""


async def test_a_laptop_that_was_closed_goes_on_with_its_rooms_and_their_logs(
    make_server: MakeServer,
) -> None:
    server = await aside(make_server)
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await client.do("send-heart")
        await client.until(lambda: client.total("commit", group="heart-counter") == 1)
        processes = [int(pid) for pid in server.family()]
        try:
            for pid in processes:
                os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(CLOSED)  # not for something to happen: this is what happens
        finally:
            for pid in processes:
                os.kill(pid, signal.SIGCONT)
        await client.until(lambda: "stood still" in (client.room["notice"] or ""))
        await client.do("send-heart")
        state = await aside(settled, server, room)
    assert (state["incarnation"], stored(state, "hearts"), hearts(state)) == (1, 2, 2)
    assert contiguous(client)
    for frame in client.frames:
        hold(frame["type"], frame)


async def test_an_order_can_be_placed_again_after_its_runner_died(make_server: MakeServer) -> None:
    server = await aside(make_server)
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await client.do("place-order")
        kill_runner(server, client)
        await came_back(client)
        await deliver(client)
        state = await aside(settled, server, room)
        assert state["incarnation"] == 2
        assert len(runners(server)) == 1


async def test_a_room_comes_back_whose_runner_was_started_because_somebody_asked(
    make_server: MakeServer,
) -> None:
    server = await aside(make_server, KAFKAVIZ_ROOMS_PER_RUNNER=1)
    await aside(make_room, server)  # takes the runner that was there
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        kill_runner(server, client)
        await came_back(client)
        await deliver(client)


async def test_a_room_survives_that_its_new_runner_dies_too(make_server: MakeServer) -> None:
    server = await aside(make_server)
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        first = runner_of(server, client.room["bootstrap_servers"])
        os.kill(first, signal.SIGKILL)
        await aside(wait_for, lambda: set(runners(server)) - {first})
        for pid in set(runners(server)) - {first}:
            os.kill(pid, signal.SIGKILL)
        await client.until(lambda: client.incarnation > 1)
        await deliver(client)


async def test_who_comes_while_a_room_comes_back_gets_in(make_server: MakeServer) -> None:
    server = await aside(make_server)
    room = await aside(make_room, server)
    async with watch(server, room) as first:
        kill_runner(server, first)
        # In the first moments a 503 that says why is an answer, too.
        path = f"/api/rooms/{room['code']}/"
        assert {(await aside(server.get, path)).status} <= {200, 503}
        assert await aside(wait_for, lambda: server.get(path).status == 200)
        async with watch(server, room) as second:
            await second.until(lambda: second.incarnation == 2)
            await deliver(second)
        await deliver(first)


async def test_an_outdated_life_of_a_room_stores_nothing_and_ends_with_one_line(
    make_server: MakeServer,
) -> None:
    server = await aside(make_server)
    room, other = await aside(make_room, server, "hearts"), await aside(make_room, server)
    async with watch(server, room) as client, watch(server, other) as neighbour:
        await client.do("send-heart")
        # All groups: the first one that still had something to store would end the room before its next heart.
        await aside(settled, server, room)
        await aside(take_up_anew, server, room)
        await client.do("send-heart")
        assert await aside(wait_for, lambda: "has a newer life" in server.output())
        await deliver(neighbour)
    assert await aside(progress, server, room, "heart-counter") == 1
    said = server.output()
    assert said.count(f"Room {room['code']}") == said.count("its life 1 ends") == 1
    assert "Traceback" not in said


async def test_a_killed_web_process_leaves_no_runner_behind(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_ROOMS_PER_RUNNER=1)
    room = await aside(make_room, server, "hearts")
    await aside(make_room, server, "hearts")
    await aside(crowd, server, room, 1000)
    assert len(runners(server)) == 2
    server.seen = server.family()
    assert server.process
    server.process.kill()
    server.finish()
    assert await aside(wait_for, lambda: not living(server.seen)), living(server.seen)
    assert not any(is_runner(int(pid)) for pid in server.seen)
