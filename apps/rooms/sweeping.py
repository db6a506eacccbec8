"""What is looked at again and again: rooms that may sleep, crowds that nobody watches, and our own standstills."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from apps.rooms import deadlines, notices, outage
from apps.rooms.janitor import Janitor, forget_old_traces
from apps.rooms.liveroom import LiveRoom
from apps.rooms.patience import Naps, clock
from apps.scenarios.refusals import Refused

if TYPE_CHECKING:
    from apps.rooms.live import Rooms

logger = logging.getLogger(__name__)


class Sweeping:
    """`loops` by name, to be kept up."""

    def __init__(self, rooms: Rooms, janitor: Janitor) -> None:
        self._rooms, self._janitor = rooms, janitor

    @property
    def loops(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {
            "the sweep": self.sweep,
            "the look for crowds": self.send_crowds_home,
            "the look for standstills": self.tell_of_standstills,
        }

    async def sweep(self) -> None:
        while True:
            await asyncio.sleep(deadlines.SWEEP)
            # What sockets and we ourselves ask runs in one thread for ever; requests look after their own.
            await sync_to_async(close_old_connections)()
            try:
                for live in self._rooms.idle(settings.KAFKAVIZ_SLEEP_AFTER):
                    # To let one go takes seconds, in which somebody may have come into the next.
                    if live.is_idle(settings.KAFKAVIZ_SLEEP_AFTER):
                        await self._rooms.sleep(live)
                await self._janitor.forget_unused(self._rooms.is_held, self._rooms.ask_any)
                await forget_old_traces()
            except outage.AWAY as error:
                outage.spell.met(error)
            except DatabaseError:
                logger.exception("The sweep is left for the next time")
            else:
                outage.spell.over()

    async def send_crowds_home(self) -> None:
        """A crowd that nobody watches any more costs others their time."""
        while True:
            await asyncio.sleep(deadlines.LOOK)
            for live in self._rooms.idle(settings.KAFKAVIZ_CROWD_ALONE):
                if live.quiet_since != live.empty_since:
                    live.quiet_since = live.empty_since
                    self._rooms.spawn(_send_crowd_home(live))

    async def tell_of_standstills(self) -> None:
        naps = Naps(clock())
        while True:
            await asyncio.sleep(deadlines.LOOK)
            slept = naps.ended(clock())
            if slept >= deadlines.STANDSTILL:
                logger.warning("This process stood still for %.0f s", slept)
                for live in self._rooms.awake_rooms:
                    live.befell(notices.after_standstill(slept))


async def _send_crowd_home(live: LiveRoom) -> None:
    try:
        if (await live.control("send-crowd-home"))["went"]:
            logger.info("Room %s: nobody watches, so its crowd went home", live.code)
    except Refused as refusal:
        logger.info("Room %s: its crowd was gone already: %s", live.code, refusal.message)
