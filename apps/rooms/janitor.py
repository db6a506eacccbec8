"""What is old is deleted: rooms that nobody uses, with what they hold in the database and on Kafka, and traces."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from apps.rooms.lookout import Ask
from apps.rooms.models import Room, Trace
from apps.scenarios.run import Refused

logger = logging.getLogger(__name__)

_AT_ONCE = 20


async def forget_unused(is_awake: Callable[[str], bool], ask: Ask) -> None:
    """A room whose topics can't be deleted just now stays, and is tried again the next time."""
    before = timezone.now() - timedelta(seconds=settings.KAFKAVIZ_FORGET_AFTER)
    unused = Room.objects.filter(used_at__lt=before).order_by("used_at")[:_AT_ONCE]
    async for room in unused:
        if is_awake(room.code):
            continue
        try:
            await ask({"do": "forget", "room": room.code})
        except Refused as refusal:
            logger.warning("Room %s is not deleted yet: %s", room.code, refusal.message)
            return
        await room.adelete()
        logger.info("Room %s was deleted: nobody used it for %s s", room.code, settings.KAFKAVIZ_FORGET_AFTER)


async def forget_old_traces() -> None:
    before = timezone.now() - timedelta(seconds=settings.KAFKAVIZ_FORGET_TRACES_AFTER)
    await Trace.objects.filter(created_at__lt=before).adelete()
