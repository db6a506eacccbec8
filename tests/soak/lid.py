"""`python -m tests.soak.lid [SECONDS ...]`: a laptop is closed. On the embedded cluster, then on an Apache Kafka of its
own, all processes of a server stand still for so long (40, then 300) in the midst of a flood. Ends with 1 unless the
room goes on in the same life, nothing that was acknowledged is lost, and every group is at work within 15 s of waking
up."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from scripts.apache_kafka import ApacheKafka
from tests.brokers import NUMBER, Brokers
from tests.client import Client, Room, aside, contiguous, crowd, hearts, make_room, settled, stored, watch
from tests.integration import kafka_python
from tests.servers import Server, World

_CLOSED = (40.0, 300.0)
_RATE = 500
_FLOODED = 10_000
"""Records that every group has handled before."""
_AWAKE = 15.0
_GROUPS = ("heart-counter", "trending", "notifications")
_PATIENCE = 180.0


async def close_and_open(server: Server, seconds: float) -> list[str]:
    """What is wrong afterwards."""
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await aside(crowd, server, room, _RATE, 300)
        for group in _GROUPS:
            await client.until(lambda group=group: client.total("process", group=group) > _FLOODED)  # type: ignore[misc]
        await _stand_still(server, seconds)
        wrong = await _wake_up(server, room, client)
        await aside(crowd, server, room, 0)
        return wrong + await _account(server, room, client)


async def _stand_still(server: Server, seconds: float) -> None:
    processes = [int(pid) for pid in server.family()]
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)


async def _wake_up(server: Server, room: Room, client: Client) -> list[str]:
    """A heart that is sent now must be handled by every group."""
    woke, wrong = time.monotonic(), []
    await client.until(lambda: "stood still" in (client.room["notice"] or ""))
    print(f"  told after {time.monotonic() - woke:.1f} s: {client.room['notice']}", flush=True)
    trace = (await client.do("send-heart"))["trace"]
    await aside(crowd, server, room, _RATE, 60)
    for group in _GROUPS:
        await client.until(
            lambda group=group: client.hops("process", group=group, trace=trace),  # type: ignore[misc]
            _PATIENCE,
        )
        took = time.monotonic() - woke
        print(f"  {group} is at work {took:.1f} s after it woke up", flush=True)
        if took > _AWAKE:
            wrong.append(f"{group} is at work only {took:.1f} s after it woke up")
    return wrong


async def _account(server: Server, room: Room, client: Client) -> list[str]:
    state = await aside(settled, server, room, _PATIENCE)
    records = await aside(kafka_python.read_all, room["bootstrap_servers"], room["topics"]["hearts"])
    books, ledger = stored(state, "hearts"), state["ledger"]
    print(f"  {len(records):,} records; {ledger['topics']['hearts']}", flush=True)
    found = {
        "life": (state["incarnation"], 1),
        "counted by the page": (hearts(state), books),
        "read by an independent consumer": (len(records), books),
        "vanished": (ledger["topics"]["hearts"]["vanished"], 0),
        "hops without a gap": (contiguous(client), True),
        **{f"lost by {name}": (ledger["groups"][name]["lost"], 0) for name in _GROUPS},
        **{f"handled by {name}": (ledger["groups"][name]["processed"], books) for name in _GROUPS},
    }
    return [f"{name}: {is_}, not {should}" for name, (is_, should) in found.items() if is_ != should]


def _all_that_is_wrong(server: Server, closed: tuple[float, ...]) -> list[str]:
    wrong = list[str]()
    server.start()
    try:
        for seconds in closed:
            cluster = "Apache Kafka" if server.external else "embedded"
            print(f"{time.strftime('%H:%M:%S')} {cluster}: the lid is closed for {seconds:g} s", flush=True)
            wrong += [f"{cluster}: {what}" for what in asyncio.run(close_and_open(server, seconds))]
    finally:
        server.stop_and_check()
        print(f"The log is {server.log}")
    return wrong


def main(closed: tuple[float, ...]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="kafkaviz-lid-"))
    wrong = _all_that_is_wrong(Server(folder / "embedded"), closed)
    kafka = ApacheKafka(folder / "kafka", NUMBER)
    try:
        brokers = Brokers(kafka.start().bootstrap_servers)
        wrong += _all_that_is_wrong(Server(folder / "data", World(brokers)), closed)
    finally:
        kafka.stop()
    print("\n".join(wrong) or "Everything is as it was")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(tuple(map(float, sys.argv[1:])) or _CLOSED))
