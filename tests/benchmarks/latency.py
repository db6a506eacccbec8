"""From the moment that somebody acts until the frame with the record's trace is at another viewer's socket."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.sockets import Sockets
from tests.benchmarks.table import Figure
from tests.client import PROTOCOL, Room, watch
from tests.servers import Server

TITLE = "A tap on one screen to the frame on another"
VIEWERS, KEEP_EVERY = 200, 40
ACTS = 300
PAUSE = (0.2, 0.45)
"""Seconds between two acts: out of step with the tick, and so seldom that each record is shown whole."""
LIMIT_MS = 150
_LAST = 2.0  # seconds in which the last one may arrive


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data")
        try:
            arrivals = _arrivals(server.start(), server.make_room("hearts"))
        finally:
            server.stop_and_check()
    delays = [delay for delay in arrivals if delay is not None]
    points = statistics.quantiles(delays, n=100)
    name = f"{VIEWERS} viewers, {ACTS} acts"
    yield Figure(f"{name}: p50", points[49], "ms")
    yield Figure(f"{name}: p99", points[98], "ms", LIMIT_MS)
    yield Figure(f"{name}: longest", max(delays), "ms")
    yield Figure(f"{name}: never arrived", len(arrivals) - len(delays), "", 0)


def _arrivals(server: Server, room: Room) -> list[float | None]:
    """Milliseconds, of each act at each of the viewers that keep what they get; None where it never came."""
    sockets = Sockets(server.socket_url(room), VIEWERS, (PROTOCOL, room["token"]), KEEP_EVERY, seen=True)
    acts = asyncio.run(_act(server, room))
    kept = sockets.take().kept
    sockets.close()
    return [_delay(at, trace, frames) for at, trace in acts for frames in kept]


async def _act(server: Server, room: Room) -> list[tuple[float, str]]:
    """(monotonic seconds, trace) of each act."""
    acts = []
    async with watch(server, room) as client:
        for _ in range(ACTS):
            at = time.monotonic()
            acts.append((at, (await client.do("send-heart"))["trace"]))
            await asyncio.sleep(random.uniform(*PAUSE))
        await asyncio.sleep(_LAST)
    return acts


def _delay(acted: float, trace: str, frames: list[tuple[float, str]]) -> float | None:
    return next(((at - acted) * 1000 for at, text in frames if trace in text), None)
