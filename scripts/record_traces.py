"""Records the runs in traces/ on three brokers of a real Apache Kafka: make traces (TRACES="name ...")

Whatever they show was observed. Who wants another run records it again; nobody edits one.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from scripts.apache_kafka import HERE, ApacheKafka
from tests.client import (
    Client,
    Room,
    aside,
    change_members,
    crowd,
    deliver,
    make_room,
    set_group,
    settled,
    watch,
)
from tests.servers import PATIENCE, ROOT, Server, World

FOLDER = ROOT / "traces"
MOST_BYTES = 150_000
BROKERS = 3
WARM = 20
HEART_GROUPS = ("heart-counter", "trending", "notifications")
KEPT_MS = 5000
OFTEN = {"log.retention.check.interval.ms": "500", "log.initial.task.delay.ms": "500"}
"""Kafka looks for what is too old every five minutes unless it is told otherwise."""
Story = Callable[[Server, Room, Client, ApacheKafka], Coroutine[Any, Any, None]]


async def food_order(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    """Of whom the home page tells: its picture is drawn for the middle row and the first shape."""
    await deliver(client, customer="Aya")


async def hearts_flood(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    for _ in range(8):
        await client.do("send-heart")
        await asyncio.sleep(0.4)
    await aside(crowd, server, room, 1000, 5)
    await client.until(lambda: client.total("commit", group="heart-counter") > 4000)


async def stock_ticks(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    for _ in range(6):
        await client.do("tick")
        await asyncio.sleep(0.5)


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
    """Nobody orders while it comes back: on a busy machine that takes long, and the run would grow with it."""
    async with Orders(client, 2.5):
        await moved(client, 2)
        await aside(kafka.kill, 2)
        await client.until(lambda: client.hops("broker_down", source="broker-2"))
        await moved(client, 2)
    await aside(kafka.restart, 2)
    await client.until(lambda: client.hops("broker_up", source="broker-2"))
    await client.until(lambda: whole(client))
    await deliver(client)


async def crash_repeats(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    """A member dies after it has handled an order and before its bookmark is set."""
    async with Orders(client, 3.0):
        await replaced(server, room, client)
        await moved(client, 2)


async def crash_loses(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    """The same of a group that sets its bookmark first: the order is lost to it."""
    await aside(set_group, server, room, "restaurant", "commit", "before")
    await crash_repeats(server, room, client, kafka)


async def crash_aborts(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    """The same in a transaction: what the dead member had sent on is aborted, and readers pass it over."""
    await aside(set_group, server, room, "restaurant", "commit", "transaction")
    async with Orders(client, 3.0):
        await replaced(server, room, client)
    await client.until(lambda: client.hops("void", group="order-status"))


async def range_stops(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    """Two groups of one topic get a member each: range takes everything from everybody first."""
    await aside(set_group, server, room, "restaurant", "protocol", "range")
    async with Orders(client, 3.0):
        await moved(client, 1)
        for group in ("restaurant", "order-status"):
            await aside(change_members, server, room, group, "add")
            await client.until(functools.partial(are_two, client, group))
            await moved(client, 1)


async def transaction_mark(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    """Somebody else's producer: one transaction that is committed and one that is aborted, two hearts in each."""
    producer = Producer(
        {
            "bootstrap.servers": room["bootstrap_servers"],
            "transactional.id": room["code"],
            "partitioner": "murmur2_random",  # ours, so that a key goes where the room's own records of it go
        }
    )
    await aside(producer.init_transactions)
    await hearts(client, 2, 1.0)
    for number, end in enumerate((producer.commit_transaction, producer.abort_transaction), 1):
        await aside(transact, producer, room["topics"]["hearts"], end)
        await client.until(functools.partial(told_of_marks, client, number))
        await asyncio.sleep(1.5)
        await hearts(client, 1, 1.5)


def told_of_marks(client: Client, count: int) -> bool:
    return all(len(client.hops("void", group=name)) >= count for name in HEART_GROUPS)


def transact(producer: Producer, topic: str, end: Callable[[], None]) -> None:
    producer.begin_transaction()
    for _ in range(2):
        producer.produce(topic, b'{"stream": "music"}', key=b"music")
    producer.flush()
    end()


async def retention_takes(server: Server, room: Room, client: Client, kafka: ApacheKafka) -> None:
    """A log that keeps its records for some seconds, each in a file of its own; and a group that pauses meanwhile."""
    await aside(keep, room, KEPT_MS, 1)
    await hearts(client, 2, 1.5)
    await aside(set_group, server, room, "trending", "paused", "on")
    await hearts(client, 4, 1.5)
    unread = client.total("poll", group="trending")
    await client.until(lambda: any(hop["offset"] >= unread + 1 for hop in client.hops("delete")))
    # What is left stays, so that the run ends at rest.
    await aside(keep, room, -1, 1)
    await aside(set_group, server, room, "trending", "paused", "off")
    await client.until(lambda: client.hops("fail", group="trending"))
    await hearts(client, 1, 1.0)


