"""`python -m tests.benchmarks.attackers NAME URL VICTIM`: one attack on a server, until it is ended.

All come from one address, which is not the victim's. VICTIM is its room as JSON. Says a line when it has begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from confluent_kafka import Producer
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from tests.client import PROTOCOL, Room
from tests.rawrecords import body, write_raw

FROM = "127.0.0.9"
"""All of 127.0.0.0/8 is this machine."""
SAMPLED = b"00-" + b"7" * 32 + b"-" + b"1" * 16 + b"-01"
_GONE = (OSError, WebSocketException, asyncio.TimeoutError)


class Target:
    def __init__(self, url: str, victim: Room) -> None:
        self.url, self.victim = url, victim
        where = urlsplit(url)
        self.host, self.port = where.hostname or "", where.port or 0

    async def ask(self, head: str, content: bytes = b"") -> bytes:
        """The answer to a request whose head is given up to its Host."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(FROM, 0))
        try:
            rest = f"Host: {self.host}:{self.port}\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"
            writer.write((head + rest).encode("latin-1") + content)
            return await reader.read()
        finally:
            writer.close()

    async def make_room(self, scenario: str = "hearts") -> Room | None:
        asked = json.dumps({"scenario": scenario}).encode()
        answer = await self.ask("POST /api/rooms/ HTTP/1.1\r\n", asked)
        made: Room = json.loads(answer.partition(b"\r\n\r\n")[2])
        return made if "code" in made else None

    @asynccontextmanager
    async def watch(self, room: Room) -> AsyncIterator[ClientConnection]:
        async with connect(
            self.url.replace("http", "ws", 1) + room["socket"],
            subprotocols=[PROTOCOL, Subprotocol(room["token"])],
            local_addr=(FROM, 0),
            proxy=None,
            ping_interval=None,
            max_size=None,
            open_timeout=30,
        ) as socket:
            yield socket


Attack = Callable[[Target], AsyncIterator[Any]]


async def _forever(work: Callable[[], Awaitable[object]], pause: float = 0.0) -> None:
    while True:
        with contextlib.suppress(*_GONE):
            await work()
        await asyncio.sleep(pause)


async def _read_on(socket: ClientConnection) -> None:
    with contextlib.suppress(*_GONE):
        while True:
            await socket.recv()


async def large_records(target: Target) -> None:
    """Fifteen of 3.6 KB each second in the victim's room, which ask to be shown, and one of half a megabyte."""
    producer = Producer({"bootstrap.servers": target.victim["bootstrap_servers"], "linger.ms": 0})
    topic = target.victim["topics"]["orders"]
    headers: Any = [("ce_type", b"order.placed"), ("traceparent", SAMPLED)]
    while True:
        for number, size in enumerate([3_600] * 15 + [500_000]):
            value = json.dumps({"customer": f"s{number}", "pad": "x" * size})
            producer.produce(topic, value=value, key=f"s{number}", headers=headers)
        producer.flush(1)
        await asyncio.sleep(1)


async def bad_headers(target: Target) -> None:
    """Names that are no text, each second in the victim's room."""
    content = body(b"s", b'{"customer": "s"}', [(b"\xff", b"1")])
    servers, topic = target.victim["bootstrap_servers"], target.victim["topics"]["orders"]
    while True:
        await asyncio.to_thread(write_raw, servers, topic, 0, [(content, int(time.time() * 1000))])
        await asyncio.sleep(1)


async def resyncs(target: Target) -> None:
    """Sixty sockets in the victim's room that ask for the backlog again and again."""

    async def one() -> None:
        async with target.watch(target.victim) as socket:
            reading = asyncio.create_task(_read_on(socket))
            while not reading.done():
                await socket.send('{"type":"resync"}')
                await asyncio.sleep(0.02)

    await asyncio.gather(*(_forever(one, 0.5) for _ in range(60)))


