"""A topic that is deleted on the brokers, and made anew: a log is what the brokers say it is, not what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic  # type: ignore[attr-defined]

from tests.brokers import Brokers
from tests.client import Client, Room, aside, hearts, make_room, settled, stored, watch
from tests.integration import kafka_python
from tests.schema import hold
from tests.servers import PATIENCE, Server, World, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

pytestmark = pytest.mark.kafka
READERS = ("heart-counter", "trending", "notifications")


STREAMS = ("music", "football", "travel", "cooking")


def delete(room: Room, anew: bool = False, partitions: int = 3) -> None:
    """On the brokers, by somebody else; and make it `anew` at once."""
    admin = AdminClient({"bootstrap.servers": room["bootstrap_servers"]})
    name = room["topics"]["hearts"]
    admin.delete_topics([name], operation_timeout=PATIENCE)[name].result(PATIENCE)
    if anew:
        admin.create_topics([NewTopic(name, partitions, 3)])[name].result(PATIENCE)


def widen(room: Room, partitions: int) -> None:
    """As `kafka-topics.sh --alter` does: the log stays."""
    admin = AdminClient({"bootstrap.servers": room["bootstrap_servers"]})
    name = room["topics"]["hearts"]
    admin.create_partitions([NewPartitions(name, partitions)])[name].result(PATIENCE)


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
        for stream in STREAMS:
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


def has(room: dict[str, Any], state: dict[str, Any], partitions: int) -> None:
    """By backlog, API and every group's bookmarks."""
    assert room["partitions"]["hearts"] == partitions
    assert [row["partition"] for row in state["topics_state"]["hearts"]] == list(range(partitions))
    for name in READERS:
        assert len(state["groups_state"][name]) == partitions


@pytest.mark.parametrize("partitions", [1, 5])
async def test_a_topic_that_is_made_anew_with_other_partitions_is_taken_as_it_is(
    kafka: Brokers, make_server: MakeServer, partitions: int
) -> None:
    server = await aside(make_server, world=World(kafka), KAFKAVIZ_SLEEP_AFTER=1)
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await press(client, 7)
        await counted(server, room, log=7, ever=7)
        await aside(delete, room, anew=True, partitions=partitions)
        await client.until(lambda: client.incarnation == 2)
        assert "has another log" in client.room["notice"]
        assert f"now has {partitions} partition" in client.room["notice"]
        for stream in STREAMS:
            await press(client, 1, stream)
        has(client.room, await counted(server, room, log=4, ever=11), partitions)
    for frame in client.frames:
        hold(frame["type"], frame)
    await aside(wait_for, lambda: server.get("/healthz").json()["rooms"] == 0)
    async with watch(server, room) as client:
        assert "Its log stayed on Kafka" in client.room["notice"]
        has(client.room, await counted(server, room, log=4, ever=11), partitions)


async def test_a_topic_that_gets_more_partitions_goes_on_with_its_log(
    kafka: Brokers, make_server: MakeServer
) -> None:
    server = await aside(make_server, world=World(kafka))
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await press(client, 7)
        await counted(server, room, log=7, ever=7)
        await aside(widen, room, 6)
        for stream in STREAMS:
            await press(client, 1, stream)
        await client.until(lambda: client.incarnation == 2)
        assert client.room["notice"].startswith("On Kafka the topic hearts now has 6 partitions")
        for stream in STREAMS:
            await press(client, 1, stream)
        has(client.room, await counted(server, room, log=15, ever=15), 6)


async def test_a_topic_with_more_partitions_than_a_room_takes_is_told_until_it_is_right_again(
    kafka: Brokers, make_server: MakeServer
) -> None:
    server = await aside(make_server, world=World(kafka))
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await press(client, 3)
        await counted(server, room, log=3, ever=3)
        await aside(delete, room, anew=True, partitions=65)
        await client.until(
            lambda: "65 partitions, and a room can have at most 64" in (client.room["notice"] or "")
        )
        assert client.incarnation == 1
        await aside(delete, room)
        await client.until(lambda: client.incarnation == 2)
        await press(client, 2)
        has(client.room, await counted(server, room, log=2, ever=5), 3)
