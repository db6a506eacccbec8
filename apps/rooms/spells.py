"""Trouble that comes and goes, in the log: one line when it begins, one when it ends."""

from __future__ import annotations

import logging
import threading


class Spell:
    """May be met a thousand times meanwhile, in any thread."""

    def __init__(self, logger: logging.Logger, level: int, begins: str, ends: str) -> None:
        self.lasts = False
        self._logger, self._level = logger, level
        self._begins, self._ends = begins, ends
        self._lock = threading.Lock()

    def met(self, why: object) -> None:
        if self._turn(True):
            self._logger.log(self._level, "%s: %s", self._begins, " ".join(str(why).split()))

    def over(self) -> None:
        if self._turn(False):
            self._logger.log(self._level, "%s", self._ends)

    def _turn(self, lasts: bool) -> bool:
        """Whether that is news."""
        with self._lock:
            news, self.lasts = lasts != self.lasts, lasts
        return news
