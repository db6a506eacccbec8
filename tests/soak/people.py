"""Viewers that stay, that come and go, that stall, and that ask anew, each as a page does."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.exceptions import WebSocketException

from tests.client import Client, Room, watch
from tests.servers import PATIENCE
from tests.soak.stage import Stage

_SEEN = 1.0
_STALL = 8.0
_AGAIN = 2.0
"""Seconds until who was sent away comes again."""
_LOST = 90.0
"""Seconds in which a viewer that stays must have been sent something: a room tells how far its groups are."""


class Viewer:
    """One page: it says what it has seen, asks anew at a gap, and comes again when its socket closes."""

    def __init__(self, stage: Stage, room: Room, stays: bool) -> None:
        self._stage, self.room, self._stays = stage, room, stays
        self.client: Client | None = None
        self._at: int | None = None
        self._heard = time.monotonic()
        self._calm: asyncio.Event | None = None
        self._traces: dict[str, str] = {}
        """Of what it pressed and was told is accepted, by `ref`."""
        self._acked: deque[str] = deque(maxlen=1000)
        """Traces of the records that it was last shown as stored."""

    async def live(self, calm: asyncio.Event | None = None) -> None:
        """One that stays, until all is over; one that passes by, until it is `calm`."""
        self._calm = calm
        while not self._is_over():
            try:
                async with watch(self._stage.server, self.room) as client:
                    self._stage.noted["visits"] += 1
                    self.client, self._at = client, None
                    await (self._stay(client) if self._stays else self._visit(client))
            except (OSError, WebSocketException, AssertionError, TimeoutError):
                self._stage.noted["visits that were cut"] += 1
            self.client = None
            await asyncio.sleep(_AGAIN if self._stays else random.uniform(2, 45))

    def _is_over(self) -> bool:
        return self._stage.over or (self._calm is not None and self._calm.is_set())

    async def _stay(self, client: Client) -> None:
        while not (client.closed or self._is_over()):
            await self._second(client)
            if random.random() < 0.2 and not self._stage.resting:
                await client.act(self._stage.action(self.room))
                self._stage.noted["acts"] += 1
            self._mind_silence()

    async def _visit(self, client: Client) -> None:
        until = time.monotonic() + random.uniform(5, 40)
        while time.monotonic() < until and not (client.closed or self._is_over()):
            await random.choice(_WAYS)(self, client)

    async def is_shown_what_it_does(self, ref: str) -> bool:
        """Press, and wait for the record: what comes is read by who lives it."""
        end, pressed = time.monotonic() + PATIENCE, False
        while time.monotonic() < end:
            if self.client and not pressed:
                await self.client.act(self._stage.action(self.room), ref)
                pressed = True
            await asyncio.sleep(_SEEN)
            if self._traces.get(ref) in self._acked:
                return True
        return False

    async def _second(self, client: Client) -> None:
        await asyncio.sleep(_SEEN)
        if await self._read(client):
            await client.send({"type": "seen", "seq": self._at})

    async def _stall(self, client: Client) -> None:
        """Its window is full, and then it is there again."""
        client.connection.transport.pause_reading()
        await asyncio.sleep(_STALL)
        client.connection.transport.resume_reading()
        self._stage.noted["stalls"] += 1

    async def _resync(self, client: Client) -> None:
        await client.send({"type": "resync"})
        self._stage.noted["resyncs"] += 1

    async def _read(self, client: Client) -> bool:
        """Whether anything came; each hop follows the last one, or all is told anew."""
        frames, client.frames = client.frames, []
        client.arrivals.clear()
        for frame in frames:
            if frame["type"] == "accepted":
                self._traces[frame["ref"]] = frame["trace"]
            if frame["type"] not in ("backlog", "hops"):
                continue
            self._acked.extend(
                hop["trace"] for hop in frame["hops"] if hop["type"] == "ack" and "trace" in hop
            )
            self._heard = time.monotonic()
            if frame["type"] == "hops" and not self._follows(frame):
                self._stage.noted["gaps"] += 1
                await self._resync(client)
            self._at = frame["seq"]
        return bool(frames) and self._at is not None

    def _follows(self, frame: dict[str, Any]) -> bool:
        return self._at is not None and frame["hops"][0]["seq"] == self._at + 1

    def _mind_silence(self) -> None:
        if time.monotonic() - self._heard > _LOST:
            self._heard = time.monotonic()
            self._stage.note_wrong(f"room {self.room['code']} has told a viewer nothing for {_LOST:.0f} s")


_WAYS: tuple[Callable[[Viewer, Client], Awaitable[None]], ...] = (
    *(Viewer._second,) * 10,
    Viewer._stall,
    Viewer._resync,
)
