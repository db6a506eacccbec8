"""The rooms that are awake, from the web process: which runner holds each, who watches, when it sleeps."""

from __future__ import annotations

import asyncio
import base64
import itertools
import logging
import time
from collections.abc import Coroutine, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.rooms import counters, notices, outage
from apps.rooms.audience import Audience, Viewer, layer_group
from apps.rooms.janitor import Janitor, forget_old_traces
from apps.rooms.link import Head
from apps.rooms.lookout import CLUSTER, Lookout
from apps.rooms.models import Door, Progress, Projection, Room
from apps.rooms.patience import Naps, clock
from apps.rooms.places import gave_way, giving_way
from apps.rooms.process import RunnerProcess
from apps.rooms.setups import Setup
from apps.rooms.spells import Spell
from apps.rooms.tasks import faults, kept_up, lasting
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

ENDED = "ended"
_LOOK = 1.0
_SWEEP = 5.0
_MOST_FRAMES = 2_000
"""That wait to be passed on: some seconds of all rooms. Who misses one sees the gap, and asks for a backlog."""
_STANDSTILL = 10.0
"""Seconds for which this process must have stood still for everybody to be told so."""
_REVIVALS = (0.5, 2.0, 5.0)
_STABLE = 30.0
"""Seconds: a room that fails sooner after it has opened comes back after a pause, for it may fail again."""
_LOOKS = ("state", "send-crowd-home")
"""Controls that nobody uses: a page asks how things are, and we ourselves tidy up."""


class Full(Exception):
    """A cap is reached; the text is for people."""

    code = "full"


@dataclass
class LiveRoom:
    """A handle on an open room. Nothing that holds one knows where its runner is."""

    code: str
    runner: RunnerProcess
    incarnation: int
    facts: Mapping[str, Any]
    audience: Audience
    asker: str
    """From whose address it was opened."""
    hosted: bool = False
    epoch: int = 1
    acked: Mapping[str, int] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)
    quiet_since: float = 0.0
    """Since when nobody watches, as it was when its crowd was sent home."""
    used: float = field(default_factory=time.monotonic)
    """When somebody last pressed anything."""

    @property
    def watched(self) -> bool:
        return len(self.audience) > 0

    @property
    def empty_since(self) -> float:
        return self.audience.empty_since

    def act(self, action: str, data: Mapping[str, Any]) -> asyncio.Future[dict[str, Any]]:
        """Answers with `trace`, `key` and `card`, or raises Refused."""
        self.used = time.monotonic()
        return self.runner.ask({"do": "act", "room": self.code, "action": action, "data": data})

    def deliver(
        self, action: str, data: Mapping[str, Any] | None = None, person: str = ""
    ) -> asyncio.Future[dict[str, Any]]:
        """Press an action; answers as `act`, with `topic`, `partition` and `offset`, when the brokers have stored the
        record, or raises Refused. `person`: who presses, in a class."""
        self.used = time.monotonic()
        what = {"action": action, "data": data or {}, "person": person}
        return self.runner.ask({"do": "deliver", "room": self.code, **what})

    async def control(self, name: str, **values: Any) -> dict[str, Any]:
        if name not in _LOOKS:
            self.used = time.monotonic()
        return await self.runner.call({"do": "control", "room": self.code, "name": name, "values": values})

    def befell(self, words: str) -> None:
        """Everybody starts afresh, from a backlog that says what befell the room."""
        self.runner.tell({"do": "notice", "room": self.code, "words": words, "id": 0})
        self.audience.restart()

    def pace(self, bytes_a_second: int) -> None:
        """What each viewer may be sent from now on; a new life of the room begins with the usual."""
        self.runner.tell({"do": "pace", "room": self.code, "bytes": bytes_a_second, "id": 0})

    async def totals(self) -> dict[str, Any]:
        return await self.runner.call({"do": "totals", "room": self.code})

    async def ledger(self) -> dict[str, Any]:
        return await self.runner.call({"do": "ledger", "room": self.code})

    async def trace(self, head: Mapping[str, Any]) -> bytes:
        """What was recorded of the room lately, compressed; `head` is what its first line tells."""
        answer = await self.runner.call({"do": "trace", "room": self.code, "head": head})
        return base64.b64decode(answer["trace"])

    async def record(self, topic: str, partition: int, offset: int) -> dict[str, Any]:
        """What the brokers keep there. Raises Refused, also when there is no such record."""
        place = {"topic": topic, "partition": partition, "offset": offset}
        return await self.runner.call({"do": "record", "room": self.code, **place})