async def pongs(target: Target) -> None:
    """Five sockets that say pong as fast as they can."""
    room = await target.make_room()
    assert room

    async def one() -> None:
        async with target.watch(room) as socket:
            while True:
                await socket.pong()
                await asyncio.sleep(0)

    await asyncio.gather(*(_forever(one, 0.2) for _ in range(5)))


async def rooms(target: Target) -> None:
    """As many rooms as there are to be had, each watched."""

    async def one() -> None:
        room = await target.make_room()
        while room:
            async with target.watch(room) as socket:
                await _read_on(socket)

    await asyncio.gather(*(_forever(one, 1.0) for _ in range(20)))


async def _sockets(target: Target, count: int) -> None:
    """In the attacker's own room, in which somebody presses; who is turned away comes again."""
    room = await target.make_room()
    assert room

    async def one() -> None:
        async with target.watch(room) as socket:
            await _read_on(socket)

    async def press() -> None:
        async with target.watch(room) as socket:
            reading = asyncio.create_task(_read_on(socket))
            while not reading.done():
                await socket.send('{"type":"act","action":"send-heart","data":{}}')
                await asyncio.sleep(0.06)

    await asyncio.gather(_forever(press, 1.0), *(_forever(one, 1.0) for _ in range(count)))


async def sockets_300(target: Target) -> None:
    """Three hundred watch."""
    await _sockets(target, 299)


async def sockets_1000(target: Target) -> None:
    """A thousand try to."""
    await _sockets(target, 1000)


async def knocking(target: Target) -> None:
    """Three hundred sockets that come, wait for their backlog and go, again and again, in the victim's room."""

    async def one() -> None:
        async with target.watch(target.victim) as socket:
            await socket.recv()

    await asyncio.gather(*(_forever(one, 0.5) for _ in range(300)))


async def pages(target: Target) -> None:
    """Three hundred at once who load the victim's room's page, again and again."""
    head = f"GET /r/{target.victim['code']}/ HTTP/1.1\r\n"
    await asyncio.gather(*(_forever(lambda: target.ask(head)) for _ in range(300)))


async def handshakes(target: Target) -> None:
    """Bytes that are no text in a subprotocol, from ten at once."""
    head = (
        f"GET {target.victim['socket']} HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: kafkaviz.v1, \xff\r\n"
    )
    await asyncio.gather(*(_forever(lambda: target.ask(head)) for _ in range(10)))


async def forms(target: Target) -> None:
    """Fifteen hundred fields, from ten at once."""
    head = "POST /teach/ HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    content = "&".join(f"f{number}=1" for number in range(1500)).encode()
    await asyncio.gather(*(_forever(lambda: target.ask(head, content)) for _ in range(10)))


async def saves(target: Target) -> None:
    """Saved runs of a room of the attacker's own, from four at once."""
    room = await target.make_room()
    assert room
    head = f"POST /r/{room['code']}/trace/ HTTP/1.1\r\nX-Room-Token: {room['token']}\r\n"
    async with AsyncExitStack() as here:
        socket = await here.enter_async_context(target.watch(room))
        await socket.send('{"type":"act","action":"send-heart","data":{}}')
        await asyncio.gather(_read_on(socket), *(_forever(lambda: target.ask(head)) for _ in range(4)))


ATTACKS: dict[str, Callable[[Target], Awaitable[None]]] = {
    "large-records": large_records,
    "bad-headers": bad_headers,
    "resyncs": resyncs,
    "pongs": pongs,
    "rooms": rooms,
    "sockets-300": sockets_300,
    "sockets-1000": sockets_1000,
    "knocking": knocking,
    "pages": pages,
    "handshakes": handshakes,
    "forms": forms,
    "saves": saves,
}


async def _attack(name: str, url: str, victim: str) -> None:
    print("begun", flush=True)
    await ATTACKS[name](Target(url, json.loads(victim)))


if __name__ == "__main__":
    asyncio.run(_attack(*sys.argv[1:]))
