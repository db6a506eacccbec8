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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings

from apps.kafka.clusters import ClusterError
from apps.kafka.duties import Away
from apps.kafka.embedded import warm_up
from apps.kafka.external import forget_room
from apps.kafka.producer import Delivery
from apps.kafka.survey import survey
from apps.rooms import outage
from apps.rooms.hosting import HostedRoom, external_of
from apps.rooms.link import Head, Link, LinkClosed
from apps.rooms.lookout import CLUSTER, LASTING
from apps.rooms.projections import DatabaseThread
from apps.scenarios.base import SHARE_GROUP
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

TICK = 0.05
_PULSE = 1.0
_FROZEN = 600.0
"""Seconds: it also counts those in which this process was stopped, from which it is to come back."""
_FAREWELL = 1.5
_PATIENCE = 5.0
_BUSY = "Many records are being read back, or the brokers are slow to answer. Try again in a moment."


class Runner:
    """Answers the web process. Quick calls run in the loop, those that ask brokers in threads."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._rooms: dict[str, HostedRoom] = {}
        self._gates: dict[str, asyncio.Lock] = {}
        self._readings: dict[str, asyncio.Lock] = {}
        self._database = DatabaseThread()
        # Apart from all else: brokers that are slow or away hold these, and nobody else may wait for them.
        self._asking = ThreadPoolExecutor(3 * settings.KAFKAVIZ_ROOMS_PER_RUNNER, thread_name_prefix="asking")
        self._tasks: set[asyncio.Task[None]] = set()
        self._delivered: deque[tuple[Head, Delivery]] = deque()
        self._waking, self._loop = False, asyncio.get_running_loop()

    async def run(self) -> None:
        """Returns when the link is closed."""
        if not settings.KAFKA:
            await asyncio.to_thread(_warm_up)
        self._spawn(self._tick())
        self._spawn(self._pulse())
        try:
            while True:
                head, _ = await self._link.receive()
                self._take(head)
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
            case "control" | "ledger" | "totals" | "trace":
                self._spawn(self._later(head, functools.partial(self._ask, head)))
            case "record":
                self._spawn(self._read_back(head))
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
            case "ledger":
                return room.run.ledger()
            case "trace":
                return room.trace(head["head"])
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
        except Refused as refusal:
            self._reply(head, functools.partial(_raise, refusal))

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

    async def _later(self, head: Head, work: Callable[[], dict[str, Any]]) -> None:
        """`work` in a thread; its answer, or its error, from the loop."""
        try:
            value = await asyncio.to_thread(work)
        except Exception as error:
            failure = error
            self._reply(head, lambda: _raise(failure))
        else:
            self._reply(head, lambda: value)

    async def _read_back(self, head: Head) -> None:
        """One at a time in a room, and none that waited long: brokers that do not answer must not take all threads."""
        asked = time.monotonic()

        def work() -> dict[str, Any]:
            place = (head[name] for name in ("topic", "partition", "offset"))
            return self._room(head).record(*place)

        async with self._readings.setdefault(head["room"], asyncio.Lock()):
            if time.monotonic() - asked < _PATIENCE:
                await self._later(head, work)
            else:
                self._reply(head, lambda: _raise(Refused("no-answer", _BUSY)))

    async def _open(self, head: Head) -> None:
        def work() -> dict[str, Any]:
            if older := self._rooms.pop(head["room"], None):
                older.close()
            room = HostedRoom(head, self._database)
            self._rooms[room.code] = room
            return room.describe()

        async with self._gate(head):
            await self._later(head, work)

    def _gate(self, head: Head) -> asyncio.Lock:
        """One at a time opens or closes a room: who closes it waits for an opening that takes long."""
        return self._gates.setdefault(head["room"], asyncio.Lock())

    async def _close(self, head: Head) -> None:
        def work() -> dict[str, Any]:
            if room := self._rooms.pop(head["room"], None):
                room.close()
            return {}

        async with self._gate(head):
            await self._later(head, work)

    def _tell_room(self, head: Head) -> None:
        room = self._rooms.get(head["room"])
        if room and head["do"] == "pace":
            room.feed.bytes_a_second = head["bytes"]
        elif room:
            room.notice = head["words"]

    def _send_backlog(self, code: str) -> None:
        room = self._rooms.get(code)
        if not room:
            return
        self._send_frame(room, time.monotonic())
        backlog = room.backlog()
        self._link.send({"is": "backlog", "room": code, "seq": room.feed.seq}, backlog)

    def _send_frame(self, room: HostedRoom, now: float) -> None:
        frame = room.frame(now)
        if frame:
            self._link.send({"is": "frame", "room": room.code, "seq": room.feed.seq}, frame)
        if acked := room.acked_anew():
            # Should we die, this is how many records the log was last seen to hold.
            self._link.send({"is": "acked", "room": room.code, "acked": acked})

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            for room in list(self._rooms.values()):
                try:
                    self._send_frame(room, now)
                except Exception:
                    # One room's frame is lost, its viewers ask for the backlog, and no other room notices.
                    logger.exception("A frame of room %s was lost", room.code)

    async def _pulse(self) -> None:
        """Tell that we live; have the kernel end us if this loop stands still, as a client can freeze a process.

        The web process ends us long before that, unless it has died.
        """
        while True:
            signal.setitimer(signal.ITIMER_REAL, _FROZEN)
            self._link.send({"is": "pulse", "rooms": [room.figures for room in self._rooms.values()]})
            for room in list(self._rooms.values()):
                if room.outdated:
                    self._spawn(self._end(room))
                    continue
                if room.run.changed_logs:
                    topics = sorted(room.run.changed_logs)
                    self._link.send({"is": "changed", "room": room.code, "topics": topics})
                    continue
                for question in (room.look, room.identify, room.sample):
                    self._spawn(self._ask_brokers(question))
            await asyncio.sleep(_PULSE)

    async def _ask_brokers(self, question: Callable[[], None]) -> None:
        await self._loop.run_in_executor(self._asking, question)

    async def _end(self, room: HostedRoom) -> None:
        """A life of a room that has a newer one, as when the web process was killed and started again at once."""
        async with self._gate({"room": room.code}):
            if self._rooms.get(room.code) is room:
                del self._rooms[room.code]
                logger.info("Room %s has a newer life, so its life %d ends", room.code, room.incarnation)
                await asyncio.to_thread(room.close)

    async def _close_all(self) -> None:
        rooms, self._rooms = list(self._rooms.values()), {}
        closing = [asyncio.create_task(asyncio.to_thread(room.close)) for room in rooms]
        if closing:
            await asyncio.wait(closing, timeout=_FAREWELL)


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
    try:
        reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=link_fd))
        await Runner(Link(reader, writer)).run()
    except Exception:
        logger.exception("The runner stopped")
    finally:
        # At once: a thread that is stuck in a C library must not keep the process.
        logging.shutdown()
        os._exit(0)


def main(link_fd: int) -> None:
    """Serve until the web process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(link_fd))
