"""A socket that goes is missed, however it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from apps.classes import sockets as class_sockets
from apps.classes.sockets import ClassSocket
from apps.rooms import access
from apps.rooms.connections import connections
from apps.rooms.live import Rooms
from apps.rooms.models import Room
from apps.rooms.sockets import RoomSocket
from apps.rooms.tokens import Participant

pytestmark = pytest.mark.django_db  # Channels tends whatever connection there is
SCOPE = {
    "type": "websocket",
    "path": "/",
    "query_string": b"",
    "headers": [],
    "client": ("192.0.2.1", 50_000),
    "url_route": {"kwargs": {"code": "K7MPX4"}},
    "subprotocols": [],
}


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set when somebody waits for the room to open, which it never does."""
    waiting = asyncio.Event()

    async def never(*_given: object) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async def room(*_given: object) -> Room:
        return Room(code="K7MPX4", scenario="hearts")

    monkeypatch.setattr(access, "comes", lambda *_given: Participant("K7MPX4", "0" * 16))
    monkeypatch.setattr(RoomSocket, "_find_room", room)
    monkeypatch.setattr(Rooms, "join", never)
    monkeypatch.setattr(class_sockets, "_hosted", never)
    return waiting


@pytest.mark.parametrize("consumer", [RoomSocket, ClassSocket])
def test_who_leaves_as_the_room_opens_and_is_cancelled_is_counted_no_more(
    waits: asyncio.Event, consumer: Callable[[], Any]
) -> None:
    async def story() -> None:
        begun = False

        async def receive() -> dict[str, Any]:
            nonlocal begun
            if begun:
                await asyncio.Event().wait()
            begun = True
            return {"type": "websocket.connect"}

        async def send(_message: dict[str, Any]) -> None:
            pass

        socket = asyncio.create_task(consumer()(SCOPE, receive, send))
        waiting = asyncio.create_task(waits.wait())
        await asyncio.wait([socket, waiting], return_when=asyncio.FIRST_COMPLETED)
        assert not socket.done(), await socket
        assert len(connections) == 1
        socket.cancel()
        with pytest.raises(asyncio.CancelledError):
            await socket
        assert len(connections) == 0

    async_to_sync(story)()
