"""Fifty thousand hearts a second asked for a minute: what is stored and committed, and who else has to wait."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.apache_kafka import ApacheKafka
from tests.benchmarks.sockets import Sockets
from tests.benchmarks.table import Figure
from tests.brokers import Brokers
from tests.client import PROTOCOL, Room, crowd, detail, hearts, settled, stored, watch
from tests.servers import Server, World

TITLE = "A flood of hearts for a minute"
ASKED, LEAST, SECONDS = 50_000, 45_000, 60.0
MOST_WAIT = 2.0
"""Seconds until somebody's order in another room of the same runner is on its card."""
GROUPS = ("heart-counter", "trending", "notifications")
_SETTLE, _PAUSE, _REST = 4.0, 3.0, 60.0
_ENV = {"KAFKAVIZ_RUNNERS": 1}


@dataclass
class Seen:
    """`lags`: records of the slowest group, at each look; `waits`: seconds until an order was on its card."""

    rates: dict[str, float] = field(default_factory=dict)
    lags: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


def measure() -> Iterator[Figure]:
    yield from _figures("embedded", World())
    with tempfile.TemporaryDirectory() as folder:
        kafka = ApacheKafka(Path(folder))
        try:
            kafka.start()
            yield from _figures("Apache Kafka, one broker", World(Brokers(kafka.bootstrap_servers)))
        finally:
            kafka.stop()


def _figures(where: str, world: World) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", world, **_ENV)
        try:
            room, other = server.start().make_room("hearts"), server.make_room()
            seen = asyncio.run(_flood(server, room, other))
            crowd(server, room, 0)
            last = settled(server, room, _REST)
        finally:
            server.stop_and_check()
    for what, rate in seen.rates.items():
        yield Figure(f"{where}: {what}", rate, "/s", LEAST, at_least=True)
    yield Figure(
        f"{where}: the slowest group behind, at most", max(seen.lags), "records", seen.rates["stored"]
    )
    yield Figure(
        f"{where}: an order in another room on its card after, at most", max(seen.waits), "s", MOST_WAIT
    )
    for group in ("heart-counter", "notifications"):
        apart = abs(hearts(last, group) - stored(last, "hearts"))
        yield Figure(f"{where}: {group} counts other than what is stored", apart, "records", 0)


async def _flood(server: Server, room: Room, other: Room) -> Seen:
    seen = Seen()
    sockets = Sockets(server.socket_url(room), 1, (PROTOCOL, room["token"]))
    async with watch(server, other) as client:
        await client.do("place-order")
        await asyncio.to_thread(crowd, server, room, ASKED, int(_SETTLE + SECONDS) + 20)
        await asyncio.sleep(_SETTLE)
        before, began = await asyncio.to_thread(detail, server, room), time.monotonic()
        while time.monotonic() < began + SECONDS:
            seen.waits.append(await _order(client))
            seen.lags.append(_lag(await asyncio.to_thread(detail, server, room)))
            await asyncio.sleep(_PAUSE)
        after, ended = await asyncio.to_thread(detail, server, room), time.monotonic()
    await asyncio.to_thread(sockets.close)
    seen.rates = {what: count / (ended - began) for what, count in _between(before, after).items()}
    return seen


async def _order(client: Any) -> float:
    """Seconds from the press until the frame that has it on its card."""
    began = time.monotonic()
    card = (await client.do("place-order"))["card"]
    await client.until(lambda: client.hops("projection", group="order-status", key=card))
    return time.monotonic() - began


def _between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    found = {"stored": stored(after, "hearts") - stored(before, "hearts")}
    for group in GROUPS:
        found[f"committed by {group}"] = _committed(after, group) - _committed(before, group)
    return found


def _committed(state: dict[str, Any], group: str) -> int:
    return sum(row["committed"] or 0 for row in state["groups_state"][group])


def _lag(state: dict[str, Any]) -> int:
    return max(sum(row["lag"] or 0 for row in state["groups_state"][group]) for group in GROUPS)
