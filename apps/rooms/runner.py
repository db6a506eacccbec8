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
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from apps.kafka.clusters import ClusterError
from apps.kafka.duties import Away
from apps.kafka.embedded import warm_up
from apps.kafka.external import forget_room
from apps.kafka.outgoing import Delivery
from apps.kafka.survey import survey
from apps.rooms import deadlines, outage
from apps.rooms.gates import Gates
from apps.rooms.hosting import HostedRoom, external_of
from apps.rooms.link import Link, LinkClosed
from apps.rooms.linkmessages import (
    Acked,
    Act,
    Backlog,
    Close,
    Control,
    Deliver,
    Failed,
    Forget,
    Frame,
    Ledger,
    Message,
    News,
    Notice,
    NotUnderstood,
    Open,
    OtherLogs,
    Pace,
    Packed,
    Pulse,
    Record,
    Refusal,
    Reply,
    SendBacklog,
    Survey,
    Totals,
    Trace,
)
from apps.rooms.lookout import CLUSTER, LASTING
from apps.rooms.projections import DatabaseThread
from apps.rooms.tasks import kept_up, minded
from apps.scenarios.base import SHARE_GROUP
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

_NEVER = float("-inf")
"""A moment at which no frame is due: hops join meanwhile."""
_THREADS = 32
"""For what takes a while, such as to open, change and close rooms."""
_KEPT = 8
"""Of these, what is left to opening and closing however much is changed."""
QUESTIONS = ("brokers", "lag", "logs", "account", "record")
"""What a room's brokers are asked for, each by itself: the first three each second, the others by who comes."""
Answer = Reply | Packed
_CROWDED = "Much is being changed in this room just now. Try again in a moment."
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
        # However many controls are used, some threads are left for opening and closing rooms.
        self._controls_at_once = max(1, (_THREADS - _KEPT) // settings.KAFKAVIZ_ROOMS_PER_RUNNER)
        self._tasks: set[asyncio.Task[None]] = set()
        self._delivered: deque[tuple[int, dict[str, Any], Delivery]] = deque()
        """The number of whoever waits, what it is answered besides the place, and what the brokers said."""
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
                message, number = await self._link.receive()
                try:
                    self._take(message, number)
                except NotUnderstood:
                    raise
                except Exception:
                    logger.exception("What the web process said is lost: %s", type(message).__name__)
        except LinkClosed:
            logger.debug("The web process has closed its link")
        finally:
            await self._close_all()

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(minded)

    def _take(self, message: Message, number: int) -> None:
        match message:
            case Act():
                self._reply(number, functools.partial(self._act, message))
            case Deliver():
                self._deliver(message, number)
            case SendBacklog():
                self._send_backlog(message)
            case Open():
                self._spawn(self._open(message, number))
            case Close():
                self._spawn(self._close(message, number))
            case Control() | Trace():
                self._spawn(self._use(message, number))
            case Ledger() | Totals() | Record():
                self._spawn(self._put_to_brokers(message, number))
            case Pace() | Notice():
                self._tell_room(message)
            case Survey() | Forget():
                self._spawn(self._later(number, functools.partial(_on_kafka, message)))
            case _:
                raise NotUnderstood(f"A web process does not say {type(message).__name__}.")

    def _room(self, code: str) -> HostedRoom:
        room = self._rooms.get(code)
        if not room:
            raise Refused("room-closed", "The room has just closed. Open it again.")
        return room

    def _act(self, message: Act) -> Answer:
        return Reply(self._room(message.room).act(message.action, message.data))

    def _ask(self, message: Control | Trace | Ledger | Totals | Record) -> Answer:
        room = self._room(message.room)
        match message:
            case Control():
                return Reply(room.control(message.name, message.values))
            case Trace():
                return Packed(room.trace(message.head))
            case Ledger():
                return Reply(room.run.ledger())
            case Record():
                return Reply(room.record(message.topic, message.partition, message.offset))
            case Totals():
                return Reply(room.totals())

    def _reply(self, number: int, work: Callable[[], Answer]) -> None:
        """To the question of that number; to 0, that nobody waits for, nothing is said."""
        answer: Answer | Refusal
        try:
            answer = work()
            if number:
                self._link.send(answer, number)
            return
        except Refused as refusal:
            answer = Refusal(refusal.code, refusal.message)
        except ClusterError as error:
            answer = Refusal(LASTING if error.lasting else CLUSTER, str(error))
        except Away as error:
            answer = Refusal(outage.DATABASE, str(error))
        except Exception:
            logger.exception("A request failed")
            answer = Refusal("fault", "Something went wrong here; it has been logged.")
        if number:
            self._link.send(answer, number)

    def _deliver(self, message: Deliver, number: int) -> None:
        """Press an action; the reply waits for the brokers'."""
        accepted: dict[str, Any] = {}

        def delivered(delivery: Delivery) -> None:
            """In a producer's thread, which tells of many at once: they wake the loop once."""
            self._delivered.append((number, accepted, delivery))
            if not self._waking:
                self._waking = True
                self._loop.call_soon_threadsafe(self._tell_delivered)

        try:
            accepted |= self._room(message.room).deliver(
                message.action, message.data, message.person, delivered
            )
        except Exception as error:
            self._reply(number, functools.partial(_raise, error))

    def _tell_delivered(self) -> None:
        self._waking = False
        while self._delivered:
            number, accepted, delivery = self._delivered.popleft()
            self._reply(number, functools.partial(_stored_or_not, accepted, delivery))

    async def _later(
        self, number: int, work: Callable[[], Answer], threads: ThreadPoolExecutor | None = None
    ) -> None:
        """`work` in a thread; its answer, or its error, from the loop."""
        try:
            answer = await self._loop.run_in_executor(threads, work)
        except Exception as error:
            failure = error
            self._reply(number, lambda: _raise(failure))
        else:
            self._reply(number, lambda: answer)

    async def _put_to_brokers(self, message: Ledger | Totals | Record, number: int) -> None:
        """One of a kind at a time in a room, and none that waited long: brokers may not answer."""
        kind = "record" if isinstance(message, Record) else "account"
        try:
            async with self._gates.passed(f"{kind} {message.room}", deadlines.GATE):
                await self._later(number, functools.partial(self._ask, message), self._asking)
        except TimeoutError:
            self._reply(number, lambda: _raise(Refused("no-answer", _BUSY)))

    async def _use(self, message: Control | Trace, number: int) -> None:
        """Some at a time in a room, for they may wait for members or brokers: openings need the same threads."""
        try:
            async with self._gates.passed(
                f"control {message.room}", deadlines.CONTROL_GATE, self._controls_at_once
            ):
                await self._later(number, functools.partial(self._ask, message))
        except TimeoutError:
            self._reply(number, lambda: _raise(Refused("no-answer", _CROWDED)))

    async def _open(self, message: Open, number: int) -> None:
        def work() -> Answer:
            if older := self._rooms.pop(message.room, None):
                older.close()
            room = HostedRoom(message, self._database)
            self._rooms[room.code] = room
            return Reply(room.describe())

        # One at a time opens or closes a room: who closes it waits for an opening that takes long.
        async with self._gates.passed(message.room):
            await self._later(number, work)

    async def _close(self, message: Close, number: int) -> None:
        def work() -> Answer:
            room = self._rooms.get(message.room)
            if room and room.incarnation <= message.life:
                del self._rooms[message.room]
                room.close()
            return Reply({})

        async with self._gates.passed(message.room):
            await self._later(number, work)

    def _tell_room(self, message: Pace | Notice) -> None:
        room = self._rooms.get(message.room)
        if room and isinstance(message, Pace):
            room.feed.bytes_a_second = message.bytes_a_second
        elif room and isinstance(message, Notice):
            room.notice = message.words

    def _send_backlog(self, message: SendBacklog) -> None:
        if room := self._rooms.get(message.room):
            with self._alone(room):
                self._send_frame(room, time.monotonic())
                backlog = room.backlog()
                self._link.send(Backlog(room.code, room.incarnation, room.feed.seq, message.asked, backlog))

    def _send_frame(self, room: HostedRoom, now: float) -> None:
        frame = room.frame(now)
        if frame:
            self._link.send(Frame(room.code, room.incarnation, room.feed.seq, frame))
        if acked := room.acked_anew():
            self._link.send(Acked(room.code, room.incarnation, acked))

    @contextmanager
    def _alone(self, room: HostedRoom) -> Iterator[None]:
        """What fails in here ends this room, and no other: the web process opens it again."""
        try:
            yield
        except Exception:
            logger.exception("A fault ended room %s", room.code)
            self._link.send(Failed(room.code, room.incarnation))
            self._spawn(self._end(room))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(deadlines.TICK)
            now = _NEVER if self._link.clogged else time.monotonic()
            for room in list(self._rooms.values()):
                with self._alone(room):
                    self._send_frame(room, now)

    async def _pulse(self) -> None:
        """Tell that we live; have the kernel end us if this loop stands still, as a client can freeze a process.

        The web process ends us long before that, unless it has died.
        """
        while True:
            signal.setitimer(signal.ITIMER_REAL, deadlines.FROZEN)
            figures: list[dict[str, Any]] = []
            for room in list(self._rooms.values()):
                with self._alone(room):
                    figures.append(room.figures)
                    self._look_after(room)
            self._link.send(Pulse(figures))
            await asyncio.sleep(deadlines.PULSE)

    def _look_after(self, room: HostedRoom) -> None:
        if room.outdated:
            logger.info("Room %s has a newer life, so its life %d ends", room.code, room.incarnation)
            self._spawn(self._end(room))
            return
        if room.has_other_logs:
            logger.warning("Room %s has other logs, so its life %d ends", room.code, room.incarnation)
            self._link.send(OtherLogs(room.code, room.incarnation))
            return
        if room.has_news_of_logs():
            self._link.send(News(room.code, room.incarnation))
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
            await asyncio.wait(closing, timeout=deadlines.ROOMS_CLOSE)


def _warm_up() -> None:
    try:
        warm_up()
    except ClusterError as error:
        logger.warning("%s", error)


def _on_kafka(message: Survey | Forget) -> Answer:
    """Whether rooms can work on the external Kafka, or that a room's topics and groups be gone. Raises ClusterError."""
    external = external_of(message.external)
    if not external:
        return Reply({})
    if isinstance(message, Survey):
        return Reply({"brokers": survey(external).brokers})
    forget_room(external, message.room, [SHARE_GROUP])
    return Reply({})


def _stored_or_not(accepted: Mapping[str, Any], delivery: Delivery) -> Answer:
    if delivery.error:
        raise Refused("not-stored", f"Kafka did not store it: {delivery.error}")
    return Reply({**accepted, "partition": delivery.partition, "offset": delivery.offset})


def _raise(error: Exception) -> Answer:
    raise error


async def _serve(link_fd: int) -> None:
    code = 1
    try:
        await Runner(await Link.over(socket.socket(fileno=link_fd))).run()
        code = 0
    except NotUnderstood as error:
        logger.error("The runner leaves. %s", error)
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
