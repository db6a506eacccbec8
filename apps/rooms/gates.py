"""Who may go in one at a time, or some, by a name. Nothing is left of a gate at which nobody stands."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gates:
    """Belongs to one loop. Who came first goes in first."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Semaphore] = {}
        self._there: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._locks)

    @asynccontextmanager
    async def passed(self, name: str, patience: float | None = None, most: int = 1) -> AsyncIterator[None]:
        """`most` may be inside, the same for all who come by a name. Raises TimeoutError after `patience` seconds."""
        lock = self._locks.setdefault(name, asyncio.Semaphore(most))
        self._there[name] += 1
        try:
            async with asyncio.timeout(patience):
                await lock.acquire()
            try:
                yield
            finally:
                lock.release()
        finally:
            self._there[name] -= 1
            if not self._there[name]:
                del self._there[name], self._locks[name]
