"""What is old is deleted: rooms that nobody uses, with what they hold in the database and on Kafka, and traces."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from apps.rooms import deadlines
from apps.rooms.linkmessages import Forget
from apps.rooms.lookout import Ask, external
from apps.rooms.models import Room, Trace
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

_AT_ONCE = 20
_MOST_FAILURES = 3
"""In one sweep: then it is Kafka that is away, and not these rooms that are odd."""


class Janitor:
    def __init__(self) -> None:
        self._put_off: dict[str, float] = {}
        self.forgetting = ""
        """The room that is just being deleted, which nobody may open."""

    async def forget_unused(self, is_awake: Callable[[str], bool], ask: Ask) -> None:
        """A room whose topics can't be deleted just now stays for later, and keeps no other from being deleted."""
        before = timezone.now() - timedelta(seconds=settings.KAFKAVIZ_FORGET_AFTER)
        unused = Room.objects.filter(used_at__lt=before).exclude(code__in=self._waiting())
        failures = 0
        async for room in unused.order_by("used_at")[:_AT_ONCE]:
            if is_awake(room.code):
                continue
            self.forgetting = room.code
            try:
                forgotten = await self._forget(room, ask)
            finally:
                self.forgetting = ""
            if not forgotten:
                failures += 1
                if failures == _MOST_FAILURES:
                    return

    def _waiting(self) -> list[str]:
        now = time.monotonic()
        self._put_off = {code: until for code, until in self._put_off.items() if until > now}
        return list(self._put_off)

    async def _forget(self, room: Room, ask: Ask) -> bool:
        try:
            await ask(Forget(room.code, external()))
        except Refused as refusal:
            self._put_off[room.code] = time.monotonic() + deadlines.PUT_OFF
            logger.warning("Room %s is not deleted yet: %s", room.code, refusal.message)
            return False
        await room.adelete()
        logger.info("Room %s was deleted: nobody used it for %s s", room.code, settings.KAFKAVIZ_FORGET_AFTER)
        return True


async def forget_old_traces() -> None:
    before = timezone.now() - timedelta(seconds=settings.KAFKAVIZ_FORGET_TRACES_AFTER)
    await Trace.objects.filter(created_at__lt=before).adelete()
