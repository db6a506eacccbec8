"""Somebody joins a room's group with kcat, by the very commands that the room's page shows, on Apache Kafka."""

from __future__ import annotations

import html
import re
import subprocess
from functools import partial
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from tests.client import Client, Room, aside, detail, make_room, settled, watch
from tests.conftest import WORLDS
from tests.schema import hold
from tests.servers import PATIENCE, Server, wait_for

pytestmark = [
    pytest.mark.kcat,
    pytest.mark.usefixtures("kcat"),
    pytest.mark.parametrize("world", WORLDS[1:], indirect=True, scope="session"),
]
GROUP, TOPIC = "restaurant", "orders"
Owners = dict[int, str]
"""Partition -> client id."""


def shown(server: Server, room: Room, command: str) -> list[str]:
    """A command of the room's page, as a shell takes it."""
    page = server.get(f"/r/{room['code']}/").text
    (found,) = re.findall(rf'<pre [^>]*data-join="{command}">(.*?)</pre>', page, re.DOTALL)
    return ["sh", "-c", f"exec {html.unescape(found)}" if command == "kcat" else html.unescape(found)]


def owners(room: Room) -> Owners:
    """As the brokers tell."""
    admin = AdminClient({"bootstrap.servers": room["bootstrap_servers"]})
    name = room["groups"][GROUP]
    members = admin.describe_consumer_groups([name], request_timeout=PATIENCE)[name].result(PATIENCE).members
    return {
        place.partition: member.client_id
        for member in members
        for place in member.assignment.topic_partitions
    }


def told(client: Client, state: dict[str, Any]) -> Owners:
    """As the room tells: its own members by the hops that a viewer gets, guests by the API."""
    ours = {number: member for member, places in client.assignments(GROUP).items() for _, number in places}
    theirs = {
        number: guest["client"]
        for guest in state["guests"].get(GROUP, [])
        for _, number in guest["partitions"]
    }
    assert not ours.keys() & theirs.keys()
    return ours | theirs


async def test_kcat_takes_partitions_by_the_command_of_the_page_which_tells_what_it_has_and_read(
    server: Server,
) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await client.until(lambda: len(client.assignments(GROUP).get(f"{GROUP}-1", ())) == 3)
        for customer in ("Aya", "Berta", "Daniel"):
            await client.do("place-order", customer=customer)
        await aside(settled, server, room)
        with subprocess.Popen(
            await aside(shown, server, room, "kcat"), stdout=subprocess.PIPE, text=True
        ) as kcat:
            try:
                guest = await client.until(partial(there, client))
                assert await aside(wait_for, lambda: told(client, detail(server, room)) == owners(room))
                taken = [number for _, number in guest["partitions"]]
                assert set(owners(room).values()) == {guest["data"]["client"], f"{GROUP}-1"}
                for customer in ("Aya", "Berta", "Daniel"):
                    await client.do("place-order", customer=customer)
                # It commits by its own timer, every five seconds.
                assert await aside(wait_for, lambda: ledger(server, room)["by_guests"] == len(taken))
            finally:
                kcat.terminate()
            assert kcat.stdout
            printed = [line for line in kcat.stdout if line.startswith(room["topics"][TOPIC])]
        assert sorted(int(line.split()[2]) for line in printed) == sorted(taken)
        await client.until(lambda: client.hops("guest", group=GROUP)[-1]["data"].get("left"))
        await client.until(lambda: len(client.assignments(GROUP)[f"{GROUP}-1"]) == 3)
        account = (await aside(settled, server, room))["ledger"]
    assert account["balanced"]
    assert (account["groups"][GROUP]["by_guests"], account["groups"][GROUP]["lost"]) == (len(taken), 0)
    for frame in client.frames:
        hold(frame["type"], frame)


def there(client: Client) -> dict[str, Any] | None:
    """A guest that was given something."""
    return next((hop for hop in client.hops("guest", group=GROUP) if hop["partitions"]), None)


def ledger(server: Server, room: Room) -> dict[str, int]:
    found: dict[str, int] = detail(server, room)["ledger"]["groups"][GROUP]
    return found


async def test_kcat_puts_a_key_by_the_command_of_the_page_where_the_app_puts_it(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        command = await aside(shown, server, room, "produce")
        key = re.search(r"'([^'|]+)\|", command[-1])
        assert key
        await client.do("place-order", customer=key[1])
        await client.until(lambda: client.hops("ack", topic=TOPIC))
        (row,) = {hop["partition"] for hop in client.hops("ack", topic=TOPIC)}
        await aside(subprocess.run, command, check=True, timeout=PATIENCE)
        await client.until(lambda: client.total("poll", topic=TOPIC, group=GROUP) == 2)
    assert {hop["partition"] for hop in client.hops("poll", topic=TOPIC)} == {row}
    kept = await aside(server.get, f"/api/rooms/{room['code']}/records/{TOPIC}/{row}/1/")
    assert (kept.status, kept.json()["key"]) == (200, key[1])
