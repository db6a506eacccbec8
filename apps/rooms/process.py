"""A runner as the web process sees it: started, watched, spoken to, and buried."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.rooms import deadlines
from apps.rooms.link import Link, LinkClosed
from apps.rooms.linkmessages import (
    A,
    Acked,
    Backlog,
    Failed,
    Frame,
    Message,
    News,
    NotUnderstood,
    OtherLogs,
    Packed,
    Pulse,
    Question,
    Refusal,
    Reply,
    RoomMessage,
)
from apps.rooms.patience import Patience, clock
from apps.rooms.tasks import faults, lasting
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

# Hundreds of threads of a C library would each keep a heap of their own; fewer heaps than this slow a flood.
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "8"}

OnMessage = Callable[[RoomMessage], None]
OnDeath = Callable[["RunnerProcess"], None]


class RunnerProcess:
    """One runner. `on_message` gets what it says of its rooms; `on_death` is called once if it was not stopped."""

    def __init__(
        self, process: asyncio.subprocess.Process, link: Link, on_message: OnMessage, on_death: OnDeath
    ) -> None:
        self.rooms: set[str] = set()
        self.figures: list[dict[str, Any]] = []
        """Of each of its rooms, as of its last pulse: `hops`, `records` and `lag` by group."""
        self._process, self._link = process, link
        self._on_message, self._on_death = on_message, on_death
        self._pending: dict[int, tuple[asyncio.Future[Any], type[Message]]] = {}
        """By number: who waits, and the kind of answer that it waits for."""
        self._numbers = itertools.count(1)
        self._patience = Patience(deadlines.SILENT, deadlines.STARTING, clock())
        self._stopping = False
        self._reading = lasting(self._read())
        self._watching = lasting(self._watch())

    @classmethod
    async def start(cls, on_message: OnMessage, on_death: OnDeath) -> RunnerProcess:
        """Spawn a runner. When this process dies its end of the socket closes, and the runner leaves."""
        ours, theirs = socket.socketpair()
        with theirs, ExitStack() as undo:
            undo.callback(ours.close)
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
            undo.pop_all()
        return cls(process, await Link.over(ours), on_message, on_death)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._reading.done() and not self._stopping

    def tell(self, message: Message) -> None:
        """Nothing is answered."""
        self._link.send(message)

    def ask(self, question: Question[A]) -> asyncio.Future[A]:
        """A future with the answer; it raises Refused, also when the runner dies."""
        number = next(self._numbers)
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        if not self.alive:
            future.set_exception(_gone())
            return future
        self._link.send(question, number)
        self._pending[number] = future, question.answer
        return future

    async def call(self, question: Question[A]) -> A:
        try:
            return await asyncio.wait_for(self.ask(question), deadlines.ANSWER)
        except TimeoutError:
            raise Refused("no-answer", "The room does not answer just now. Try again in a moment.") from None

    async def _read(self) -> None:
        try:
            while True:
                message, number = await self._link.receive()
                self._patience.heard(clock())
                try:
                    self._take(message, number)
                except NotUnderstood:
                    raise
                except Exception:
                    faults["a runner's message"] += 1
                    logger.exception("What runner %d said is lost: %s", self.pid, type(message).__name__)
        except LinkClosed:
            logger.debug("Runner %d has closed its link", self.pid)
        except NotUnderstood as error:
            logger.error("Runner %d is given up. %s", self.pid, error)
        except Exception:
            logger.exception("Runner %d can't be listened to, and is given up", self.pid)
        self._bury()

    def _take(self, message: Message, number: int) -> None:
        match message:
            case Frame() | Backlog() | Acked() | Failed() | News() | OtherLogs():
                self._on_message(message)
            case Reply() | Packed() | Refusal():
                self._answer(message, number)
            case Pulse():
                self.figures = message.rooms
            case _:
                raise NotUnderstood(f"A runner does not say {type(message).__name__}.")

    def _answer(self, message: Reply | Packed | Refusal, number: int) -> None:
        future, kind = self._pending.pop(number, (None, Message))
        if not future or future.done():
            return
        if isinstance(message, Refusal):
            future.set_exception(Refused(message.code, message.message))
        elif not isinstance(message, kind):
            future.set_exception(_gone())
            raise NotUnderstood(f"A runner answered with a {type(message).__name__} for a {kind.__name__}.")
        else:
            future.set_result(message.value if isinstance(message, Reply) else message.body)

    def _bury(self) -> None:
        """Whoever waits for an answer is told, whatever ended it."""
        self._watching.cancel()
        for future, _kind in self._pending.values():
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
            await asyncio.sleep(deadlines.LOOK)
        logger.warning("Runner %d has been silent for %.0f s and is killed", self.pid, deadlines.SILENT)
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
            await asyncio.wait_for(self._process.wait(), deadlines.RUNNER_LEAVES)
        except TimeoutError:
            self._kill()
            await self._process.wait()


def _gone() -> Refused:
    return Refused(
        "room-restarting", "The process that ran this room has just died. The room is coming back."
    )
