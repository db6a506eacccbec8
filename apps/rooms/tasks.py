"""Tasks that outlive whoever began them, and loops that outlive what goes wrong in them."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from apps.rooms import deadlines

logger = logging.getLogger(__name__)

faults: Counter[str] = Counter()
"""What has failed in this process by a fault of ours, by what it was; `/healthz` tells it."""
T = TypeVar("T")


def lasting(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Begin it in a context of its own: in that of a request, asgiref has the task ask the database in the request's
    thread, which is gone when the request is answered."""
    return asyncio.create_task(work, context=contextvars.Context())


def minded(task: asyncio.Task[Any]) -> None:
    """To be called when a task is done that nobody waits for: a fault in it is told, and counted."""
    if not task.cancelled() and (error := task.exception()):
        faults["a task"] += 1
        logger.error("A fault ended a task", exc_info=error)


async def kept_up(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do it until it returns: if it fails, that is told and counted, and it begins again after a pause.

    For what nobody waits for, so that nobody would notice that it has ended.
    """
    while True:
        try:
            return await work()
        except Exception:
            faults[name] += 1
            logger.exception("A fault ended %s, which begins again in %g s", name, deadlines.FAULT_PAUSE)
        await asyncio.sleep(deadlines.FAULT_PAUSE)
