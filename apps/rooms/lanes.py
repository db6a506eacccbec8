"""The same flood in two lanes, both real: a database write a heart, and a record a heart. One comparison at a time."""

from __future__ import annotations

import asyncio
import functools
import hmac
import json
import logging
import os
import secrets
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.rooms import outage
from apps.rooms.flood import Plan, order
from apps.rooms.limits import Bucket
from apps.rooms.live import LiveRoom
from apps.rooms.models import HeartCount, Projection, Room
from apps.rooms.setups import scenario_of
from apps.rooms.tasks import lasting
from apps.scenarios.base import Action
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

HEART = "/lanes/heart/"
WRITERS = 1 if connection.vendor == "sqlite" else 8
"""Database connections of the lane without Kafka. They stay open, as a pool's do.

SQLite lets one write at a time, and who waits for its lock is served in no order: of eight, some waited for seconds.
"""
LEAST_RATE, SECONDS = 10, range(5, 21)
_SETTLED_WITHIN = 60.0
_LOOK = 0.1
_SPARE = 20.0
_MOST_KEPT = 100


class Phase(StrEnum):
    WITHOUT = "without"
    WITH = "with"
    SETTLING = "settling"
    DONE = "done"
    FAILED = "failed"


class Lane(Protocol):
    """Where hearts go."""

    def press(self) -> Awaitable[object]:
        """Returns once a heart is accepted, or raises."""

    async def settled(self) -> bool:
        """Whether all accepted hearts are counted in the database."""


class WriteEach:
    """Without Kafka: a transaction a heart, that adds one to a row. Accepted is: committed."""

    def __init__(self, room: Room) -> None:
        self._room, self.writes = room, 0
        self._pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="lane")

    async def press(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, self._write)
        self.writes += 1

    def _write(self) -> None:
        try:
            with transaction.atomic():
                HeartCount.objects.filter(room=self._room).update(hearts=F("hearts") + 1)
        except outage.AWAY:
            connection.close()
            raise

    async def settled(self) -> bool:
        return True

    async def hearts(self) -> int:
        row, _made = await HeartCount.objects.aget_or_create(room=self._room)
        return row.hearts

    def close(self) -> None:
        """Each connection is its thread's to close."""
        together = threading.Barrier(WRITERS)
        for _number in range(WRITERS):
            self._pool.submit(_close_with_the_others, together)
        self._pool.shutdown(wait=False)


class ByKafka:
    """With Kafka: a record a heart; the counting group writes in batches. Accepted is: acknowledged by the brokers."""

    def __init__(self, room: Room, live: LiveRoom, action: Action) -> None:
        self._room, self._live, self._action = room, live, action

    def press(self) -> Awaitable[object]:
        return self._live.deliver(self._action.slug)

    async def hearts(self) -> int:
        rows = Projection.objects.filter(room=self._room, group=self._action.own)
        return sum([row.value[self._action.counter] async for row in rows])

    async def writes(self) -> int:
        totals = await self._live.totals()
        return int(totals["writes"][self._action.own])

    async def settled(self) -> bool:
        totals = await self._live.totals()
        return not any(row["lag"] for row in totals["groups_state"][self._action.own])


@dataclass
class Comparison:
    """One lane after the other, so that they do not disturb each other. `server`: our own host and port."""

    room: Room
    live: LiveRoom
    server: tuple[str, int]
    rate: int
    seconds: int
    phase: Phase = Phase.WITHOUT
    progress: dict[str, int] = field(default_factory=lambda: {"accepted": 0, "failed": 0})
    result: dict[str, Any] | None = None
    problem: str = ""
    _lane: Lane | None = None
    _secret: str = ""
    _under_way: int = 0

    @property
    def running(self) -> bool:
        return self.phase not in (Phase.DONE, Phase.FAILED)

    def knows(self, secret: str) -> bool:
        """Each lane has a secret of its own: what comes late from the first must not get into the second."""
        return bool(self._lane) and hmac.compare_digest(self._secret.encode(), secret.encode())

    async def press(self) -> None:
        """One heart, into the lane that is open."""
        assert self._lane
        self._under_way += 1
        try:
            await self._lane.press()
        finally:
            self._under_way -= 1

    async def run(self) -> None:
        try:
            around = await self._around()
            lanes = {"without_kafka": await self._without(), "with_kafka": await self._with()}
            self.result = {**around, "lanes": lanes}
            self.phase = Phase.DONE
        except (Refused, *outage.AWAY) as error:
            self._fail(str(error) if isinstance(error, Refused) else outage.SENTENCE)
        except Exception:
            logger.exception("A comparison in two lanes failed")
            self._fail(_("Something went wrong here; it has been logged."))

    def _fail(self, problem: str) -> None:
        self.phase, self.problem = Phase.FAILED, problem

    async def _around(self) -> dict[str, Any]:
        """What the figures belong to."""
        state = await self.live.control("state")
        return {
            "measured_at": timezone.now().isoformat(timespec="seconds"),
            "rate": self.rate,
            "seconds": self.seconds,
            "machine": {"cores": os.cpu_count() or 1, "load": round(os.getloadavg()[0], 1)},
            "database": await sync_to_async(database)(),
            "kafka": {"cluster": self.live.facts["cluster"], "acks": state["producer"]["choices"]["acks"]},
        }

    async def _without(self) -> dict[str, Any]:
        lane = WriteEach(self.room)
        try:
            before = await lane.hearts()
            found = await self._flood(lane)
            stored = await lane.hearts() - before
        finally:
            lane.close()
        return {**found, "writes": lane.writes, "stored": stored}

    async def _with(self) -> dict[str, Any]:
        self.phase = Phase.WITH
        lane = ByKafka(self.room, self.live, scenario_of(self.room).actions[0])
        hearts, writes = await lane.hearts(), await lane.writes()
        found = await self._flood(lane)
        return {
            **found,
            "writes": await lane.writes() - writes,
            "stored": await lane.hearts() - hearts,
        }

    async def _flood(self, lane: Lane) -> dict[str, Any]:
        """Offer the hearts, and wait until what was accepted is in the database. Raises Refused."""
        self.progress = {"accepted": 0, "failed": 0}
        self._lane, self._secret = lane, secrets.token_urlsafe(24)
        try:
            summary = await self._offer()
        finally:
            self._lane = None
        return {**summary, "settled_s": await self._settle(lane)}

    async def _settle(self, lane: Lane) -> float | None:
        """Seconds until all is counted; None if that takes too long."""
        self.phase = Phase.SETTLING
        start = time.monotonic()
        while (spent := time.monotonic() - start) < _SETTLED_WITHIN:
            if not self._under_way and await lane.settled():
                return round(spent, 1)
            await asyncio.sleep(_LOOK)
        return None

    async def _offer(self) -> dict[str, Any]:
        """From another process. Raises Refused."""
        plan = Plan(*self.server, HEART, self._secret, self.rate, self.seconds)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "apps.rooms.flood"),
            cwd=settings.BASE_DIR,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            return await asyncio.wait_for(self._listen(process, plan), self.seconds + _SPARE)
        except TimeoutError:
            raise _no_load() from None
        finally:
            if process.returncode is None and process.stdin:
                process.stdin.close()  # at which it leaves, if it has not yet
            await process.wait()

    async def _listen(self, process: asyncio.subprocess.Process, plan: Plan) -> dict[str, Any]:
        assert process.stdin and process.stdout
        process.stdin.write(order(plan))
        async for line in process.stdout:
            told: dict[str, Any] = json.loads(line)
            if "summary" in told:
                return dict(told["summary"])
            self.progress = told["progress"]
        raise _no_load()


