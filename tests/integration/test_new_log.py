"""A topic that is deleted on the brokers, and made anew: a log is what the brokers say it is, not what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from tests.brokers import Brokers
from tests.client import Client, Room, aside, hearts, make_room, settled, stored, watch
from tests.integration import kafka_python
from tests.schema import hold
from tests.servers import PATIENCE, Server, World, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

pytestmark = pytest.mark.kafka
READERS = ("heart-counter", "trending", "notifications")


def delete(room: Room, anew: bool = False) -> None:
    """On the brokers, by somebody else; and make it `anew` at once."""
    admin = AdminClient({"bootstrap.servers": room["bootstrap_servers"]})
    name = room["topics"]["hearts"]
    admin.delete_topics([name], operation_timeout=PATIENCE)[name].result(PATIENCE)
    if anew:
        admin.create_topics([NewTopic(name, 3, 3)])[name].result(PATIENCE)


async def press(client: Client, times: int, stream: str = "music") -> None:
    for _ in range(times):
        await client.do("send-heart", stream=stream)


async def counted(server: Server, room: Room, log: int, ever: int) -> dict[str, Any]:
    """So many records are in the log, and so many were ever counted: by page, API and an independent client."""
    state: dict[str, Any] = await aside(settled, server, room)
    records = await aside(kafka_python.read_all, room["bootstrap_servers"], room["topics"]["hearts"])
    assert (len(records), stored(state, "hearts"), hearts(state)) == (log, log, ever)
    assert state["ledger"]["balanced"]
    for name in READERS:
        group = state["ledger"]["groups"][name]
        assert (group["processed"], group["again"], group["lost"], group["unread"]) == (log, 0, 0, 0)
        assert all(row["lag"] == 0 for row in state["groups_state"][name])
    return state


async def test_a_room_begins_with_its_new_log_and_every_heart_counts_exactly_once(
    kafka: Brokers, make_server: MakeServer
) -> None:
    server = await aside(make_server, world=World(kafka))
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await press(client, 7)
        await counted(server, room, log=7, ever=7)
        await aside(delete, room, anew=True)
        # Some of it before anybody can know, also into partitions that nobody has read anything of yet.
        for stream in ("music", "football", "travel", "cooking"):
            await press(client, 1, stream)
        await client.until(lambda: client.incarnation == 2)
        assert "has another log" in client.room["notice"]
        await press(client, 1)
        await counted(server, room, log=5, ever=12)
    for frame in client.frames:
        hold(frame["type"], frame)


async def test_a_topic_that_is_missing_is_told_and_made_anew_and_what_waited_is_stored(
    kafka: Brokers, make_server: MakeServer
) -> None:
    server = await aside(make_server, world=World(kafka))
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await press(client, 3)
        await counted(server, room, log=3, ever=3)
        await aside(delete, room)
        await client.until(lambda: "is missing on Kafka" in (client.room["notice"] or ""))
        assert client.incarnation == 1
        await press(client, 2)
        await client.until(lambda: client.incarnation == 2)
        assert "has another log" in client.room["notice"]
        await counted(server, room, log=2, ever=5)


async def test_a_topic_that_was_made_anew_while_the_room_slept_is_read_from_its_beginning(
    kafka: Brokers, make_server: MakeServer
) -> None:
    server = await aside(make_server, world=World(kafka), KAFKAVIZ_SLEEP_AFTER=1)
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await press(client, 3)
        await counted(server, room, log=3, ever=3)
    await aside(wait_for, lambda: server.get("/healthz").json()["rooms"] == 0)
    await aside(delete, room, anew=True)
    servers, topic = room["bootstrap_servers"], room["topics"]["hearts"]
    foreign = {"key": b"music", "value": b'{"stream": "music"}'}
    await aside(kafka_python.write, servers, topic, [foreign] * 4)
    async with watch(server, room) as client:
        assert "has another log" in client.room["notice"]
        await counted(server, room, log=4, ever=7)
