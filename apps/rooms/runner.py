"""A runner: a process that holds a few rooms, driven over the link. Lives and dies with the web process."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from apps.kafka.clusters import ClusterError
from apps.kafka.duties import Away
from apps.kafka.embedded import warm_up
from apps.kafka.external import forget_room
from apps.kafka.producer import Delivery
from apps.kafka.survey import survey
from apps.rooms import outage
from apps.rooms.gates import Gates
from apps.rooms.hosting import HostedRoom, external_of
from apps.rooms.link import Head, Link, LinkClosed
from apps.rooms.lookout import CLUSTER, LASTING
from apps.rooms.projections import DatabaseThread
from apps.rooms.tasks import kept_up
from apps.scenarios.base import SHARE_GROUP
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

TICK = 0.05
_PULSE = 1.0
_NEVER = float("-inf")
"""A moment at which no frame is due: hops join meanwhile."""
_FROZEN = 600.0
"""Seconds: it also counts those in which this process was stopped, from which it is to come back."""
_THREADS = 32
"""For what takes a while, such as to open, change and close rooms."""
_FAREWELL = 1.5
_PATIENCE = 5.0
QUESTIONS = ("brokers", "lag", "logs", "account", "record")
"""What a room's brokers are asked for, each by itself: the first three each second, the others by who comes."""
_BUSY = "Many records are being read back, or the brokers are slow to answer. Try again in a moment."


