"""What a socket may bring up, of rooms and of classes: texts that are nearly messages, and frames that are no text."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.classes import School, begin_class, present
from tests.client import Client, Room, aside, make_room, watch
from tests.servers import Server

SETTINGS: dict[str, object] = {
    "KAFKAVIZ_MESSAGES_PER_SECOND": 100_000,
    "KAFKAVIZ_MESSAGES_BURST": 100_000,
    "KAFKAVIZ_ACTS_PER_SECOND": 200,
    "KAFKAVIZ_PEOPLE_PER_CLASS": 100_000,
}
MOST_GROWN_MB = 20
_A_ROUND = 200
_TYPES = ("act", "seen", "resync", "vote", "take", "give-back", "step", "name")
_FIELDS = ("type", "action", "data", "ref", "seq", "choice", "group", "by_hand", "step", "name", "__class__")
_WORDS = (
    "place-order",
    "send-heart",
    "restaurant",
    "commit",
    "",
    "\x00",
    "\ud800",
    "‮",
    "😀" * 300,
    "x" * 3000,
    "__proto__",
)
_SEEDS = (
    '{"type":"act","action":"place-order","data":{},"ref":"a"}',
    '{"type":"seen","seq":1}',
    '{"type":"resync"}',
)


@dataclass
class Ground:
    server: Server
    room: Room
    school: School
    phone: str


@asynccontextmanager
async def ground(server: Server) -> AsyncIterator[Ground]:
    room, school = await aside(make_room, server), await aside(begin_class, server)
    phone = (await aside(school.join))["token"]
    # Somebody watches both, so that neither sleeps.
    async with watch(server, room), present(school, school.host):
        yield Ground(server, room, school, phone)


async def one_round(chance: random.Random, ground: Ground) -> int:
    """A socket of each kind that sends a few hundred, or until it is closed; then one that presses is served."""
    async with watch(ground.server, ground.room) as client:
        await _pour(chance, client)
    async with present(ground.school, ground.phone) as client:
        await _pour(chance, client)
    async with watch(ground.server, ground.room) as client:
        await client.do("place-order")
    return 2 * _A_ROUND


async def _pour(chance: random.Random, client: Client) -> None:
    with suppress(ConnectionClosed):
        for _ in range(_A_ROUND):
            await client.connection.send(_message(chance))
            if chance.random() < 0.1:
                await asyncio.sleep(0.01)
        await client.connection.ping(chance.randbytes(chance.randrange(126)))


def _message(chance: random.Random) -> Any:
    kind = chance.randrange(10)
    if kind < 5:
        return _written(chance, _likely(chance))
    if kind < 7:
        return _damaged(chance, chance.choice(_SEEDS))
    if kind == 7:
        return _written(chance, _anything(chance, 6))
    if kind == 8:
        return chance.randbytes(chance.randrange(4000))
    return list(_damaged(chance, chance.choice(_SEEDS)))  # in fragments of a character each


def _likely(chance: random.Random) -> dict[str, Any]:
    found = {field: _anything(chance, 3) for field in chance.sample(_FIELDS, chance.randrange(len(_FIELDS)))}
    return {**found, "type": chance.choice(_TYPES)}


def _anything(chance: random.Random, depth: int) -> Any:
    kind = chance.randrange(9 if depth else 6)
    match kind:
        case 0:
            return chance.choice((None, True, False))
        case 1:
            return chance.choice((0, -1, 2**53, 10**300, chance.randrange(-(2**70), 2**70)))
        case 2:
            return chance.choice((1e308, -0.0, 1e-320, float("nan"), float("inf")))
        case 3 | 4 | 5:
            return chance.choice(_WORDS)
        case 6:
            return [_anything(chance, depth - 1) for _ in range(chance.randrange(4))]
        case _:
            return {
                chance.choice(_WORDS + _FIELDS): _anything(chance, depth - 1)
                for _ in range(chance.randrange(4))
            }


def _written(chance: random.Random, value: Any) -> str:
    """At most about 4 KiB, past which a socket is closed; half characters as JSON writes them."""
    text = json.dumps(value)
    return text if len(text) < 4000 or chance.random() < 0.01 else text[:4000]


def _damaged(chance: random.Random, text: str) -> str:
    characters = list(text)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(characters))
        characters[at] = chance.choice((chr(chance.randrange(128)), "", "[" * 100, "\\u", "9" * 400, "é"))
    return "".join(characters)
