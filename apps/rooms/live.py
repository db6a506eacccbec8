"""The rooms that are awake, from the web process: which life of each is open, where it is, and who watches."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.rooms import deadlines, notices, outage
from apps.rooms.audience import Audience, Viewer
from apps.rooms.janitor import Janitor
from apps.rooms.linkmessages import (
    Acked,
    Backlog,
    Close,
    Failed,
    Forget,
    Frame,
    News,
    Open,
    OtherLogs,
    RoomMessage,
    SendBacklog,
    Survey,
)
from apps.rooms.liveroom import LiveRoom
from apps.rooms.lookout import CLUSTER, Lookout, external
from apps.rooms.models import Door, Progress, Projection, Room
from apps.rooms.passing import Passing
from apps.rooms.places import ENDED, Full, gave_way, giving_way, over
from apps.rooms.process import RunnerProcess
from apps.rooms.revival import Revival
from apps.rooms.runners import Runners
from apps.rooms.setups import Setup
from apps.rooms.spells import Spell
from apps.rooms.sweeping import Sweeping
from apps.rooms.tasks import faults, kept_up, lasting, minded
from apps.scenarios.refusals import Refused

__all__ = ["ENDED", "Full", "LiveRoom", "Rooms", "over", "rooms"]
"""What pages and sockets need of rooms."""
logger = logging.getLogger(__name__)
Forgets = Callable[[], Awaitable[None]]


class Rooms:
    """All rooms that are awake. Belongs to the web process's loop."""

    def __init__(self) -> None:
        self.runners = Runners(self._heard, self._died)
        self._awake: dict[str, LiveRoom] = {}
        self._opening: dict[str, asyncio.Future[LiveRoom]] = {}
        self._audiences: dict[str, Audience] = {}
        self._stillborn: dict[str, int] = {}
        """Lives that failed while they were being opened, by room."""
        self._starting = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._lookout = Lookout(self.ask_any)
        self._passing, self._janitor = Passing(), Janitor()
        self._sweeping = Sweeping(self, self._janitor)
        self._revival = Revival(self._lookout.report, self._give_up)
        self._full = Spell(
            logger, logging.WARNING, "Rooms are refused", "There is place for one more room again"
        )

    async def start(self) -> None:
        """Have one runner ready, so that the first room opens at once. Raises Refused if settings forbid all rooms."""
        await self.runners.add()
        await self._lookout.look()
        loops = {**self._sweeping.loops, "the passing on of frames": self._passing.pass_on}
        for name, work in loops.items():
            self.spawn(kept_up(name, work))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._lookout.close()
        for audience in self._audiences.values():
            audience.close()
        await self.runners.stop()

    @property
    def awake(self) -> int:
        return len(self._awake)

    @property
    def trouble(self) -> str:
        """Why no room can be opened just now, in a sentence; empty if they can."""
        return outage.trouble() or self._lookout.trouble

    @property
    def awake_rooms(self) -> list[LiveRoom]:
        return list(self._awake.values())

    def is_held(self, code: str) -> bool:
        """Whether the room is open, or being opened."""
        return code in self._awake or code in self._opening

    def find(self, code: str) -> LiveRoom | None:
        return self._awake.get(code)

    async def wake(self, room: Room, asker: str) -> LiveRoom:
        """The open room, opening it first if it sleeps: then `asker` is whom its place is counted for.

        Raises Full or Refused.
        """
        if room.door == Door.ENDED:
            raise over()
        live = self._awake.get(room.code)
        if live:
            live.audience.touch()
            return live
        if room.code == self._janitor.forgetting:
            raise Refused("room-restarting", "This room is just being deleted, as nobody used it for long.")
        if self._lookout.trouble:
            raise Refused(CLUSTER, self._lookout.trouble)
        opening = self._opening.get(room.code)
        if not opening:
            opening = self._while_opening(room.code, self._open(room, asker, notices.after_sleep))
        return await _soon(opening)

    async def make(
        self, scenario: str, asker: str, hosted: bool = False, setup: Setup | None = None
    ) -> tuple[Room, LiveRoom]:
        """A new room, open. Raises Full or Refused, and then there is none.

        On Kafka its topics may be there already, so that one is left to the janitor.
        """
        if settings.KAFKA and await Room.objects.acount() >= settings.KAFKAVIZ_KAFKA_ROOMS:
            raise Full(
                _(
                    "The Kafka of this server holds as many rooms as it may. Unused ones are deleted after a while."
                )
            )
        stored = setup.stored if setup else {}
        room = await Room.objects.acreate(scenario=scenario, hosted=hosted, setup=stored)
        try:
            return room, await self.wake(room, asker)
        except (Full, Refused):
            if not settings.KAFKA:
                await room.adelete()
            raise

    async def close(self, room: Room) -> None:
        """Nobody watches any more, and nothing runs. Its log stays on Kafka until the janitor comes."""
        while self.is_held(room.code):
            if audience := self._audiences.get(room.code):
                # Also of a room that is coming back: it would be tried for as long as somebody watches.
                await audience.end(over())
            if opening := self._opening.get(room.code):
                await asyncio.wait([opening])
            if live := self._awake.get(room.code):
                await self.sleep(live)

    async def reset(self, room: Room, forget: Forgets | None = None) -> LiveRoom:
        """Begin anew: an empty log, and nothing made of it. Who watches stays, and meanwhile it is tried again and
        again. `forget` is called between the old log and the new one. Raises Full or Refused."""
        while opening := self._opening.get(room.code):
            await asyncio.wait([opening])
        old = self._awake.pop(room.code, None)
        if old:
            old.audience.pause()
            old.runner.rooms.discard(room.code)
        opening = self._while_opening(room.code, self._begin_anew(room, old, forget))
        return await _soon(opening)

    async def _begin_anew(self, room: Room, old: LiveRoom | None, forget: Forgets | None) -> LiveRoom:
        if not old:
            return await self._open_anew(room, "", forget)
        await self._let_close(old)
        return await self._revival.of(old, lambda: self._open_anew(room, old.asker, forget))

    async def _open_anew(self, room: Room, asker: str, forget: Forgets | None) -> LiveRoom:
        with outage.refused():
            if forget:
                await forget()
            for made in (Projection, Progress):
                await made.objects.filter(room=room).adelete()
            await Room.objects.filter(pk=room.pk).aupdate(logs={}, partitions={})
        if settings.KAFKA:
            await self.ask_any(Forget(room.code, external()))
        return await self._open(room, asker, notices.after_reset)

    def _while_opening(self, code: str, work: Coroutine[Any, Any, LiveRoom]) -> asyncio.Future[LiveRoom]:
        """Whoever asks for the room meanwhile waits for the same opening."""

        def done(opened: asyncio.Future[LiveRoom]) -> None:
            if self._opening.get(code) is opened:
                del self._opening[code]
            error = None if opened.cancelled() else opened.exception()
            if error:
                self._lookout.report(error)
                if not _told_already(error):
                    logger.warning("Room %s did not open: %s", code, error)

        opening = self._opening[code] = lasting(_with_a_connection(work))
        opening.add_done_callback(done)
        return opening

    async def join(self, room: Room, viewer: Viewer, asker: str) -> LiveRoom:
        """Let a viewer in. Raises Full or Refused."""
        while True:
            live = await self.wake(room, asker)
            if len(live.audience) >= settings.KAFKAVIZ_SOCKETS_PER_ROOM:
                raise Full("This room is full. Make a room of your own, or try again later.")
            if await live.audience.join(viewer):
                return live

    async def _open(
        self, room: Room, asker: str, notice: notices.Notice, acked: Mapping[str, int] | None = None
    ) -> LiveRoom:
        runner = await self._place(asker)
        runner.rooms.add(room.code)
        try:
            with outage.refused():
                words = await notice(room, acked or {})
                await _begin_life(room)
            facts = await runner.call(_opening(room, words))
            room.partitions = facts["partitions"]
            self._mind_early_end(room, runner)
        except BaseException:
            runner.rooms.discard(room.code)
            # It may still open after we have given up waiting, and must not live beside the next attempt.
            if runner.alive:
                runner.tell(Close(room.code, room.incarnation))
            raise
        finally:
            self._stillborn.pop(room.code, None)
        audience = self._audiences.get(room.code)
        if not audience:
            audience = self._audiences[room.code] = Audience(
                room.code, functools.partial(self._ask_backlog, room.code)
            )
        live = self._awake[room.code] = LiveRoom(
            room.code, runner, room.incarnation, facts, audience, asker, room.hosted, room.epoch
        )
        audience.touch()
        audience.restart()
        return live

    def _mind_early_end(self, room: Room, runner: RunnerProcess) -> None:
        """Its runner's answer may have come together with the news that it has died, or that the room has failed, when
        the room was not awake yet. Raises Refused."""
        if not runner.alive or self._stillborn.get(room.code) == room.incarnation:
            raise Refused("room-restarting", "The room ended as it opened. Try again in a moment.")

    async def _place(self, asker: str) -> RunnerProcess:
        """A runner with room for one more. Raises Full."""
        runner = await self._find_place(asker)
        if not runner:
            full = Full("All rooms of this server are in use just now. Try again in a few minutes.")
            self._full.met(full)
            raise full
        self._full.over()
        return runner

    async def _find_place(self, asker: str) -> RunnerProcess | None:
        """Sends another room to sleep if need be."""
        async with self._starting:
            if runner := self.runners.free():
                return runner
            if self.runners.may_add:
                return await self.runners.add()
            share, now = settings.KAFKAVIZ_ROOMS_PER_ADDRESS, time.monotonic()
            other = giving_way(self._awake.values(), asker, share, now)
            if other and self._put_away(other):
                # Not waited for: it may take long, and whoever wants a place waits here.
                self.spawn(self._give_way(other))
            return self.runners.free()

    def idle(self, seconds: float) -> list[LiveRoom]:
        """Rooms without viewers for so long, the longest first."""
        idle = [live for live in self._awake.values() if live.is_idle(seconds)]
        return sorted(idle, key=lambda live: live.audience.empty_since)

    async def ask_any(self, question: Survey | Forget) -> dict[str, Any]:
        """A question that any runner can answer. Raises Refused."""
        return await self.runners.ask_any(question)

    async def sleep(self, live: LiveRoom) -> None:
        if self._put_away(live):
            await self._let_go(live)

    def _put_away(self, live: LiveRoom) -> bool:
        """False if that life of the room is over already."""
        if self._awake.get(live.code) is not live:
            return False
        del self._awake[live.code]
        self._audiences.pop(live.code).close()
        live.runner.rooms.discard(live.code)
        return True

    async def _give_way(self, live: LiveRoom) -> None:
        await live.audience.end(gave_way())
        await self._let_go(live)

    async def _let_go(self, live: LiveRoom) -> None:
        await self._let_close(live)
        try:
            await Room.objects.filter(code=live.code).aupdate(used_at=timezone.now())
        except outage.AWAY as error:
            outage.spell.met(error)

    async def _let_close(self, live: LiveRoom) -> None:
        try:
            await live.runner.call(Close(live.code, live.incarnation))
        except Refused as refusal:
            logger.info("Room %s was closed already: %s", live.code, refusal.message)

    def _ask_backlog(self, code: str, number: int) -> None:
        live = self._awake.get(code)
        if live:
            live.runner.tell(SendBacklog(code, number))

    def _heard(self, message: RoomMessage) -> None:
        live = self._awake.get(message.room)
        if isinstance(message, Failed) and message.room in self._opening:
            self._stillborn[message.room] = message.life
        if not live or live.incarnation != message.life:
            return  # of a life that is over, or not open yet: viewers follow no other than the one they know
        match message:
            case Frame() | Backlog():
                self._passing.put(message)
            case Acked():
                live.acked = message.acked
            case Failed():
                self._failed(live)
            case News():
                live.audience.restart()
            case OtherLogs():
                self._has_other_logs(live)

    def _died(self, runner: RunnerProcess) -> None:
        for live in [live for live in self._awake.values() if live.runner is runner]:
            self._come_back(live, notices.after_death)

    def _failed(self, live: LiveRoom) -> None:
        """A fault ended this room alone: its runner and the others in it go on."""
        faults["a room"] += 1
        live.runner.rooms.discard(live.code)
        soon = time.monotonic() - live.since < deadlines.STABLE
        self._come_back(live, notices.after_fault, deadlines.REVIVALS[-1] if soon else 0.0)

    def _has_other_logs(self, live: LiveRoom) -> None:
        """A life of a room is one of its logs: the next begins with the new ones."""
        live.runner.rooms.discard(live.code)
        self._come_back(live, notices.after_other_logs, alive=True)

    def _come_back(
        self, live: LiveRoom, notice: notices.Notice, pause: float = 0.0, alive: bool = False
    ) -> None:
        del self._awake[live.code]
        live.audience.pause()

        async def open_again() -> LiveRoom:
            if alive:
                await self._let_close(live)
            return await self._open(await _stored(live.code), live.asker, notice, live.acked)

        self._while_opening(live.code, self._revival.of(live, open_again, pause))

    def _give_up(self, dead: LiveRoom) -> None:
        """Nobody watches the room, and it does not open."""
        self._audiences.pop(dead.code, None)
        dead.audience.close()

    def spawn(self, work: Any) -> None:
        task = lasting(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(minded)


async def _soon(opening: asyncio.Future[LiveRoom]) -> LiveRoom:
    """Nobody waits for as long as brokers are away, and who leaves the page does not leave the room half open.

    Raises Full or Refused.
    """
    try:
        return await asyncio.wait_for(asyncio.shield(opening), deadlines.ANSWER)
    except TimeoutError:
        raise Refused("room-restarting", "The room is coming back. Try again in a moment.") from None


async def _with_a_connection(work: Coroutine[Any, Any, LiveRoom]) -> LiveRoom:
    """A request tries its connection to the database first. This is none, and its own may have been cut long ago."""
    await sync_to_async(close_old_connections)()
    return await work


def _told_already(error: BaseException) -> bool:
    """Whether the log has it from who found the trouble: it is everybody's, and not this room's."""
    return isinstance(error, Full) or (isinstance(error, Refused) and error.code == outage.DATABASE)


async def _stored(code: str) -> Room:
    """Raises Refused."""
    with outage.refused():
        return await Room.objects.aget(code=code)


async def _begin_life(room: Room) -> None:
    """Counted by the database: no two lives may bear one number, for the newest alone may write. Raises Refused."""
    row = Room.objects.filter(pk=room.pk)
    if not await row.aupdate(incarnation=F("incarnation") + 1, used_at=timezone.now()):
        raise Refused("unknown-room", "This room has just been deleted, as nobody used it for long.")
    await room.arefresh_from_db()


def _opening(room: Room, words: notices.Notices) -> Open:
    return Open(
        room=room.code,
        room_id=room.pk,
        scenario=room.scenario,
        setup=room.setup,
        incarnation=room.incarnation,
        log=room.log,
        logs=room.logs,
        partitions=room.partitions,
        notices=words,
        external=external(),
        members=settings.KAFKAVIZ_MEMBERS_PER_GROUP,
    )


rooms = Rooms()