def keep(room: Room, kept_ms: int, segment_ms: int) -> None:
    """For how long the log of hearts keeps a record, and after how long it begins a new file."""
    admin = AdminClient({"bootstrap.servers": room["bootstrap_servers"]})
    values = {"retention.ms": kept_ms, "segment.ms": segment_ms}
    changes = [
        ConfigEntry(name, str(value), incremental_operation=AlterConfigOpType.SET)
        for name, value in values.items()
    ]
    asked = ConfigResource(ResourceType.TOPIC, room["topics"]["hearts"], incremental_configs=changes)
    for answer in admin.incremental_alter_configs([asked]).values():
        answer.result(PATIENCE)


async def hearts(client: Client, count: int, every: float) -> None:
    """Of one stream, which all groups but those that pause have counted before the wait for the next."""
    for _ in range(count):
        done = client.total("commit", group="heart-counter") + 1
        await client.do("send-heart", stream="music")
        await client.until(functools.partial(counted, client, done))
        await asyncio.sleep(every)


def counted(client: Client, count: int) -> bool:
    return client.total("commit", group="heart-counter") >= count


def are_two(client: Client, group: str) -> bool:
    """Two members, and each has something to read."""
    found = client.assignments(group)
    return len(found) == 2 and all(found.values())


STORIES: dict[str, tuple[str, Story]] = {
    "food-order": ("food-delivery", food_order),
    "hearts-flood": ("hearts", hearts_flood),
    "stock-ticks": ("stock-prices", stock_ticks),
    "member-joins": ("food-delivery", member_joins),
    "broker-dies": ("food-delivery", broker_dies),
    "crash-repeats": ("food-delivery", crash_repeats),
    "crash-loses": ("food-delivery", crash_loses),
    "crash-aborts": ("food-delivery", crash_aborts),
    "range-stops": ("food-delivery", range_stops),
    "transaction-mark": ("hearts", transaction_mark),
    "retention-takes": ("hearts", retention_takes),
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


async def replaced(server: Server, room: Room, client: Client) -> None:
    """After the first order the cook dies with the next one, and another has taken everything over."""
    await moved(client, 1)
    await aside(change_members, server, room, "restaurant", "crash-between")
    await client.until(lambda: client.hops("crash"))
    await aside(change_members, server, room, "restaurant", "add")
    await client.until(lambda: [len(one) for one in client.assignments("restaurant").values()] == [3])


async def moved(client: Client, count: int) -> None:
    """Until so many more orders have been handled by the restaurant."""
    before = client.total("process", group="restaurant")
    await client.until(lambda: client.total("process", group="restaurant") >= before + count)


def whole(client: Client) -> bool:
    """All copies are in sync again, as was told last of each partition."""
    last = {(hop["topic"], hop["partition"]): hop["data"] for hop in client.hops("isr")}
    return all(set(data["in_sync"]) == set(data["replicas"]) for data in last.values())


async def warm_up(server: Server) -> None:
    """A Kafka that has just started needs half a second for its first record, which is no picture of it."""
    for scenario, action in (("hearts", "send-heart"), ("food-delivery", "place-order")):
        room = await aside(make_room, server, scenario)
        async with watch(server, room) as client:
            for _ in range(WARM):
                await client.do(action)
            await aside(settled, server, room)


async def record(server: Server, name: str, kafka: ApacheKafka) -> None:
    scenario, story = STORIES[name]
    room = await aside(make_room, server, scenario)
    async with watch(server, room) as client:
        await client.until(lambda: client.hops("assign") or client.of("backlog")[-1]["hops"])
        await asyncio.wait_for(story(server, room, client, kafka), 4 * PATIENCE)
        await aside(settled, server, room)
        await client.until(lambda: is_at_rest(client))
    saved = await aside(server.post_form, f"/r/{room['code']}/traces/", room["token"])
    assert saved.status == 201, saved.text
    body = (await aside(server.get, f"{saved.headers['Location']}trace.ndjson")).body
    assert len(body) < MOST_BYTES, f"{name} has {len(body)} bytes"
    (FOLDER / f"{name}.ndjson").write_bytes(labelled(body))
    print(f"{name}: {len(body)} bytes", flush=True)


def is_at_rest(client: Client) -> bool:
    told = client.hops("ledger")
    return bool(told) and told[-1]["data"]["at_rest"] is True


def labelled(body: bytes) -> bytes:
    """The head also says on what it was recorded, which only we know."""
    head, _, frames = body.partition(b"\n")
    kafka = f"Apache Kafka {kafka_version()}, {BROKERS} brokers"
    told = {**json.loads(head), "recorded_on": kafka}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" + frames


def kafka_version() -> str:
    found = re.search("<kafka.version>([^<]+)<", (HERE / "pom.xml").read_text())
    assert found
    return found[1]


async def record_all(names: list[str], folder: Path) -> None:
    kafka = ApacheKafka(folder / "kafka", brokers=BROKERS, properties=OFTEN)
    server = Server(folder / "server", World(await aside(kafka.start)))
    try:
        await aside(server.start)
        await warm_up(server)
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
