"""A class: a host, a projector and 300 phones that tap for two minutes, of which 30 vanish and come back."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scripts.apache_kafka import ApacheKafka
from tests.benchmarks.costs import footprint
from tests.benchmarks.table import Figure
from tests.brokers import Brokers
from tests.classes import School, begin_class, present
from tests.client import Client, aside, settled, watch
from tests.processes import runners
from tests.servers import Server, World

TITLE = "A class of 300 phones"
PHONES, VANISH = 300, 30
SECONDS, PAUSE = 120.0, (1.0, 2.0)
"""Each phone taps once in so many seconds."""
AWAY = (5.0, 15.0)
LIMIT_MS, LEAST_FPS, MORE_MB = 500, 10, 20
_LAST = 5.0
_WARM = 15.0
Place = tuple[str, int, int]


@dataclass
class _Taps:
    accepted: list[tuple[float, Place]] = field(default_factory=list)
    """Monotonic seconds of the tap, and where its record is."""
    refused: Counter[str] = field(default_factory=Counter)


def measure() -> Iterator[Figure]:
    """On the embedded cluster, then on Apache Kafka (one broker)."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _named("embedded", _class_on(Path(folder) / "embedded", World()))
        kafka = ApacheKafka(Path(folder) / "kafka")
        try:
            kafka.start()
            world = World(Brokers(kafka.bootstrap_servers))
            yield from _named("Kafka", _class_on(Path(folder) / "on-kafka", world))
        finally:
            kafka.stop()


def _named(cluster: str, figures: list[Figure]) -> Iterator[Figure]:
    return (replace(figure, name=f"{cluster}: {figure.name}") for figure in figures)


def _class_on(data: Path, world: World) -> list[Figure]:
    """With the machine's load in the last minute, for others may want it too."""
    server = Server(data, world).start()
    try:
        figures = asyncio.run(_hold(begin_class(server, "hearts")))
        return [*figures, Figure("load of the machine, a minute's mean", os.getloadavg()[0], "")]
    finally:
        server.stop_and_check()


async def _hold(school: School) -> list[Figure]:
    server, taps = school.server, _Taps()
    room = {"code": school.code, "token": school.host, "socket": f"/ws/rooms/{school.code}/"}
    tokens = [(await aside(school.join))["token"] for _ in range(PHONES)]
    async with watch(server, room) as projector:
        began = time.monotonic()
        sizes: list[tuple[float, float]] = []
        watching = asyncio.create_task(_sizes(server, sizes))
        await asyncio.gather(
            *(_phone(school, token, number < VANISH, taps) for number, token in enumerate(tokens))
        )
        lasted = time.monotonic() - began
        await asyncio.sleep(_LAST)
        watching.cancel()
        found = await aside(settled, server, {"code": school.code})
        return [*_of_taps(taps, found), *_of_projector(projector, taps, began, lasted), *_of_memory(sizes)]


async def _sizes(server: Server, sizes: list[tuple[float, float]]) -> None:
    """Web process and runner, in MB, each few seconds."""
    assert server.process
    while True:
        sizes.append((footprint(server.process.pid).rss, footprint(runners(server)[0]).rss))
        await asyncio.sleep(5)


async def _phone(school: School, token: str, vanishes: bool, taps: _Taps) -> None:
    await asyncio.sleep(random.uniform(0, 3))
    until = time.monotonic() + SECONDS
    away_at = time.monotonic() + random.uniform(SECONDS / 4, SECONDS / 2) if vanishes else until
    while time.monotonic() < until:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(present(school, token))
            while time.monotonic() < min(until, away_at):
                await _tap(client, taps)
                await asyncio.sleep(random.uniform(*PAUSE))
        if time.monotonic() < until:
            await asyncio.sleep(random.uniform(*AWAY))
            away_at = until


async def _tap(client: Client, taps: _Taps) -> None:
    at, ref = time.monotonic(), f"t{random.getrandbits(40)}"
    await client.act("send-heart", ref)
    answer = await client.until(lambda: client.answer(ref))
    if answer["type"] == "accepted":
        taps.accepted.append((at, (answer["topic"], answer["partition"], answer["offset"])))
    else:
        taps.refused[answer["code"]] += 1
    client.frames.clear()


def _of_taps(taps: _Taps, found: dict[str, Any]) -> list[Figure]:
    stored = sum(row["end"] for row in found["topics_state"]["hearts"])
    places = {place for _at, place in taps.accepted}
    lost = len(taps.accepted) - len(places) + abs(stored - len(places))
    return [
        Figure("taps accepted", len(taps.accepted), ""),
        Figure("accepted and not in the log exactly once", lost, "", 0),
        Figure("taps refused", sum(taps.refused.values()), "", 0),
    ]


def _of_projector(projector: Client, taps: _Taps, began: float, lasted: float) -> list[Figure]:
    frames = [
        (at, frame)
        for (at, _size), frame in zip(projector.arrivals, projector.frames, strict=True)
        if frame["type"] == "hops"
    ]
    sizes = sum(size for at, size in projector.arrivals if began <= at <= began + lasted)
    reached = sum(began <= at <= began + lasted for at, _frame in frames) / lasted
    delays = _delays(frames, taps)
    points = statistics.quantiles(delays, n=100)
    return [
        Figure("frames a second at the projector", reached, "", LEAST_FPS, at_least=True),
        Figure("bytes a second to the projector", sizes / lasted, "B/s", 100_000),
        Figure("tap to projector, p50", points[49], "ms"),
        Figure("tap to projector, p99", points[98], "ms", LIMIT_MS),
        Figure("taps that the projector never showed", len(taps.accepted) - len(delays), "", 0),
    ]


def _delays(frames: list[tuple[float, dict[str, Any]]], taps: _Taps) -> list[float]:
    """Milliseconds until a frame says that the record is stored."""
    shown: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for at, frame in frames:
        for hop in frame["hops"]:
            if hop["type"] == "ack":
                shown.setdefault((hop["topic"], hop["partition"]), []).append((hop["offset"], at))
    delays = []
    for tapped, (topic, partition, offset) in taps.accepted:
        found = next((at for last, at in shown.get((topic, partition), ()) if last >= offset), None)
        if found is not None:
            delays.append((found - tapped) * 1000)
    return delays


def _of_memory(sizes: list[tuple[float, float]]) -> list[Figure]:
    """From when everybody was there."""
    later = sizes[int(_WARM / 5) :]
    web, runner = zip(*later, strict=True)
    return [
        Figure("web process, more at the end than when all were there", web[-1] - web[0], "MB", MORE_MB),
        Figure("runner, more at the end than when all were there", runner[-1] - runner[0], "MB", MORE_MB),
    ]