class Comparisons:
    """Those of this server: the one that runs, and the last of each room. Belongs to the web process's loop."""

    def __init__(self) -> None:
        self._latest: OrderedDict[str, Comparison] = OrderedDict()
        self._running: Comparison | None = None
        self._task: asyncio.Task[None] | None = None

    def latest(self, room: Room) -> Comparison | None:
        return self._latest.get(room.code)

    def start(self, room: Room, live: LiveRoom, server: tuple[str, int], rate: int, seconds: int) -> None:
        """Raises Refused."""
        if not LEAST_RATE <= rate <= settings.KAFKAVIZ_LANES_RATE:
            bounds = {"least": LEAST_RATE, "most": f"{settings.KAFKAVIZ_LANES_RATE:,}"}
            raise Refused("bad-rate", _("Offer %(least)s to %(most)s hearts a second.") % bounds)
        if seconds not in SECONDS:
            bounds = {"least": SECONDS[0], "most": SECONDS[-1]}
            raise Refused("bad-seconds", _("A lane lasts %(least)s to %(most)s seconds.") % bounds)
        if self._running:
            raise Refused(
                "lanes-busy", _("This server is comparing just now: two at once would disturb each other.")
            )
        if not _budget().take():
            raise Refused("lanes-busy", _("That was many comparisons in a short time. Wait a minute."))
        running = self._running = self._latest[room.code] = Comparison(room, live, server, rate, seconds)
        self._latest.move_to_end(room.code)
        if len(self._latest) > _MOST_KEPT:
            self._latest.popitem(last=False)
        self._task = lasting(running.run())
        self._task.add_done_callback(self._ended)

    def _ended(self, _task: asyncio.Task[None]) -> None:
        self._running = None

    def open_to(self, secret: str) -> Comparison | None:
        """The comparison whose open lane has this secret."""
        running = self._running
        return running if running and running.knows(secret) else None


@functools.cache
def _budget() -> Bucket:
    """For the whole server: a comparison loads it for up to a minute."""
    return Bucket(settings.KAFKAVIZ_LANES_PER_MINUTE / 60, settings.KAFKAVIZ_LANES_PER_MINUTE)


def _close_with_the_others(together: threading.Barrier) -> None:
    """None is done before all have begun, so that each thread closes its own connection."""
    together.wait(_SPARE)
    connection.close()


def database() -> dict[str, Any]:
    """The engine, and its settings that decide what a write costs."""
    sqlite = connection.vendor == "sqlite"
    version = "SELECT sqlite_version()" if sqlite else "SHOW server_version"
    asked = (
        {"journal_mode": "PRAGMA journal_mode", "synchronous": "PRAGMA synchronous"}
        if sqlite
        else {name: f"SHOW {name}" for name in ("synchronous_commit", "fsync")}
    )
    with connection.cursor() as cursor:

        def ask(query: str) -> str:
            cursor.execute(query)
            return str(cursor.fetchone()[0])

        found = {name: ask(query) for name, query in asked.items()}
        if sqlite:
            found["synchronous"] = ("OFF", "NORMAL", "FULL", "EXTRA")[int(found["synchronous"])]
        return {"engine": connection.display_name, "version": ask(version), "settings": found}


def _no_load() -> Refused:
    return Refused("no-load", _("The process that offers the hearts did not finish. Try again."))


comparisons = Comparisons()
