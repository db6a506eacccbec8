"""A runner as the web process sees it: started, watched, spoken to, and buried."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.rooms.link import Head, Link, LinkClosed
from apps.rooms.patience import Patience, clock
from apps.rooms.tasks import faults, lasting
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

# Hundreds of threads of a C library would each keep a heap of their own; fewer heaps than this slow a flood.
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "8"}
_SILENT = 10.0
_STARTING = 30.0
"""Seconds without a sign of life after which a runner is killed, and how much longer its start may take."""
_ANSWER = 20.0
_FAREWELL = 1.7

OnFrame = Callable[[Head, str], None]
OnDeath = Callable[["RunnerProcess"], None]


class RunnerProcess:
    """One runner. `on_frame` gets what comes of its rooms; `on_death` is called once if it was not stopped."""

    def __init__(
        self, process: asyncio.subprocess.Process, link: Link, on_frame: OnFrame, on_death: OnDeath
    ) -> None:
        self.rooms: set[str] = set()
        self.figures: list[dict[str, Any]] = []
        """Of each of its rooms, as of its last pulse: `hops`, `records` and `lag` by group."""
        self._process, self._link = process, link
        self._on_frame, self._on_death = on_frame, on_death
        self._pending: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._patience = Patience(_SILENT, _STARTING, clock())
        self._stopping = False
        self._reading = lasting(self._read())
        self._watching = lasting(self._watch())

    @classmethod
    async def start(cls, on_frame: OnFrame, on_death: OnDeath) -> RunnerProcess:
        """Spawn a runner. When this process dies its end of the socket closes, and the runner leaves."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(settings.BASE_DIR) / "manage.py"),
                "run_rooms",
                f"--link-fd={theirs.fileno()}",
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the web process, which then lets its runners go
                env={**os.environ, **_ENVIRONMENT},
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        return cls(process, Link(reader, writer), on_frame, on_death)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._reading.done() and not self._stopping

    def tell(self, head: Head) -> None:
        self._link.send(head)

    def ask(self, head: Head) -> asyncio.Future[dict[str, Any]]:
        """A future with the answer; it raises Refused, also when the runner dies."""
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        if not self.alive:
            future.set_exception(_gone())
            return future
        self._pending[number] = future
        self._link.send({**head, "id": number})
        return future

    async def call(self, head: Head) -> dict[str, Any]:
        try:
            return await asyncio.wait_for(self.ask(head), _ANSWER)
        except TimeoutError:
            raise Refused("no-answer", "The room does not answer just now. Try again in a moment.") from None

    async def _read(self) -> None:
        try:
            while True:
                head, body = await self._link.receive()
                self._patience.heard(clock())
                try:
                    self._take(head, body)
                except Exception:
                    faults["a runner's message"] += 1
                    logger.exception("What runner %d said is lost: %s", self.pid, head.get("is"))
        except LinkClosed:
            logger.debug("Runner %d has closed its link", self.pid)
        except Exception:
            logger.exception("Runner %d can't be understood, and is given up", self.pid)
        self._bury()

    def _take(self, head: Head, body: str) -> None:
        match head["is"]:
            case "frame" | "backlog" | "acked" | "failed" | "news" | "other-logs":
                self._on_frame(head, body)
            case "reply":
                self._answer(head)
            case "pulse":
                self.figures = head["rooms"]

    def _answer(self, head: Mapping[str, Any]) -> None:
        future = self._pending.pop(head["id"], None)
        if not future or future.done():
            return
        if "code" in head:
            future.set_exception(Refused(head["code"], head["message"]))
        else:
            future.set_result(head["value"])

    def _bury(self) -> None:
        """Whoever waits for an answer is told, whatever ended it."""
        self._watching.cancel()
        for future in self._pending.values():
            if not future.done():
                future.set_exception(_gone())
                future.exception()  # seen: whoever asked may have left
        self._pending.clear()
        self._link.close()
        if not self._stopping:
            logger.warning("Runner %d died; its rooms (%d) come back in another", self.pid, len(self.rooms))
            self._kill()
            self._on_death(self)

    async def _watch(self) -> None:
        """A client can freeze its whole process; then only a signal from outside ends it."""
        while not self._patience.is_over(clock()):
            await asyncio.sleep(1)
        logger.warning("Runner %d has been silent for %.0f s and is killed", self.pid, _SILENT)
        self._kill()

    def _kill(self) -> None:
        if self._process.returncode is None:
            try:
                self._process.kill()
            except ProcessLookupError:
                logger.debug("Runner %d was gone already", self.pid)

    async def stop(self) -> None:
        """Let its rooms go; kill it if that takes too long."""
        self._stopping = True
        self._link.close()
        try:
            await asyncio.wait_for(self._process.wait(), _FAREWELL)
        except TimeoutError:
            self._kill()
            await self._process.wait()


def _gone() -> Refused:
    return Refused(
        "room-restarting", "The process that ran this room has just died. The room is coming back."
    )
