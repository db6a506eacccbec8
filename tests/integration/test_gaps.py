"""Offsets that hold no record, and records that are no more: page, API and an independent client count the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.brokers import Brokers
from tests.client import Room, aside, hearts, make_room, set_group, settled, stored, watch
from tests.integration import kafka_python
from tests.schema import hold
from tests.servers import LEFT, PATIENCE, Server, World

pytestmark = pytest.mark.kafka
READERS = ("heart-counter", "trending", "notifications")


@pytest.fixture(scope="module")
def on_kafka(kafka: Brokers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("gaps"), World(kafka), **LEFT).start()
    yield server
    server.stop_and_check()


def transact(room: Room) -> None:
    """Three transactions of two hearts that are committed, and one heart that is aborted."""
    topic = room["topics"]["hearts"]
    writer = Producer({"bootstrap.servers": room["bootstrap_servers"], "transactional.id": f"{topic}.other"})
    writer.init_transactions(PATIENCE)
    for count, end in [(2, writer.commit_transaction)] * 3 + [(1, writer.abort_transaction)]:
        writer.begin_transaction()
        for _ in range(count):
            writer.produce(topic, b'{"stream": "music"}', key=b"music", partition=0)
        writer.flush(PATIENCE)
        end(PATIENCE)


def delete_before(room: Room, offsets: dict[int, int]) -> None:
    admin = AdminClient({"bootstrap.servers": room["bootstrap_servers"]})
    places = [TopicPartition(room["topics"]["hearts"], number, offset) for number, offset in offsets.items()]
    for answer in admin.delete_records(places).values():
        answer.result(PATIENCE)


def accounts(state: dict[str, Any], *names: str) -> dict[str, tuple[int, ...]]:
    return {group: tuple(state["ledger"]["groups"][group][name] for name in names) for group in READERS}


async def test_somebody_s_transactions_are_no_loss_and_leave_no_lag(on_kafka: Server) -> None:
    room = await aside(make_room, on_kafka, "hearts")
    async with watch(on_kafka, room) as client:
        await client.do("send-heart")
        await aside(transact, room)
        await client.do("send-heart")
        for group in READERS:
            await client.until(lambda group=group: client.total("process", group=group) == 8)  # type: ignore[misc]
        state = await aside(settled, on_kafka, room)
        assert not client.hops("fail")
    elsewhere = await aside(kafka_python.read_committed, room["bootstrap_servers"], room["topics"]["hearts"])
    assert (len(elsewhere), hearts(state), stored(state, "hearts")) == (8, 8, 13)
    assert accounts(state, "processed", "void", "lost", "unread") == dict.fromkeys(READERS, (8, 5, 0, 0))
    assert all(row["lag"] == 0 for group in READERS for row in state["groups_state"][group])
    assert state["ledger"]["balanced"]
    for frame in client.frames:
        hold(frame["type"], frame)


async def test_what_is_deleted_is_told_as_such_and_is_the_loss_of_who_had_not_read_it(
    on_kafka: Server,
) -> None:
    room = await aside(make_room, on_kafka, "hearts")
    late = "trending"
    async with watch(on_kafka, room) as client:
        await aside(set_group, on_kafka, room, late, "paused", "on")
        for _ in range(6):
            await client.do("send-heart", stream="music")
        await client.until(lambda: client.total("process", group="heart-counter") == 6)
        (partition,) = {hop["partition"] for hop in client.hops("ack")}
        await aside(delete_before, room, {partition: 4})
        await client.until(lambda: client.hops("delete", partition=partition, offset=3))
        await aside(set_group, on_kafka, room, late, "paused", "off")
        await client.until(lambda: client.total("process", group=late) == 2)
        state = await aside(settled, on_kafka, room)
        told = [(hop["group"], hop["first"], hop["offset"], hop["count"]) for hop in client.hops("fail")]
    elsewhere = await aside(kafka_python.read_committed, room["bootstrap_servers"], room["topics"]["hearts"])
    assert told == [(late, 0, 3, 4)]
    assert (len(elsewhere), hearts(state)) == (2, 6)
    assert {row["partition"]: row["start"] for row in state["topics_state"]["hearts"]}[partition] == 4
    assert accounts(state, "processed", "lost") == {**dict.fromkeys(READERS, (6, 0)), late: (2, 4)}
    assert all(row["lag"] == 0 for group in READERS for row in state["groups_state"][group])