class Rooms:
    """All rooms that are awake. Belongs to the web process's loop."""

    def __init__(self) -> None:
        self._runners: list[RunnerProcess] = []
        self._awake: dict[str, LiveRoom] = {}
        self._opening: dict[str, asyncio.Future[LiveRoom]] = {}
        self._audiences: dict[str, Audience] = {}
        self._starting = asyncio.Lock()
        self._frames: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(_MOST_FRAMES)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._lookout = Lookout(self._ask_any)
        self._janitor = Janitor()
        self._full = Spell(
            logger, logging.WARNING, "Rooms are refused", "There is place for one more room again"
        )

    async def start(self) -> None:
        """Have one runner ready, so that the first room opens at once. Raises Refused if settings forbid all rooms."""
        self._runners.append(await RunnerProcess.start(self._frame, self._died))
        await self._lookout.look()
        for name, work in (
            ("the sweep", self._sweep),
            ("the look for crowds", self._send_crowds_home),
            ("the look for standstills", self._tell_of_standstills),
            ("the passing on of frames", self._pass_on),
        ):
            self._spawn(kept_up(name, work))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._lookout.close()
        for audience in self._audiences.values():
            audience.close()
        await asyncio.gather(*(runner.stop() for runner in self._runners))

    @property
    def awake(self) -> int:
        return len(self._awake)

    @property
    def trouble(self) -> str:
        """Why no room can be opened just now, in a sentence; empty if they can."""
        return outage.trouble() or self._lookout.trouble

    @property
    def runners(self) -> int:
        return sum(runner.alive for runner in self._runners)

    @property
    def figures(self) -> list[dict[str, Any]]:
        """Of each room that is awake, as `RunnerProcess.figures`."""
        return [room for runner in self._runners for room in runner.figures]

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
        opening = self._opening.get(room.code)
        if not opening:
            if self._lookout.trouble:
                raise Refused(CLUSTER, self._lookout.trouble)
            opening = self._while_opening(room.code, self._open(room, asker, notices.after_sleep))
        return await asyncio.shield(opening)

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
        live = self._awake.get(room.code)
        if live:
            await live.audience.end(over())
            await self._sleep(live)

    async def reset(self, room: Room) -> LiveRoom:
        """Begin anew: an empty log, and nothing made of it. Who watches stays. Raises Full or Refused."""
        while opening := self._opening.get(room.code):
            await asyncio.wait([opening])
        live = self._awake.pop(room.code, None)
        if live:
            live.audience.pause()
            live.runner.rooms.discard(room.code)
        asker = live.asker if live else ""
        return await self._while_opening(room.code, self._begin_anew(room, live, asker))

    async def _begin_anew(self, room: Room, old: LiveRoom | None, asker: str) -> LiveRoom:
        if old:
            await self._let_close(old)
        with outage.refused():
            for made in (Projection, Progress):
                await made.objects.filter(room=room).adelete()
            await Room.objects.filter(pk=room.pk).aupdate(logs={})
        if settings.KAFKA:
            await self._ask_any({"do": "forget", "room": room.code})
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
        except BaseException:
            runner.rooms.discard(room.code)
            # It may still open after we have given up waiting, and must not live beside the next attempt.
            if runner.alive:
                runner.tell({"do": "close", "room": room.code, "id": 0})
            raise
        audience = self._audiences.get(room.code)
        if not audience:
            audience = self._audiences[room.code] = Audience(room.code, lambda: self._ask_backlog(room.code))
        live = self._awake[room.code] = LiveRoom(
            room.code, runner, room.incarnation, facts, audience, asker, room.hosted, room.epoch
        )
        audience.touch()
        audience.restart()
        return live

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
            runner = self._free_runner()
            if runner:
                return runner
            if len(self._runners) < settings.KAFKAVIZ_RUNNERS:
                runner = await RunnerProcess.start(self._frame, self._died)
                self._runners.append(runner)
                return runner
            share, now = settings.KAFKAVIZ_ROOMS_PER_ADDRESS, time.monotonic()
            other = giving_way(self._awake.values(), asker, share, now)
            if other and self._put_away(other):
                # Not waited for: it may take long, and whoever wants a place waits here.
                self._spawn(self._give_way(other))
            return self._free_runner()

    def _free_runner(self) -> RunnerProcess | None:
        free = [
            runner
            for runner in self._runners
            if runner.alive and len(runner.rooms) < settings.KAFKAVIZ_ROOMS_PER_RUNNER
        ]
        return min(free, key=lambda runner: len(runner.rooms), default=None)

    def _idle(self, seconds: float) -> list[LiveRoom]:
        """Rooms without viewers for so long, the longest first."""
        idle = [live for live in self._awake.values() if _is_idle(live, seconds)]
        return sorted(idle, key=lambda live: live.audience.empty_since)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            # What sockets and we ourselves ask runs in one thread for ever; requests look after their own.
            await sync_to_async(close_old_connections)()
            try:
                for live in self._idle(settings.KAFKAVIZ_SLEEP_AFTER):
                    # To let one go takes seconds, in which somebody may have come into the next.
                    if _is_idle(live, settings.KAFKAVIZ_SLEEP_AFTER):
                        await self._sleep(live)
                await self._janitor.forget_unused(
                    lambda code: code in self._awake or code in self._opening, self._ask_any
                )
                await forget_old_traces()
            except outage.AWAY as error:
                outage.spell.met(error)
            except DatabaseError:
                logger.exception("The sweep is left for the next time")
            else:
                outage.spell.over()

    async def _send_crowds_home(self) -> None:
        """A crowd that nobody watches any more costs others their time."""
        while True:
            await asyncio.sleep(_LOOK)
            for live in self._idle(settings.KAFKAVIZ_CROWD_ALONE):
                if live.quiet_since != live.audience.empty_since:
                    live.quiet_since = live.audience.empty_since
                    self._spawn(self._send_crowd_home(live))

    async def _send_crowd_home(self, live: LiveRoom) -> None:
        try:
            if (await live.control("send-crowd-home"))["went"]:
                logger.info("Room %s: nobody watches, so its crowd went home", live.code)
        except Refused as refusal:
            logger.info("Room %s: its crowd was gone already: %s", live.code, refusal.message)

    async def _tell_of_standstills(self) -> None:
        naps = Naps(clock())
        while True:
            await asyncio.sleep(_LOOK)
            slept = naps.ended(clock())
            if slept >= _STANDSTILL:
                logger.warning("This process stood still for %.0f s", slept)
                for live in list(self._awake.values()):
                    live.befell(notices.after_standstill(slept))

    async def _ask_any(self, head: Head) -> dict[str, Any]:
        """A question that any runner can answer. Raises Refused."""
        runner = next((runner for runner in self._runners if runner.alive), None)
        if not runner:
            raise Refused("room-restarting", "No runner is there just now. Try again in a moment.")
        return await runner.call({**head, "external": _external()})

    async def _sleep(self, live: LiveRoom) -> None:
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
            await live.runner.call({"do": "close", "room": live.code})
        except Refused as refusal:
            logger.info("Room %s was closed already: %s", live.code, refusal.message)

    def _ask_backlog(self, code: str) -> None:
        live = self._awake.get(code)
        if live:
            live.runner.tell({"do": "backlog", "room": code})

    def _frame(self, head: Head, body: str) -> None:
        live = self._awake.get(head["room"])
        if not live or live.incarnation != head["life"]:
            return  # of a life that is over, or not open yet: viewers follow no other than the one they know
        match head["is"]:
            case "acked":
                live.acked = head["acked"]
            case "failed":
                self._failed(live)
            case "news":
                live.audience.restart()
            case "other-logs":
                self._has_other_logs(live)
            case kind:
                message = {"type": f"room.{kind}", "seq": head["seq"], "text": body}
                try:
                    self._frames.put_nowait((layer_group(live.code), message))
                except asyncio.QueueFull:
                    # Who misses it asks for a backlog.
                    counters.dropped.inc()

    async def _pass_on(self) -> None:
        """Frames reach the sockets by the channel layer, one after another, so that their order holds."""
        layer: Any = get_channel_layer()
        while True:
            group, message = await self._frames.get()
            await layer.group_send(group, message)

    def _died(self, runner: RunnerProcess) -> None:
        counters.deaths.inc()
        self._runners.remove(runner)
        for live in [live for live in self._awake.values() if live.runner is runner]:
            self._come_back(live, notices.after_death)

    def _failed(self, live: LiveRoom) -> None:
        """A fault ended this room alone: its runner and the others in it go on."""
        faults["a room"] += 1
        live.runner.rooms.discard(live.code)
        soon = time.monotonic() - live.since < _STABLE
        self._come_back(live, notices.after_fault, _REVIVALS[-1] if soon else 0.0)

    def _has_other_logs(self, live: LiveRoom) -> None:
        """A life of a room is one of its logs: the next begins with the new ones."""
        live.runner.rooms.discard(live.code)
        self._come_back(live, notices.after_other_logs, alive=True)

    def _come_back(
        self, live: LiveRoom, notice: notices.Notice, pause: float = 0.0, alive: bool = False
    ) -> None:
        del self._awake[live.code]
        live.audience.pause()
        self._while_opening(live.code, self._revive(live, notice, pause, alive))

    async def _revive(
        self, dead: LiveRoom, notice: notices.Notice, pause: float, alive: bool = False
    ) -> LiveRoom:
        """Tries for as long as somebody watches, whatever is wrong: Kafka or the database may be away for a while."""
        code = dead.code
        if alive:
            await self._let_close(dead)
        await asyncio.sleep(pause)
        spell = Spell(
            logger, logging.WARNING, f"Room {code} is not back yet, and tried again", f"Room {code} is back"
        )
        for wait in itertools.chain(_REVIVALS, itertools.repeat(_REVIVALS[-1])):
            try:
                live = await self._open(await _stored(code), dead.asker, notice, dead.acked)
                spell.over()
                return live
            except Exception as error:
                if not dead.watched:
                    self._audiences.pop(code, None)
                    dead.audience.close()
                    raise
                if not isinstance(error, Full | Refused | DatabaseError):
                    logger.exception("Room %s can't come back by a fault", code)
                self._lookout.report(error)
                spell.met(error)
                await asyncio.sleep(wait)
                await sync_to_async(close_old_connections)()
        raise AssertionError("an endless chain ended")

    def _spawn(self, work: Any) -> None:
        task = lasting(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _with_a_connection(work: Coroutine[Any, Any, LiveRoom]) -> LiveRoom:
    """A request tries its connection to the database first. This is none, and its own may have been cut long ago."""
    await sync_to_async(close_old_connections)()
    return await work


def _is_idle(live: LiveRoom, seconds: float) -> bool:
    """Whether nobody has watched it for so long."""
    return not len(live.audience) and time.monotonic() - live.audience.empty_since >= seconds


def over() -> Refused:
    return Refused(ENDED, _("This class is over. Thank you for being here."))


def _told_already(error: BaseException) -> bool:
    """Whether the log has it from who found the trouble: it is everybody's, and not this room's."""
    return isinstance(error, Full) or (isinstance(error, Refused) and error.code == outage.DATABASE)


async def _stored(code: str) -> Room:
    """Raises Refused."""
    with outage.refused():
        return await Room.objects.aget(code=code)


async def _begin_life(room: Room) -> None:
    """Counted by the database: no two lives may bear one number, for the newest alone may write."""
    row = Room.objects.filter(pk=room.pk)
    await row.aupdate(incarnation=F("incarnation") + 1, used_at=timezone.now())
    await room.arefresh_from_db()


def _external() -> dict[str, Any] | None:
    return asdict(settings.KAFKA) if settings.KAFKA else None


def _opening(room: Room, words: notices.Notices) -> Head:
    return {
        "do": "open",
        "room": room.code,
        "room_id": room.pk,
        "scenario": room.scenario,
        "setup": room.setup,
        "incarnation": room.incarnation,
        "log": room.log,
        "logs": room.logs,
        "notices": words,
        "external": _external(),
        "members": settings.KAFKAVIZ_MEMBERS_PER_GROUP,
    }


rooms = Rooms()
