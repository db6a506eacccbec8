"""All sockets of this process that watch one room: one subscription, then a local fan-out of one string."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import get_channel_layer

from apps.rooms import counters, deadlines
from apps.rooms.tasks import kept_up, lasting
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

Send = Callable[[str], Awaitable[None]]
End = Callable[[Refused], Awaitable[None]]


def layer_group(code: str) -> str:
    return f"room.{code}"


class Viewer:
    """One socket. It gets frames only after a backlog, and again only after another when it fell behind.

    `end` is called with why when there is nothing more to come. One that is `inside` is this process itself.
    """

    def __init__(self, send: Send, end: End, inside: bool = False) -> None:
        self.send, self.end, self.inside = send, end, inside
        self.following = False
        self.behind = False
        self._marks: deque[tuple[int, float]] = deque(maxlen=400)
        self._acknowledges = False

    async def _backlog(self, seq: int, text: str) -> None:
        self._marks.clear()
        self._marks.append((seq, time.monotonic()))
        self.following = True
        await self.send(text)

    async def take(self, message: dict[str, Any]) -> bool:
        """Whether this one was sent to it."""
        if message["type"] == "room.backlog":
            if self.following or self.behind:
                return False
            await self._backlog(message["seq"], message["text"])
            return True
        if self.behind:
            counters.dropped.inc()
        return self.following and await self._frame(message["seq"], message["text"])

    async def _frame(self, seq: int, text: str) -> bool:
        now = time.monotonic()
        if self._acknowledges and self._marks and now - self._marks[0][1] > deadlines.WINDOW:
            self.following, self.behind = False, True
            counters.behind.inc()
            counters.dropped.inc()
            return False
        self._marks.append((seq, now))
        await self.send(text)
        return True

    def seen(self, seq: int) -> bool:
        """True when a viewer that was behind has now seen all it was sent, and needs a backlog."""
        self._acknowledges = True
        while self._marks and self._marks[0][0] <= seq:
            self._marks.popleft()
        caught_up = self.behind and not self._marks
        if caught_up:
            self.behind = False
        return caught_up


class Audience:
    """The viewers of one room. `ask_backlog` has the runner send one of that number; it comes by the same way as the
    frames.

    However many ask, one is made for all: who asks while one is on its way gets that. Only where all start afresh
    none counts that was asked for before: it may tell of the room as it was.
    """

    def __init__(self, code: str, ask_backlog: Callable[[int], None]) -> None:
        self.code = code
        self.empty_since = time.monotonic()
        self._ask_backlog = ask_backlog
        self._asking: asyncio.TimerHandle | None = None
        self._told = -deadlines.BACKLOG_SPACING
        self._asked_for, self._counts_from = 0, 1
        self._viewers: set[Viewer] = set()
        self._layer: Any = get_channel_layer()
        self._subscribed, self._closed = asyncio.Event(), False
        self._task = lasting(kept_up("a fan-out", self._fan_out))

    def __len__(self) -> int:
        return len(self._viewers)

    async def join(self, viewer: Viewer) -> bool:
        """False if the room has gone to sleep meanwhile: nothing comes from here any more."""
        await self._subscribed.wait()
        if self._closed:
            return False
        self._viewers.add(viewer)
        self._ask()
        return True

    def _ask(self) -> None:
        if not self._asking:
            loop = asyncio.get_running_loop()
            self._asking = loop.call_at(
                max(loop.time(), self._told + deadlines.BACKLOG_SPACING), self._ask_now
            )

    def _ask_now(self) -> None:
        self._asking = asyncio.get_running_loop().call_later(deadlines.BACKLOG_AGAIN, self._ask_now)
        self._asked_for += 1
        self._ask_backlog(self._asked_for)

    def _asked(self) -> None:
        """It has come, or nobody is there any more to send it."""
        if self._asking:
            self._asking.cancel()
            self._asking = None

    def leave(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        self.touch()

    def touch(self) -> None:
        self.empty_since = time.monotonic()

    def resync(self, viewer: Viewer) -> None:
        """Also of one that is behind: it may have missed the frame whose sight we wait for."""
        viewer.following = viewer.behind = False
        self._ask()

    def seen(self, viewer: Viewer, seq: int) -> None:
        if viewer.seen(seq):
            self.resync(viewer)

    async def end(self, why: Refused) -> None:
        """Nothing more comes: the room is over, or sleeps."""
        for viewer in list(self._viewers):
            try:
                await viewer.end(why)
            except Exception:
                # As when its socket has just broken: the others are told all the same.
                logger.info("A viewer of %s could not be told the end", self.code, exc_info=True)

    def pause(self) -> None:
        """Nothing more from a runner that has ended: the next thing that anybody gets is a backlog."""
        self._asked()
        self._counts_from = self._asked_for + 1
        for viewer in self._viewers:
            viewer.following = viewer.behind = False

    def restart(self) -> None:
        """Another runner has the room: everybody starts afresh from its backlog."""
        self.pause()
        if self._viewers:
            self._ask()

    async def _fan_out(self) -> None:
        channel = await self._layer.new_channel()
        await self._layer.group_add(layer_group(self.code), channel)
        self._subscribed.set()
        try:
            while True:
                await self._deliver(await self._layer.receive(channel))
        finally:
            await self._layer.group_discard(layer_group(self.code), channel)

    async def _deliver(self, message: dict[str, Any]) -> None:
        if message["type"] == "room.backlog":
            if message["asked"] < self._counts_from:
                return
            self._asked()
            self._told = asyncio.get_running_loop().time()
        reached = 0
        for viewer in list(self._viewers):
            try:
                reached += await viewer.take(message) and not viewer.inside
            except Exception:
                # One broken socket must not cost the others their frame; its own disconnect takes it away.
                logger.info("A viewer of %s could not be sent to", self.code, exc_info=True)
        if reached:
            counters.frames.inc(reached)
            counters.sent_bytes.inc(reached * len(message["text"].encode()))

    def close(self) -> None:
        self._closed = True
        self._subscribed.set()
        self._asked()
        self._task.cancel()
