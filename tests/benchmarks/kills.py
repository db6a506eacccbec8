"""A runner is killed, whichever it is and whatever it was started for: how long its watched rooms are away."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.table import Figure
from tests.client import Client, Room, aside, make_room, watch
from tests.processes import runner_of
from tests.servers import Server

TITLE = "A runner that is killed: until its watched rooms go on"
ROUNDS, LIMIT_S = 20, 5
_RUNNERS = 3
"""Of one room each: the first, one that a request had started, and one that a socket had, as its room slept."""
_PATIENCE = 30.0


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        limits: dict[str, Any] = {
            "KAFKAVIZ_RUNNERS": _RUNNERS,
            "KAFKAVIZ_ROOMS_PER_RUNNER": 1,
            "KAFKAVIZ_SLEEP_AFTER": 1,
        }
        server = Server(Path(folder) / "data", **limits)
        try:
            away = asyncio.run(_rounds(server.start()))
        finally:
            server.stop_and_check()
    yield Figure(
        f"of {len(away)} kills, back within {LIMIT_S} s",
        sum(each <= LIMIT_S for each in away),
        "",
        len(away),
        True,
    )
    yield Figure("median", sorted(away)[len(away) // 2], "s")
    yield Figure("longest", max(away), "s", LIMIT_S)


async def _rounds(server: Server) -> list[float]:
    """Seconds of each kill, in turn of each runner; inf where nothing came back."""
    asleep = await aside(make_room, server)
    # Nobody watches it, so another may take its place; a socket wakes it, and a runner with it.
    first, by_request = [await aside(make_room, server) for _ in range(2)]
    async with watch(server, first) as one, watch(server, by_request) as two, watch(server, asleep) as three:
        watched = [(first, one), (by_request, two), (asleep, three)]
        return [await _kill(server, *watched[number % _RUNNERS]) for number in range(ROUNDS)]


async def _kill(server: Server, room: Room, client: Client) -> float:
    """Until somebody who was there all the time has got the new life's backlog, and a press is accepted."""
    known = client.incarnation
    os.kill(await aside(runner_of, server, client.room["bootstrap_servers"]), signal.SIGKILL)
    began = time.monotonic()
    try:
        await client.until(lambda: client.incarnation > known, _PATIENCE)
        while (await _pressed(client))["type"] != "accepted":
            await asyncio.sleep(0.02)
    except AssertionError:
        return float("inf")
    return time.monotonic() - began


async def _pressed(client: Client) -> dict[str, object]:
    ref = f"k{time.monotonic_ns()}"
    await client.act("place-order", ref)
    answer: dict[str, object] = await client.until(lambda: client.answer(ref), _PATIENCE)
    return answer
