"""Doing one thing until it is done: a member keeps its batch while what it needs is away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from confluent_kafka import KafkaException

from apps.kafka.clusters import in_words
from apps.kafka.duties import Away

logger = logging.getLogger(__name__)

_FIRST, _MOST = 0.25, 5.0
T = TypeVar("T")


class Trying:
    """Of one member. `retry` is told what went wrong, in words, and after how many seconds it is tried again."""

    def __init__(self, name: str, stopping: threading.Event, retry: Callable[[str, float], None]) -> None:
        self._name, self._stopping, self._retry = name, stopping, retry

    def until_done(self, work: Callable[[], T]) -> T | None:
        """What it returns; None if the member is to stop, as it is when the work raises InterruptedError."""
        wait, failed = _FIRST, 0
        while not self._stopping.is_set():
            try:
                done = work()
                if failed:
                    logger.info("%s did it at try %d", self._name, failed + 1)
                return done
            except InterruptedError:
                self._stopping.set()
                return None
            except Exception as error:
                failed += 1
                if failed == 1:
                    self._log(error)
                self._retry(_told(error), wait)
                self._stopping.wait(wait)
                wait = min(wait * 2, _MOST)
        return None

    def _log(self, error: Exception) -> None:
        """Once, however often it is tried; only of a fault is it of use where it happened."""
        fault = None if isinstance(error, Away) else error
        logger.warning(
            "%s could not handle a batch and tries again: %s", self._name, _told(error), exc_info=fault
        )


def _told(error: Exception) -> str:
    """A fault of ours is told as such: what it is called is of use in the log alone."""
    expected = isinstance(error, Away | KafkaException)
    return in_words(error) if expected else "A fault of this program, whose log says more."