class Runner:
    """Answers the web process. Quick calls run in the loop, those that ask brokers in threads."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._rooms: dict[str, HostedRoom] = {}
        self._gates = Gates()
        self._database = DatabaseThread()
        # Apart from all else: brokers that are slow or away hold these, and nobody else may wait for them. A room has
        # at most so many questions at a time, so that none ever waits for another room's.
        most = len(QUESTIONS) * settings.KAFKAVIZ_ROOMS_PER_RUNNER
        self._asking = ThreadPoolExecutor(most, thread_name_prefix="asking")
        self._tasks: set[asyncio.Task[None]] = set()
        self._delivered: deque[tuple[Head, Delivery]] = deque()
        self._waking, self._loop = False, asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="working"))

    async def run(self) -> None:
        """Returns when the link is closed."""
        if not settings.KAFKA:
            await asyncio.to_thread(_warm_up)
        self._spawn(kept_up("the frames", self._tick))
        self._spawn(kept_up("the pulse", self._pulse))
        try:
            while True:
                head, _ = await self._link.receive()
                try:
                    self._take(head)
                except Exception:
                    logger.exception("What the web process said is lost: %s", head.get("do"))
        except LinkClosed:
            await self._close_all()

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _take(self, head: Head) -> None:
        match head["do"]:
            case "act":
                self._reply(head, lambda: self._room(head).act(head["action"], head["data"]))
            case "deliver":
                self._deliver(head)
            case "backlog":
                self._send_backlog(head["room"])
            case "open":
                self._spawn(self._open(head))
            case "close":
                self._spawn(self._close(head))
            case "control" | "trace":
                self._spawn(self._later(head, functools.partial(self._ask, head)))
            case "ledger" | "totals" | "record":
                self._spawn(self._put_to_brokers(head))
            case "pace" | "notice":
                self._tell_room(head)
            case "survey" | "forget":
                work = _survey if head["do"] == "survey" else _forget
                self._spawn(self._later(head, functools.partial(work, head)))

    def _room(self, head: Head) -> HostedRoom:
        room = self._rooms.get(head["room"])
        if not room:
            raise Refused("room-closed", "The room has just closed. Open it again.")
        return room

    def _ask(self, head: Head) -> dict[str, Any]:
        room = self._room(head)
        match head["do"]:
            case "control":
                return room.control(head["name"], head["values"])
            case "trace":
                return room.trace(head["head"])
            case "ledger":
                return room.run.ledger()
            case "record":
                return room.record(*(head[name] for name in ("topic", "partition", "offset")))
            case _:
                return room.totals()

    def _reply(self, head: Head, work: Callable[[], dict[str, Any]]) -> None:
        answer: Head = {"is": "reply", "id": head["id"]}
        try:
            answer["value"] = work()
        except Refused as refusal:
            answer |= {"code": refusal.code, "message": refusal.message}
        except ClusterError as error:
            answer |= {"code": LASTING if error.lasting else CLUSTER, "message": str(error)}
        except Away as error:
            answer |= {"code": outage.DATABASE, "message": str(error)}
        except Exception:
            logger.exception("A request failed: %s", head["do"])
            answer |= {"code": "fault", "message": "Something went wrong here; it has been logged."}
        self._link.send(answer)

    def _deliver(self, head: Head) -> None:
        """Press an action; the reply waits for the brokers'."""
        delivered = functools.partial(self._was_delivered, head)
        try:
            head["accepted"] = self._room(head).deliver(
                head["action"], head["data"], head["person"], delivered
            )
        except Exception as error:
            self._reply(head, functools.partial(_raise, error))

    def _was_delivered(self, head: Head, delivery: Delivery) -> None:
        """In a producer's thread, which tells of many at once: they wake the loop once."""
        self._delivered.append((head, delivery))
        if not self._waking:
            self._waking = True
            self._loop.call_soon_threadsafe(self._tell_delivered)

    def _tell_delivered(self) -> None:
        self._waking = False
        while self._delivered:
            head, delivery = self._delivered.popleft()
            self._reply(head, functools.partial(_stored_or_not, head, delivery))

    async def _later(
        self, head: Head, work: Callable[[], dict[str, Any]], threads: ThreadPoolExecutor | None = None
    ) -> None:
        """`work` in a thread; its answer, or its error, from the loop."""
        try:
            value = await self._loop.run_in_executor(threads, work)
        except Exception as error:
            failure = error
            self._reply(head, lambda: _raise(failure))
        else:
            self._reply(head, lambda: value)

    async def _put_to_brokers(self, head: Head) -> None:
        """One of a kind at a time in a room, and none that waited long: brokers may not answer."""
        kind = "record" if head["do"] == "record" else "account"
        try:
            async with self._gates.passed(f"{kind} {head['room']}", _PATIENCE):
                await self._later(head, functools.partial(self._ask, head), self._asking)
        except TimeoutError:
            self._reply(head, lambda: _raise(Refused("no-answer", _BUSY)))

    async def _open(self, head: Head) -> None:
        def work() -> dict[str, Any]:
            if older := self._rooms.pop(head["room"], None):
                older.close()
            room = HostedRoom(head, self._database)
            self._rooms[room.code] = room
            return room.describe()

        # One at a time opens or closes a room: who closes it waits for an opening that takes long.
        async with self._gates.passed(head["room"]):
            await self._later(head, work)

    async def _close(self, head: Head) -> None:
        def work() -> dict[str, Any]:
            if room := self._rooms.pop(head["room"], None):
                room.close()
            return {}

        async with self._gates.passed(head["room"]):
            await self._later(head, work)

    def _tell_room(self, head: Head) -> None:
        room = self._rooms.get(head["room"])
        if room and head["do"] == "pace":
            room.feed.bytes_a_second = head["bytes"]
        elif room:
            room.notice = head["words"]

    def _send_backlog(self, code: str) -> None:
        if room := self._rooms.get(code):
            with self._alone(room):
                self._send_frame(room, time.monotonic())
                backlog = room.backlog()
                self._link.send({**_of(room, "backlog"), "seq": room.feed.seq}, backlog)

    def _send_frame(self, room: HostedRoom, now: float) -> None:
        frame = room.frame(now)
        if frame:
            self._link.send({**_of(room, "frame"), "seq": room.feed.seq}, frame)
        if acked := room.acked_anew():
            # Should we die, this is how many records the log was last seen to hold.
            self._link.send({**_of(room, "acked"), "acked": acked})

    @contextmanager
    def _alone(self, room: HostedRoom) -> Iterator[None]:
        """What fails in here ends this room, and no other: the web process opens it again."""
        try:
            yield
        except Exception:
            logger.exception("A fault ended room %s", room.code)
            self._link.send(_of(room, "failed"))
            self._spawn(self._end(room))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            now = _NEVER if self._link.clogged else time.monotonic()
            for room in list(self._rooms.values()):
                with self._alone(room):
                    self._send_frame(room, now)

    async def _pulse(self) -> None:
        """Tell that we live; have the kernel end us if this loop stands still, as a client can freeze a process.

        The web process ends us long before that, unless it has died.
        """
        while True:
            signal.setitimer(signal.ITIMER_REAL, _FROZEN)
            figures: list[dict[str, Any]] = []
            for room in list(self._rooms.values()):
                with self._alone(room):
                    figures.append(room.figures)
                    self._look_after(room)
            self._link.send({"is": "pulse", "rooms": figures})
            await asyncio.sleep(_PULSE)

    def _look_after(self, room: HostedRoom) -> None:
        if room.outdated:
            logger.info("Room %s has a newer life, so its life %d ends", room.code, room.incarnation)
            self._spawn(self._end(room))
            return
        if room.has_other_logs:
            logger.warning("Room %s has other logs, so its life %d ends", room.code, room.incarnation)
            self._link.send(_of(room, "other-logs"))
            return
        if room.has_news_of_logs():
            self._link.send(_of(room, "news"))
        for question in room.due():
            self._asking.submit(question)

    async def _end(self, room: HostedRoom) -> None:
        """This life of the room is over: by a fault, or as it has a newer one, when the web process was killed and
        started again at once. Once, whoever else ends it."""
        if self._rooms.get(room.code) is not room:
            return
        del self._rooms[room.code]
        async with self._gates.passed(room.code):
            try:
                await self._loop.run_in_executor(None, room.close)
            except Exception:
                logger.exception("Room %s did not close well", room.code)

    async def _close_all(self) -> None:
        rooms, self._rooms = list(self._rooms.values()), {}
        closing = [asyncio.create_task(asyncio.to_thread(room.close)) for room in rooms]
        if closing:
            await asyncio.wait(closing, timeout=_FAREWELL)


