"""Who has been asleep can't judge others: a gap in one's own clock starts one's patience with them anew."""

from __future__ import annotations

import time

from apps.rooms import deadlines

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def clock() -> float:
    """Seconds that never go back, and pass while the machine sleeps where its system can count those."""
    return time.clock_gettime(_CLOCK)


class Naps:
    """The sleeps of this process, by `clock()`. To be asked every second."""

    def __init__(self, now: float) -> None:
        self._awake = now

    def ended(self, now: float) -> float:
        """Seconds that were slept since this was last asked, 0 for none."""
        gap, self._awake = now - self._awake, now
        return gap if gap > deadlines.NAP else 0.0


class Patience:
    """With one other, by `clock()`: for `seconds` without a sign of life, and `more` before the first one."""

    def __init__(self, seconds: float, more: float, now: float) -> None:
        self._seconds, self._since, self._naps = seconds, now + more, Naps(now)

    def heard(self, now: float) -> None:
        self._since = now

    def is_over(self, now: float) -> bool:
        """To be asked every second. Of what the other did while we slept we know nothing."""
        if self._naps.ended(now):
            self._since = max(self._since, now)
        return now - self._since >= self._seconds
