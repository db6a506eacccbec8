"""The records that a batch gives rise to: sent in order of their time, and waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from apps.kafka.duties import Away
from apps.kafka.outgoing import Delivered, Delivery, QueueFull

_FULL = 0.02

Post = Callable[[Delivered], None]
"""Hands one record to a producer. Raises QueueFull."""


class DeliveryFailed(Away):
    """A follow-up was not stored, so the batch that caused it must be tried again."""


def send_all(posts: Sequence[tuple[float, Post]], patience: float, stopping: threading.Event) -> None:
    """Each so many seconds after now; returns when all are stored.

    `patience`: seconds that the brokers may take. Less than the producer itself waits would send records twice.
    Raises DeliveryFailed, or InterruptedError when told to stop.
    """
    _Sending(patience, stopping).send(sorted(posts, key=lambda post: post[0]))


class _Sending:
    def __init__(self, patience: float, stopping: threading.Event) -> None:
        self._patience, self._stopping = patience, stopping
        self._pending = 0
        self._error: str | None = None
        self._done = threading.Condition()

    def send(self, posts: Sequence[tuple[float, Post]]) -> None:
        started = time.monotonic()
        for after, post in posts:
            if self._stopping.wait(max(0.0, started + after - time.monotonic())):
                raise InterruptedError
            self._send_one(post)
        self._wait()

    def _send_one(self, post: Post) -> None:
        with self._done:
            self._pending += 1
        while True:
            try:
                return post(self._delivered)
            except QueueFull:
                if self._stopping.wait(_FULL):
                    raise InterruptedError from None

    def _delivered(self, delivery: Delivery) -> None:
        with self._done:
            self._pending -= 1
            self._error = self._error or delivery.error
            self._done.notify_all()

    def _wait(self) -> None:
        with self._done:
            if not self._done.wait_for(lambda: not self._pending, self._patience):
                raise DeliveryFailed("The brokers did not answer for the follow-up records.")
        if self._error:
            raise DeliveryFailed(self._error)
