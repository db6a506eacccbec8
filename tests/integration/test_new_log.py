"""A topic that is deleted on the brokers, and made anew: a log is what the brokers say it is, not what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from tests.brokers import Brokers
from tests.client import Client, aside, hearts, make_room, settled, stored, watch
from tests.integration import kafka_python
from tests.schema import hold
from tests.servers import PATIENCE, Server, World

if TYPE_CHECKING:
    from tests.conftest import MakeServer

pytestmark = pytest.mark.kafka


def delete(room: dict[str, Any], topic: str, anew: bool = False) -> None:
    """On the brokers, by somebody else; and make it `anew` at once."""
    admin = AdminClient({"bootstrap.servers": room["bootstrap_servers"]})
    name = room["topics"][topic]
    admin.delete_topics([name], operation_timeout=PATIENCE)[name].result(PATIENCE)
    if anew:
        admin.create_topics([NewTopic(name, 3, 3)])[name].result(PATIENCE)


async def press(client: Client, times: int) -> None:
    for _ in range(times):
        await client.do("send-heart", stream="music")


async def counted(server: Server, room: dict[str, Any], log: int, ever: int) -> None:
    """So many records are in the log, and so many were ever counted: by page, API and an independent client."""
    state = await aside(settled, server, room)
    records = await aside(kafka_python.read_all, room["bootstrap_servers"], room["topics"]["hearts"])
    assert (len(records), stored(state, "hearts"), hearts(state)) == (log, log, ever)
    ledger = state["ledger"]
    assert ledger["balanced"]
    for name in ("heart-counter", "trending", "notifications"):
        group = ledger["groups"][name]
        assert (group["processed"], group["again"], group["lost"], group["unread"]) == (log, 0, 0, 0)
        assert all(row["lag"] == 0 for row in state["groups_state"][name])


async def test_a_room_begins_anew_with_its_log_and_every_record_counts_exactly_once(
    kafka: Brokers, make_server: MakeServer
) -> None:
    server = await aside(make_server, world=World(kafka))
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await press(client, 8)
        await counted(server, room, log=8, ever=8)
        await aside(delete, room, "hearts", anew=True)
        await client.until(lambda: client.incarnation == 2)
        assert "begins anew" in client.room["notice"]
        await press(client, 4)
        await counted(server, room, log=4, ever=12)
        await aside(delete, room, "hearts")
        await client.until(lambda: client.incarnation == 3)
        await press(client, 5)
        await counted(server, room, log=5, ever=17)
    for frame in client.frames:
        hold(frame["type"], frame)
