"""A room whose life has ended though somebody watches it comes back, however often that has to be tried."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

from apps.rooms import deadlines
from apps.rooms.liveroom import LiveRoom
from apps.rooms.places import Full
from apps.rooms.spells import Spell
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

Try = Callable[[], Awaitable[LiveRoom]]


class Revival:
    """`report` is told why a try failed; `give_up` that a room does not come back, for nobody watches."""

    def __init__(self, report: Callable[[BaseException], None], give_up: Callable[[LiveRoom], None]) -> None:
        self._report, self._give_up = report, give_up

    async def of(self, dead: LiveRoom, try_: Try, pause: float = 0.0) -> LiveRoom:
        """Tries for as long as somebody watches, whatever is wrong: Kafka or the database may be away for a while.

        Raises what the last try did if nobody does.
        """
        await asyncio.sleep(pause)
        again = f"Room {dead.code} is not back yet, and tried again"
        spell = Spell(logger, logging.WARNING, again, f"Room {dead.code} is back")
        for wait in itertools.chain(deadlines.REVIVALS, itertools.repeat(deadlines.REVIVALS[-1])):
            try:
                live = await try_()
                spell.over()
                return live
            except Exception as error:
                if not dead.watched:
                    self._give_up(dead)
                    raise
                if not isinstance(error, Full | Refused | DatabaseError):
                    logger.exception("Room %s can't come back by a fault", dead.code)
                self._report(error)
                spell.met(error)
                await asyncio.sleep(wait)
                await sync_to_async(close_old_connections)()
        raise AssertionError("an endless chain ended")
