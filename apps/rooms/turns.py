"""So much of what one address asks for is worked on at a time. The rest of it waits, and everybody else goes on.

A page or a handshake takes this process some milliseconds, and what people press waits for the same loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from apps.rooms.askers import asker_of

Application = Callable[[Any, Any, Any], Awaitable[None]]

MOST_WAITING = 1000
"""Of one address: a class that comes all at once waits its turn, and who knocks without end is told to come later."""
_LATER = b"So much is asked for from your network that this server takes no more of it just now. Try again."


class Line:
    """Of one address: who is worked on, and who waits, in the order in which they came."""

    def __init__(self, at_once: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self.waiting = self.here = 0

    async def enter(self) -> None:
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        self.here += 1

    def leave(self) -> None:
        self.here -= 1
        self._places.release()

    @property
    def is_empty(self) -> bool:
        return not self.waiting and not self.here


class Turns:
    """Shared by whatever works for who asks: pages, and the handshakes of sockets until they are answered."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}

    def taking(self, application: Application) -> Application:
        async def in_turn(scope: Any, receive: Any, send: Any) -> None:
            address = asker_of(scope)
            line = self.lines.setdefault(address, Line(settings.KAFKAVIZ_REQUESTS_PER_ADDRESS))
            try:
                if line.waiting >= MOST_WAITING:
                    await _refuse(scope, send)
                else:
                    await _work(line, application, scope, receive, send)
            finally:
                if line.is_empty:
                    self.lines.pop(address, None)

        return in_turn


async def _work(line: Line, application: Application, scope: Any, receive: Any, send: Any) -> None:
    await line.enter()
    held = True

    def give_back() -> None:
        nonlocal held
        if held:
            held = False
            line.leave()

    async def answered(message: Any) -> None:
        give_back()
        await send(message)

    try:
        # A socket stays; what its handshake cost is over when it has been answered.
        await application(scope, receive, answered if scope["type"] == "websocket" else send)
    finally:
        give_back()


async def _refuse(scope: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"5")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _LATER})
