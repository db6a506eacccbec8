"""Plain Daphne, and the least that sends each line of its stdin to all sockets: what fan-out is compared with."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from daphne.server import Server, twisted_loop
from twisted.internet import reactor

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

_MOST = 2**20  # bytes of a line
_sends: set[Send] = set()


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    _sends.add(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    _sends.discard(send)


async def fan_out(server: Server) -> None:
    """Tells its port on stdout; ends with its stdin."""
    lines = asyncio.StreamReader(limit=_MOST)
    await twisted_loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print(server.listening_addresses[0][1], flush=True)
    while line := await lines.readline():
        text = line.decode().rstrip("\n")
        for send in list(_sends):
            await send({"type": "websocket.send", "text": text})
    reactor.stop()


def main() -> None:
    # Pings as often as Kafkaviz sends them, so that they make no difference.
    server = Server(application, ["tcp:0:interface=127.0.0.1"], ping_interval=10, ping_timeout=15)
    starting = twisted_loop.create_task(fan_out(server))
    server.run()
    starting.cancel()


if __name__ == "__main__":
    main()