def _of(room: HostedRoom, kind: str) -> Head:
    return {"is": kind, "room": room.code, "life": room.incarnation}


def _warm_up() -> None:
    try:
        warm_up()
    except ClusterError as error:
        logger.warning("%s", error)


def _survey(head: Head) -> dict[str, Any]:
    """Whether rooms can work on the external Kafka. Raises ClusterError."""
    external = external_of(head)
    return {"brokers": survey(external).brokers} if external else {}


def _forget(head: Head) -> dict[str, Any]:
    """Topics and groups of a room that is no more. Raises ClusterError."""
    external = external_of(head)
    if external:
        forget_room(external, head["room"], [SHARE_GROUP])
    return {}


def _stored_or_not(head: Head, delivery: Delivery) -> dict[str, Any]:
    if delivery.error:
        raise Refused("not-stored", f"Kafka did not store it: {delivery.error}")
    return {**head["accepted"], "partition": delivery.partition, "offset": delivery.offset}


def _raise(error: Exception) -> dict[str, Any]:
    raise error


async def _serve(link_fd: int) -> None:
    code = 1
    try:
        reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=link_fd))
        await Runner(Link(reader, writer)).run()
        code = 0
    except Exception:
        logger.exception("The runner stopped")
    finally:
        # At once: a thread that is stuck in a C library must not keep the process.
        logging.shutdown()
        os._exit(code)


def main(link_fd: int) -> None:
    """Serve until the web process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(link_fd))
