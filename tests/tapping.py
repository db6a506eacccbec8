"""A class that taps: a projector, and phones of which some vanish and come back. For a test, and for figures."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.costs import footprint
from tests.classes import School, present, you
from tests.client import Client, aside, settled, watch
from tests.processes import runners
from tests.servers import Server

_LAST = 5.0
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Plan:
    """Of a class: how many phones, how many of them vanish, and all else in seconds."""

    phones: int
    vanish: int
    seconds: float
    away: tuple[float, float]
    pause: tuple[float, float] = (1.0, 2.0)
    """Each phone taps once in so many seconds."""
    look: float = 5.0
    """Between two looks at the memory."""


@dataclass
class Taps:
    accepted: list[tuple[float, Place]] = field(default_factory=list)
    """Monotonic seconds of the tap, and where its record is."""
    refused: Counter[str] = field(default_factory=Counter)
    back: int = 0
    """Phones that vanished and came back as who they were."""
    most_bytes: int = 0
    """That any phone's socket got in any `WINDOW` seconds."""


WINDOW = 5.0


@dataclass(frozen=True)
class Held:
    """`detail` is the room's once all was at rest; `sizes` are megabytes of web process and runner."""

    taps: Taps
    projector: Client
    began: float
    lasted: float
    detail: dict[str, Any]
    sizes: list[tuple[float, float]]

    @property
    def astray(self) -> int:
        """Taps that were accepted and are not in the log exactly once, and records that nobody tapped."""
        stored = sum(row["end"] for row in self.detail["topics_state"]["hearts"])
        places = {place for _at, place in self.taps.accepted}
        return len(self.taps.accepted) - len(places) + abs(stored - len(places))

    def grown(self, warm: float, look: float) -> tuple[float, float]:
        """Megabytes that web process and runner have more at the end than so many seconds after the beginning."""
        later = self.sizes[int(warm / look) :]
        web, runner = zip(*later, strict=True)
        return web[-1] - web[0], runner[-1] - runner[0]


async def hold(school: School, plan: Plan) -> Held:
    server, taps = school.server, Taps()
    room = {"code": school.code, "token": school.host, "socket": f"/ws/rooms/{school.code}/"}
    tokens = [(await aside(school.join))["token"] for _ in range(plan.phones)]
    async with watch(server, room) as projector:
        began = time.monotonic()
        sizes: list[tuple[float, float]] = []
        watching = asyncio.create_task(_sizes(server, sizes, plan.look))
        phones = (
            _phone(school, token, number < plan.vanish, plan, taps) for number, token in enumerate(tokens)
        )
        await asyncio.gather(*phones)
        lasted = time.monotonic() - began
        await asyncio.sleep(_LAST)
        watching.cancel()
        detail = await aside(settled, server, {"code": school.code})
        return Held(taps, projector, began, lasted, detail, sizes)


async def _sizes(server: Server, sizes: list[tuple[float, float]], look: float) -> None:
    assert server.process
    while True:
        sizes.append((footprint(server.process.pid).rss, footprint(runners(server)[0]).rss))
        await asyncio.sleep(look)


async def _phone(school: School, token: str, vanishes: bool, plan: Plan, taps: Taps) -> None:
    await asyncio.sleep(random.uniform(0, 3))
    until = time.monotonic() + plan.seconds
    away_at = time.monotonic() + random.uniform(plan.seconds / 4, plan.seconds / 2) if vanishes else until
    name = await _there(school, token, away_at, plan, taps)
    if vanishes:
        await asyncio.sleep(random.uniform(*plan.away))
        again = await _there(school, token, until, plan, taps)
        taps.back += name == again


async def _there(school: School, token: str, until: float, plan: Plan, taps: Taps) -> str:
    """Tap until then, and be gone without a word; returns the name that one was told."""
    async with present(school, token) as client:
        name = str((await client.until(lambda: you(client)))["name"])
        while time.monotonic() < until:
            await _tap(client, taps)
            await asyncio.sleep(random.uniform(*plan.pause))
        client.connection.transport.abort()
    taps.most_bytes = max(taps.most_bytes, most_within(client.arrivals, WINDOW))
    return name


async def _tap(client: Client, taps: Taps) -> None:
    at, ref = time.monotonic(), f"t{random.getrandbits(40)}"
    await client.act("send-heart", ref)
    answer = await client.until(lambda: client.answer(ref))
    if answer["type"] == "accepted":
        taps.accepted.append((at, (answer["topic"], answer["partition"], answer["offset"])))
    else:
        taps.refused[answer["code"]] += 1
    client.frames.clear()


def most_within(arrivals: Iterable[tuple[float, int]], window: float) -> int:
    """The most bytes that came within any `window` seconds."""
    most = size = 0
    found: list[tuple[float, int]] = []
    for at, length in arrivals:
        found.append((at, length))
        size += length
        while found[0][0] < at - window:
            size -= found.pop(0)[1]
        most = max(most, size)
    return most
