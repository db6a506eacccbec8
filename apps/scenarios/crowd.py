"""A crowd: many people pressing the same action, really produced at a chosen rate."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_TICK = 0.01
_ARREARS = 0.5
"""Seconds of presses that may be made up for after the thread had to wait for its turn."""
_EASED = 1.0
"""Seconds after which a crowd that was not held back again counts as free."""


class Restraint:
    """Whether a crowd is held back just now; `tell` is called when that has changed. Belongs to the crowd's thread."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self._tell, self._held, self._last = tell, False, 0.0

    def hold(self) -> None:
        self._last = time.monotonic()
        if not self._held:
            self._held = True
            self._tell(True)

    def ease(self) -> None:
        if time.monotonic() - self._last > _EASED:
            self.end()

    def end(self) -> None:
        """The crowd has gone."""
        if self._held:
            self._held = False
            self._tell(False)


class Crowd:
    """Has `press` press so many times that it makes `rate` a second, from a thread of its own, for at most `seconds`.

    `press` takes how many are due and returns how many it did; what it held back is hardly made up for, so
    the rate that is reached shows in the records and is never claimed.
    """

    def __init__(
        self, press: Callable[[int], int], rate: int, seconds: float, ended: Callable[[], None]
    ) -> None:
        self.rate, self.until = rate, time.monotonic() + seconds
        self.over = False
        """Whether it has gone by itself."""
        self._press, self._ended = press, ended
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """When it returns no press is to come."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._press_on()
        finally:
            self.over = not self._stopping.is_set()
            if self.over:
                self._ended()

    def _press_on(self) -> None:
        last, owed = time.monotonic(), 0.0
        while not self._stopping.wait(_TICK):
            now = time.monotonic()
            if now >= self.until:
                return
            owed = min(owed + (now - last) * self.rate, self.rate * _ARREARS + 1)
            last = now
            owed -= self._press(int(owed))
