"""From the moment that somebody acts until a frame tells another viewer of it, also in the midst of a flood."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.sockets import Sockets
from tests.benchmarks.table import Figure
from tests.client import PROTOCOL, Room, crowd, watch
from tests.servers import Server

TITLE = "A tap on one screen to the frame on another"
VIEWERS, KEEP_EVERY = 200, 40
ACTS = 300
PAUSE = (0.2, 0.45)
"""Seconds between two acts: out of step with the tick, and so seldom that each record is shown whole."""
LIMIT_MS = 150
FLOOD, FLOOD_ACTS, FLOOD_LIMIT_MS = 20_000, 100, 500
"""Hearts a second asked of a crowd meanwhile; and then it counts when the record is told as counted, not as sent."""
_FLOOD_SECONDS = 120
_LAST = 2.0  # seconds in which the last one may arrive
_STEPS = frozenset({("send", None), ("ack", None), ("poll", "heart-counter"), ("process", "heart-counter")})

Frames = list[tuple[float, str]]
Delay = Callable[[float, str, Frames], float | None]


def measure() -> Iterator[Figure]:
    yield from _figures(f"{VIEWERS} viewers, {ACTS} acts", 0, ACTS, LIMIT_MS, _delay)
    name = f"{VIEWERS} viewers, {FLOOD_ACTS} acts in {FLOOD:,}/s"
    yield from _figures(name, FLOOD, FLOOD_ACTS, FLOOD_LIMIT_MS, _delay_of_all_steps)


def _figures(name: str, rate: int, acts: int, limit: int, delay: Delay) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data")
        try:
            room = server.start().make_room("hearts")
            if rate:
                crowd(server, room, rate, _FLOOD_SECONDS)
            arrivals = _arrivals(server, room, acts, delay)
        finally:
            server.stop_and_check()
    delays = [delay for delay in arrivals if delay is not None]
    points = statistics.quantiles(delays, n=100)
    yield Figure(f"{name}: p50", points[49], "ms")
    yield Figure(f"{name}: p99", points[98], "ms", limit)
    yield Figure(f"{name}: longest", max(delays), "ms")
    yield Figure(f"{name}: never arrived", len(arrivals) - len(delays), "", 0)


def _arrivals(server: Server, room: Room, count: int, delay: Delay) -> list[float | None]:
    """Milliseconds, of each act at each of the viewers that keep what they get; None where it never came."""
    sockets = Sockets(server.socket_url(room), VIEWERS, (PROTOCOL, room["token"]), KEEP_EVERY, seen=True)
    acts = asyncio.run(_act(server, room, count))
    kept = sockets.take().kept
    sockets.close()
    return [delay(at, trace, frames) for at, trace in acts for frames in kept]


async def _act(server: Server, room: Room, count: int) -> list[tuple[float, str]]:
    """(monotonic seconds, trace) of each act."""
    acts = []
    async with watch(server, room) as client:
        for _ in range(count):
            at = time.monotonic()
            acts.append((at, (await client.do("send-heart"))["trace"]))
            await asyncio.sleep(random.uniform(*PAUSE))
        await asyncio.sleep(_LAST)
    return acts


def _delay(acted: float, trace: str, frames: Frames) -> float | None:
    return next(((at - acted) * 1000 for at, text in frames if trace in text), None)


def _delay_of_all_steps(acted: float, trace: str, frames: Frames) -> float | None:
    missing = set(_STEPS)
    for at, text in frames:
        if trace not in text:
            continue
        missing -= {
            (hop["type"], hop.get("group")) for hop in json.loads(text)["hops"] if hop.get("trace") == trace
        }
        if not missing:
            return (at - acted) * 1000
    return None
