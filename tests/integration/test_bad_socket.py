"""Whatever a socket sends is refused in a clear way, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed

from tests.client import Client, Room, aside, deliver, guest, make_room, settled, watch
from tests.processes import memory
from tests.schema import hold
from tests.servers import Server, wait_for


@pytest.fixture(scope="module")
def server(any_server: Server) -> Server:
    """What comes up a socket is read before anything behind it is asked."""
    return any_server


def act(**fields: Any) -> str:
    return json.dumps({"type": "act", "action": "place-order"} | fields)


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "no JSON": ("hello", "not-json"),
    "nothing": ("", "not-json"),
    "NaN": ('{"type":"seen","seq":NaN}', "not-json"),
    "Infinity": ('{"type":"seen","seq":-Infinity}', "not-json"),
    "beyond all numbers": ('{"type":"seen","seq":1e999}', "bad-seq"),
    "half a character": ('{"type":"act","action":"\\ud800"}', "not-json"),
    "half a character in data": (
        '{"type":"act","action":"place-order","data":{"dish":"\\udfff"}}',
        "not-json",
    ),
    "half a character in a ref": ('{"type":"act","action":"place-order","ref":"\\ud800"}', "not-json"),
    "4,000 brackets": ("[" * 4000, "not-json"),
    "a number of 4,000 digits": ('{"type":"seen","seq":' + "9" * 4000 + "}", "bad-seq"),
    "bytes": (b'{"type":"resync"}', "not-text"),
    "a list": ("[1,2]", "not-an-object"),
    "a number": ("7", "not-an-object"),
    "null": ("null", "not-an-object"),
    "no type": ("{}", "unknown-type"),
    "an unknown type": ('{"type":"shutdown"}', "unknown-type"),
    "a type that is a list": ('{"type":["act"]}', "unknown-type"),
    "no action": ('{"type":"act"}', "bad-action"),
    "an action that is a number": (act(action=7), "bad-action"),
    "an unknown action": (act(action="send-heart"), "unknown-action"),
    "data that is a list": (act(data=[]), "bad-data"),
    "data that is null": (act(data=None), "bad-data"),
    "an unknown field": (act(data={"price": "0"}), "bad-data"),
    "a value that is no choice": (act(data={"dish": "🍎"}), "bad-data"),
    "a value that is a list": (act(data={"dish": ["🍜"]}), "bad-data"),
    "a value that is an object": (act(data={"dish": {}}), "bad-data"),
    "a long ref": (act(ref="x" * 41), "bad-ref"),
    "a ref that is a number": (act(ref=1), "bad-ref"),
    "no seq": ('{"type":"seen"}', "bad-seq"),
    "a negative seq": ('{"type":"seen","seq":-1}', "bad-seq"),
    "a seq that is true": ('{"type":"seen","seq":true}', "bad-seq"),
    "a seq that is text": ('{"type":"seen","seq":"1"}', "bad-seq"),
    "a huge seq": ('{"type":"seen","seq":9007199254740992}', "bad-seq"),
}


@pytest.fixture(scope="module")
def room(server: Server) -> Room:
    return make_room(server)


@pytest.mark.parametrize(("message", "code"), REFUSED.values(), ids=REFUSED)
async def test_a_bad_message_is_refused_with_a_reason(
    server: Server, room: Room, message: str | bytes, code: str
) -> None:
    async with watch(server, await aside(guest, server, room)) as witness, watch(server, room) as sender:
        await sender.send(message)
        refused = await sender.until(lambda: sender.of("refused"))
        hold("refused", refused[0])
        assert refused[0]["code"] == code
        await asyncio.gather(deliver(witness), deliver(sender))


def answered(client: Client, count: int) -> bool:
    return len(client.of("refused")) == count


async def test_no_depth_of_nesting_hurts(server: Server, room: Room) -> None:
    """Depths that one parser takes and the next one does not are the ones that break programs."""
    async with watch(server, await aside(guest, server, room)) as witness, watch(server, room) as sender:
        for sent, depth in enumerate([*range(100, 800, 100), *range(800, 1010, 3)], start=1):
            nested = '{"type":"act","action":"place-order","data":{"dish":%s}}'
            await sender.send(nested % ("[" * depth + "]" * depth))
            await sender.until(partial(answered, sender, sent))
        assert {frame["code"] for frame in sender.of("refused")} <= {"bad-data", "not-json", "too-fast"}
        await deliver(witness)
        assert witness.incarnation == 1


CLOSED = {
    "100,000 brackets": ("[" * 100_000, 1009),
    "a megabyte": ("x" * 1_000_000, 1009),
    "a megabyte of bytes": (b"x" * 1_000_000, 1009),
    "a little too long": ("x" * 4097, 1009),
}


@pytest.mark.parametrize(("message", "code"), CLOSED.values(), ids=CLOSED)
async def test_a_long_message_closes(server: Server, room: Room, message: str | bytes, code: int) -> None:
    async with watch(server, await aside(guest, server, room)) as witness, watch(server, room) as sender:
        with contextlib.suppress(ConnectionClosed):
            await sender.send(message)
        assert await sender.close_code() == code
        await deliver(witness)


async def flood(server: Server, room: Room, count: int = 5000) -> int:
    async with watch(server, room) as sender:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(count):
                await sender.act("place-order")
        return await sender.close_code()


async def delivered(server: Server, room: Room, card: str) -> None:
    """By the API: among hundreds of orders not each card's steps fit into the frames."""
    path = f"/api/rooms/{room['code']}/projections/order-status/{card}/"

    def done() -> bool:
        answer = server.get(path)
        return (answer.json()["value"] or {}).get("status") == "delivered"

    assert await aside(wait_for, done)


async def test_a_flood_of_messages_closes(server: Server, room: Room) -> None:
    async with watch(server, await aside(guest, server, room)) as witness:
        assert await flood(server, room) in (1008, 1006)
        await delivered(server, room, (await witness.do("place-order"))["card"])


async def test_who_acts_too_fast_is_told_and_may_go_on(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        sent = await hearts_until_refused(client)
        refused = client.of("refused")
        assert {frame["code"] for frame in refused} == {"too-fast"}
        assert len(refused) <= sent - settings.KAFKAVIZ_ACTS_BURST
        await client.until(lambda: client.total("ack") == sent - len(refused))


async def hearts_until_refused(client: Client) -> int:
    """How many it took, each answered: on a busy machine three hundred may be no faster than people may be."""
    sent = 0
    while not client.of("refused"):
        for number in range(sent, sent + 300):
            await client.act("send-heart", str(number))
        sent += 300
        await client.until(partial(all_answered, client, sent))
    return sent


def all_answered(client: Client, count: int) -> bool:
    return len(client.of("accepted", "refused")) == count


async def abuse(server: Server, room: Room) -> None:
    for long, _ in CLOSED.values():
        async with watch(server, room) as sender:
            with contextlib.suppress(ConnectionClosed):
                await sender.send(long)
            await sender.close_code()
    await flood(server, room)
    async with watch(server, room) as sender:
        for message, _ in REFUSED.values():
            await sender.send(message)
        await sender.until(lambda: len(sender.of("refused")) == len(REFUSED))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
async def test_abuse_leaves_no_memory_behind(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, await aside(guest, server, room)) as witness:
        await abuse(server, room)
        await aside(settled, server, room)
        before = await aside(memory, server)
        for _ in range(5):
            await abuse(server, room)
        await delivered(server, room, (await witness.do("place-order"))["card"])
        await aside(settled, server, room)
        after = await aside(memory, server)
    grown = {pid: after[pid] - before[pid] for pid in before}
    assert max(grown.values()) < 20_000, grown
