"""What a client may write into a room's topics: any bytes as key, value, header or time, and nearly right orders."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.client import Client, Room, aside, deliver, make_room, watch
from tests.rawrecords import Part, body, write_raw
from tests.servers import Server

SETTINGS: dict[str, object] = {}
MOST_GROWN_MB = 60
"""The embedded brokers keep up to 5 MB a partition, in memory."""
_A_ROUND = 100
_NAMES = (b"ce_type", b"traceparent", b"content-type", b"ce_id", b"", b"\x00", b"\xff", b"\xed\xa0\x80", None)
_TYPES = (b"order.placed", b"order.ready", b"heart.sent", b"\xff", b"", None)
_ORDER = {"order": "x", "customer": "A", "dish": "dal", "status": "placed", "driver": "d", "stream": "music"}


@dataclass
class Ground:
    server: Server
    room: Room
    client: Client


@asynccontextmanager
async def ground(server: Server) -> AsyncIterator[Ground]:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        yield Ground(server, room, client)


async def one_round(chance: random.Random, ground: Ground) -> int:
    """Into each topic of the room; then an order of its own is delivered, in the same life of the room."""
    for topic in ground.room["topics"].values():
        records = [(_body(chance), _time(chance)) for _ in range(_A_ROUND)]
        await aside(write_raw, ground.room["bootstrap_servers"], topic, 0, records)
    await deliver(ground.client)
    assert ground.client.incarnation == 1
    # What came is not kept: this process grows, too.
    last = max(at for at, frame in enumerate(ground.client.frames) if frame["type"] == "backlog")
    del ground.client.frames[last + 1 :], ground.client.arrivals[last + 1 :]
    return _A_ROUND * len(ground.room["topics"])


def _time(chance: random.Random) -> int:
    return chance.choice((0, -1, 1, 2**62, -(2**62), chance.randrange(2**42)))


def _body(chance: random.Random) -> bytes:
    count = chance.choice((0, 1, 2, 3, 5, 500 if chance.random() < 0.02 else 1))
    return body(_part(chance), _value(chance), [(_name(chance), _content(chance)) for _ in range(count)])


def _part(chance: random.Random) -> Part:
    size = chance.choice((0, 1, 5, 20, 300))
    if chance.random() < 0.02:
        size = 200_000
    return chance.choice((None, b"", b"A", chance.randbytes(size)))


def _value(chance: random.Random) -> Part:
    kind = chance.randrange(6)
    if kind == 0:
        return _part(chance)
    if kind == 1:
        return b"[" * chance.choice((1, 900, 2000, 100_000))
    value: Any = {
        field: _field(chance) for field in chance.sample(sorted(_ORDER), chance.randrange(len(_ORDER)))
    }
    text = json.dumps(chance.choice((value, value, value, [value], "x", 1, None, True))).encode()
    if kind == 2:
        at = chance.randrange(len(text))
        return text[:at] + chance.randbytes(chance.randrange(3)) + text[at + 1 :]
    return text


def _field(chance: random.Random) -> Any:
    usual = chance.choice(sorted(_ORDER.values()))
    odd: Any = chance.choice(
        ("", None, 1e300, 10**400, -1, [], {}, True, "‮", "\x00", "😀" * 500, "\ud800", "__proto__")
    )
    return usual if chance.random() < 0.6 else odd


def _name(chance: random.Random) -> Part:
    return chance.choice(_NAMES) if chance.random() < 0.8 else chance.randbytes(chance.choice((1, 30, 300)))


def _content(chance: random.Random) -> Part:
    trace = b"00-%032x-%016x-%02x" % (chance.randrange(2**128), chance.randrange(2**64), chance.randrange(4))
    return chance.choice((*_TYPES, trace, trace, chance.randbytes(chance.choice((0, 1, 54, 55, 3000)))))
