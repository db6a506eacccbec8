"""Tasks of the web process that outlive whoever began them."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def lasting(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Begin it in a context of its own: in that of a request, asgiref has the task ask the database in the request's
    thread, which is gone when the request is answered."""
    return asyncio.create_task(work, context=contextvars.Context())
