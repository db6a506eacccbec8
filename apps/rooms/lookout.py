"""Can rooms open on the external Kafka? Asked at start and, while they can't, again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from apps.rooms.link import Head
from apps.scenarios.run import Refused

logger = logging.getLogger(__name__)

_AGAIN = 5.0
CLUSTER, LASTING = "cluster", "cluster-settings"
"""Codes of what a cluster refuses; the second when only other settings can help."""

Ask = Callable[[Head], Awaitable[dict[str, Any]]]
"""Puts a question to any runner. Raises Refused."""


class Lookout:
    """`trouble` is empty, or a sentence for whoever wants to open a room."""

    def __init__(self, ask: Ask) -> None:
        self.trouble = ""
        self._ask = ask
        self._watching: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """One look. Raises Refused if only other settings can help; other trouble is watched until it is over."""
        try:
            await self._ask({"do": "survey"})
        except Refused as refusal:
            if refusal.code == LASTING:
                raise
            self.report(refusal)

    def report(self, error: BaseException) -> None:
        """A room did not open, or we saw ourselves that none can. Only trouble with the cluster is of interest."""
        if not isinstance(error, Refused) or error.code not in (CLUSTER, LASTING):
            return
        if error.message != self.trouble:
            logger.warning("%s", error.message)
        self.trouble = error.message
        if not self._watching or self._watching.done():
            self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while self.trouble:
            await asyncio.sleep(_AGAIN)
            try:
                await self._ask({"do": "survey"})
            except Refused as refusal:
                self.trouble = refusal.message
            else:
                self.trouble = ""
                logger.warning("Kafka can be used again")

    def close(self) -> None:
        if self._watching:
            self._watching.cancel()
