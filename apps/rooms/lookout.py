"""Can rooms open on the external Kafka? Asked at start and, while they can't, again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from django.conf import settings

from apps.rooms import deadlines
from apps.rooms.linkmessages import Forget, Survey
from apps.rooms.tasks import kept_up, lasting
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

CLUSTER, LASTING = "cluster", "cluster-settings"
"""Codes of what a cluster refuses; the second when only other settings can help."""

Ask = Callable[[Survey | Forget], Awaitable[dict[str, Any]]]
"""Puts a question to any runner. Raises Refused."""


def external() -> dict[str, Any] | None:
    """The Kafka of the settings, as it goes over the link."""
    return asdict(settings.KAFKA) if settings.KAFKA else None


class Lookout:
    """`trouble` is empty, or a sentence for whoever wants to open a room."""

    def __init__(self, ask: Ask) -> None:
        self.trouble = ""
        self._ask = ask
        self._watching: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """One look. Raises Refused if only other settings can help; other trouble is watched until it is over."""
        if not await self._is_well(lasting_ends=True):
            self._begin_watching()

    def report(self, error: BaseException) -> None:
        """A room did not open. If the cluster was to blame, we see for ourselves: it may be about that room alone."""
        if isinstance(error, Refused) and error.code in (CLUSTER, LASTING):
            self._begin_watching()

    def _begin_watching(self) -> None:
        if not self._watching or self._watching.done():
            self._watching = lasting(kept_up("the look at Kafka", self._watch))

    async def _watch(self) -> None:
        while not await self._is_well():
            await asyncio.sleep(deadlines.KAFKA_LOOK)

    async def _is_well(self, lasting_ends: bool = False) -> bool:
        try:
            await self._ask(Survey(external()))
        except Refused as refusal:
            if lasting_ends and refusal.code == LASTING:
                raise
            if refusal.message != self.trouble:
                logger.warning("%s", refusal.message)
            self.trouble = refusal.message
            return False
        if self.trouble:
            logger.warning("Kafka can be used again")
        self.trouble = ""
        return True

    def close(self) -> None:
        if self._watching:
            self._watching.cancel()
