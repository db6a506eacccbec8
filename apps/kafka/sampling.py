"""Which records are shown whole: all while they are few, a few while they are many."""

from __future__ import annotations

import threading
import time

PER_SECOND = 3.0
BURST = 24.0


class Sampler:
    """A token bucket, asked once for a record where it starts; its answer travels in the trace flags.

    A chosen record is then shown at every hop and to everybody, without a word between the processes.
    """

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._rate, self._burst, self._tokens = per_second, burst, burst
        self._last = time.monotonic()
        self._lock = threading.Lock()

    def choose(self) -> bool:
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._last) * self._rate)
            self._last = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
