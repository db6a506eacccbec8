"""What somebody who places orders notices of an attack on the same server: each beside the same without one."""

from __future__ import annotations

import asyncio
import http.client
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.benchmarks.attackers import ATTACKS
from tests.benchmarks.table import Figure
from tests.client import Client, Room, aside, watch
from tests.processes import memory
from tests.servers import ROOT, Server

TITLE = "Attacks, and what a victim on the same server notices"
ORDERS, PAUSE = 16, 1.25
ACCEPT_MS, CARD_MS, GROWN_MB = 300, 1000, 60
NEWCOMERS = 5
_WITHIN = 10.0  # seconds after which an order that is on no card never arrived


@dataclass(frozen=True)
class Seen:
    """Milliseconds from each press until it was accepted and until its card was told; and what never was."""

    accepts: list[float]
    cards: list[float]
    lost: int


def measure(names: Sequence[str] = tuple(ATTACKS)) -> Iterator[Figure]:
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            server = Server(Path(folder) / "data")
            try:
                yield from _figures(server.start(), name)
            finally:
                server.stop_and_check()


def _figures(server: Server, name: str) -> Iterator[Figure]:
    victim = server.make_room()
    quiet, seen, newcomers, grown = asyncio.run(_both(server, name, victim))
    for what, without, found, limit in (
        ("accepted", quiet.accepts, seen.accepts, ACCEPT_MS),
        ("card", quiet.cards, seen.cards, CARD_MS),
    ):
        yield Figure(f"{name}: {what} p50, without", _percentile(without, 50), "ms")
        yield Figure(f"{name}: {what} p50", _percentile(found, 50), "ms")
        yield Figure(f"{name}: {what} p95, without", _percentile(without, 95), "ms")
        yield Figure(f"{name}: {what} p95", _percentile(found, 95), "ms", limit)
    yield Figure(f"{name}: orders on no card", seen.lost, "", 0)
    yield Figure(f"{name}: newcomers served, of {NEWCOMERS}", newcomers, "", NEWCOMERS, at_least=True)
    yield Figure(f"{name}: the process that grew most", grown, "MB", GROWN_MB)


async def _both(server: Server, name: str, victim: Room) -> tuple[Seen, Seen, int, float]:
    """Without the attack and with it; how many newcomers were served meanwhile, and megabytes grown."""
    async with watch(server, victim) as client:
        quiet = await _order(client)
        before = memory(server)
        with _attacked(server, name, victim):
            seen = await _order(client)
            newcomers = sum([await aside(_served, server) for _ in range(NEWCOMERS)])
    grown = [(size - before.get(pid, size)) / 1024 for pid, size in memory(server).items()]
    return quiet, seen, newcomers, max(grown)


def _percentile(values: list[float], which: int) -> float:
    return statistics.quantiles(values, n=100)[which - 1] if len(values) > 1 else math.inf


@contextmanager
def _attacked(server: Server, name: str, victim: Room) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.benchmarks.attackers", name, server.url, json.dumps(victim)]
    attacker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert attacker.stdout and attacker.stdout.readline() == b"begun\n"
        time.sleep(2)
        assert attacker.poll() is None, "the attacker gave up"
        yield
    finally:
        attacker.kill()
        attacker.communicate()


async def _order(client: Client) -> Seen:
    orders = []
    for _ in range(ORDERS):
        orders.append(asyncio.create_task(_one(client)))
        await asyncio.sleep(PAUSE)
    done = await asyncio.gather(*orders)
    cards = [card for _, card in done if card is not None]
    return Seen([accept for accept, _ in done], cards, len(done) - len(cards))


async def _one(client: Client) -> tuple[float, float | None]:
    """Told by the socket's arrivals: what this process does meanwhile is none of it."""
    began = time.monotonic()
    card = (await client.do("place-order"))["card"]
    accepted = _arrival(client, lambda frame: frame["type"] == "accepted" and frame["card"] == card)
    try:
        await client.until(lambda: client.hops("projection", group="order-status", key=card), _WITHIN)
    except AssertionError:
        return (accepted - began) * 1000, None
    told = _arrival(client, lambda frame: _tells(frame, card))
    return (accepted - began) * 1000, (told - began) * 1000


def _arrival(client: Client, wanted: object) -> float:
    assert callable(wanted)
    pairs = zip(client.frames, client.arrivals, strict=True)
    return next(at for frame, (at, _) in pairs if wanted(frame))


def _tells(frame: dict[str, object], card: str) -> bool:
    hops = frame["hops"] if frame["type"] == "hops" else []
    assert isinstance(hops, list)
    return any(hop["type"] == "projection" and hop.get("key") == card for hop in hops)


def _served(server: Server) -> bool:
    """Whether somebody from another address, who was never here, gets a room of their own and its page."""
    where = urlsplit(server.url)
    client = http.client.HTTPConnection(where.netloc, timeout=10, source_address=("127.0.0.5", 0))
    try:
        client.request("POST", "/api/rooms/", '{"scenario": "hearts"}', {"Content-Type": "application/json"})
        made = client.getresponse()
        answer = json.loads(made.read())
        if made.status != 201:
            return False
        client.request("GET", f"/r/{answer['code']}/")
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()


if __name__ == "__main__":
    for figure in measure(sys.argv[1:] or tuple(ATTACKS)):
        print(
            f"{figure.name:<52} {figure.value:>10.1f} {figure.unit} {'' if figure.met is None else figure.met}",
            flush=True,
        )
