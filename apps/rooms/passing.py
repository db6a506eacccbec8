"""Frames on their way from the runners to the sockets: by the channel layer, one after another."""

from __future__ import annotations

import asyncio
from typing import Any

from channels.layers import get_channel_layer

from apps.rooms import counters
from apps.rooms.audience import layer_group
from apps.rooms.linkmessages import Backlog, Frame

_MOST = 2_000
"""That wait to be passed on: some seconds of all rooms. Who misses one sees the gap, and asks for a backlog."""


class Passing:
    def __init__(self) -> None:
        self.waiting: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(_MOST)

    def put(self, message: Frame | Backlog) -> None:
        """For whoever watches that room."""
        told: dict[str, Any] = {"type": "room.frame", "seq": message.seq, "text": message.text}
        if isinstance(message, Backlog):
            told |= {"type": "room.backlog", "asked": message.asked}
        try:
            self.waiting.put_nowait((layer_group(message.room), told))
        except asyncio.QueueFull:
            counters.dropped.inc()

    async def pass_on(self) -> None:
        """One after another, so that their order holds. To be kept up."""
        layer: Any = get_channel_layer()
        while True:
            group, message = await self.waiting.get()
            await layer.group_send(group, message)
