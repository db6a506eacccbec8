"""Memory that was freed goes back to the system; the allocator keeps it, in the arenas of many threads."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


@functools.cache
def _trim() -> Callable[[int], int] | None:
    """Of glibc alone (malloc_trim(3))."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> None:
    """After something large has ended, such as a room that was flooded. Takes some milliseconds, without the lock."""
    if trim := _trim():
        trim(0)
