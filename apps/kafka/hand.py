"""A person's hand on a member, which then takes one record at a time and each step only when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from enum import StrEnum

_LOOK = 0.1

SETTINGS: Mapping[str, int] = {"max.poll.interval.ms": 60_000}
"""So long a person may think; then the client leaves the group by itself, for nobody polls."""


class Step(StrEnum):
    HANDLE = "handle"
    COMMIT = "commit"


class Hand:
    """`allow` may be called from any thread; the member's own waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: Step | None = None

    def allow(self, step: Step) -> bool:
        """False if the member does not wait for that."""
        with self._changed:
            if self._waiting is not step:
                return False
            self._waiting = None
            self._changed.notify_all()
            return True

    def wait(self, step: Step, stopping: threading.Event) -> bool:
        """Until it is allowed; False if the member is to stop."""
        with self._changed:
            self._waiting = step
            while self._waiting and not stopping.is_set():
                self._changed.wait(_LOOK)
            self._waiting = None
        return not stopping.is_set()
