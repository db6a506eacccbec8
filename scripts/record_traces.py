"""Records the runs in traces/ on three brokers of a real Apache Kafka: python -m scripts.record_traces [name ...]

Whatever they show was observed. Who wants another run records it again; nobody edits one.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from scripts.apache_kafka import ApacheKafka
from tests.client import Client, Room, aside, change_members, crowd, deliver, make_room, settled, watch
from tests.servers import PATIENCE, ROOT, Server, World

FOLDER = ROOT / "traces"
MOST_BYTES = 150_000
Story = Callable[[Server, Room, Client, ApacheKafka], Coroutine[Any, Any, None]]


async def food_order(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    await deliver(client)


async def hearts_flood(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    for _ in range(8):
        await client.do("send-heart")
        await asyncio.sleep(0.4)
    await aside(crowd, server, room, 1000, 5)
    await client.until(lambda: client.total("commit", group="heart-counter") > 4000)


async def member_joins(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    async with Orders(client, 1.2):
        await moved(client, 2)
        await aside(change_members, server, room, "restaurant", "add")
        await client.until(lambda: len(client.assignments("restaurant")) == 2)
        await client.until(lambda: all(client.assignments("restaurant").values()))
        await moved(client, 3)
        await aside(change_members, server, room, "restaurant", "remove")
        await client.until(lambda: [len(one) for one in client.assignments("restaurant").values()] == [3])
        await moved(client, 2)


async def broker_dies(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    async with Orders(client, 2.5):
        await moved(client, 2)
        await aside(kafka.kill, 2)
        await client.until(lambda: client.hops("broker_down", source="broker-2"))
        await moved(client, 2)
        await aside(kafka.restart, 2)
        await client.until(lambda: client.hops("broker_up", source="broker-2"))
        await client.until(lambda: whole(client))
        await moved(client, 1)


STORIES: dict[str, tuple[str, Story]] = {
    "food-order": ("food-delivery", food_order),
    "hearts-flood": ("hearts", hearts_flood),
    "member-joins": ("food-delivery", member_joins),
    "broker-dies": ("food-delivery", broker_dies),
}


class Orders:
    """Somebody places an order every so many seconds."""

    def __init__(self, client: Client, every: float) -> None:
        self._client, self._every = client, every

    async def __aenter__(self) -> None:
        self._placing = asyncio.create_task(self._place())

    async def _place(self) -> None:
        while True:
            await self._client.act("place-order")
            await asyncio.sleep(self._every)

    async def __aexit__(self, *_: object) -> None:
        self._placing.cancel()


async def moved(client: Client, count: int) -> None:
    """Until so many more orders have been handled by the restaurant."""
    before = client.total("process", group="restaurant")
    await client.until(lambda: client.total("process", group="restaurant") >= before + count)


def whole(client: Client) -> bool:
    """All copies are in sync again, as was told last of each partition."""
    last = {(hop["topic"], hop["partition"]): hop["data"] for hop in client.hops("isr")}
    return all(set(data["in_sync"]) == set(data["replicas"]) for data in last.values())


async def record(server: Server, name: str, kafka: ApacheKafka) -> None:
    scenario, story = STORIES[name]
    room = await aside(make_room, server, scenario)
    async with watch(server, room) as client:
        await client.until(lambda: client.hops("assign") or client.of("backlog")[-1]["hops"])
        await asyncio.wait_for(story(server, room, client, kafka), 4 * PATIENCE)
        await aside(settled, server, room)
    saved = await aside(server.post_form, f"/r/{room['code']}/traces/", room["token"])
    assert saved.status == 201, saved.text
    body = (await aside(server.get, f"{saved.headers['Location']}trace.ndjson")).body
    assert len(body) < MOST_BYTES, f"{name} has {len(body)} bytes"
    (FOLDER / f"{name}.ndjson").write_bytes(body)
    print(f"{name}: {len(body)} bytes", flush=True)


async def record_all(names: list[str], folder: Path) -> None:
    kafka = ApacheKafka(folder / "kafka", brokers=3)
    server = Server(folder / "server", World(await aside(kafka.start)))
    try:
        await aside(server.start)
        for name in names:
            await record(server, name, kafka)
    finally:
        await aside(server.stop_and_check)
        await aside(kafka.stop)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(record_all(sys.argv[1:] or list(STORIES), Path(folder)))


if __name__ == "__main__":
    main()
