"""The records that a batch gives rise to: sent in order of their time, and waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from apps.kafka.member import Away
from apps.kafka.producer import Delivered, QueueFull
from apps.kafka.received import NOT_JSON, Received
from apps.scenarios.base import Emit, React, Record, no_reaction

_FULL = 0.02

Send = Callable[[Record, Received, Delivered], None]


class DeliveryFailed(Away):
    """A follow-up was not stored, so the batch that caused it must be tried again."""


class FollowUps:
    """Asks `react` of every record once, and parts the sound from those that it could not handle.

    `patience`: seconds that the brokers may take. Less than the producer itself waits would send records twice.
    """

    def __init__(self, react: React, batch: list[Received], patience: float) -> None:
        self.sound: list[Received] = []
        self.failed: list[tuple[Received, str]] = []
        self._emits: list[tuple[float, Received, Emit]] = []
        self._patience = patience
        self._pending = 0
        self._error: str | None = None
        self._done = threading.Condition()
        if react is no_reaction:
            self.sound = self._readable(batch)
        else:
            for record in self._readable(batch):
                self._ask(react, record)
        self._emits.sort(key=lambda emit: emit[0])

    def _readable(self, batch: list[Received]) -> list[Received]:
        self.failed += (
            (record, "Its value is not JSON that we can read.")
            for record in batch
            if record.value is NOT_JSON
        )
        return [record for record in batch if record.value is not NOT_JSON]

    def _ask(self, react: React, record: Received) -> None:
        # Any client may write any JSON here, so any error of a pure function is about the record.
        try:
            self._emits += ((emit.after, record, emit) for emit in react(record))
        except Exception as error:
            self.failed.append((record, f"It could not be handled ({type(error).__name__}: {error})."))
        else:
            self.sound.append(record)

    def send(self, send: Send, stopping: threading.Event) -> None:
        """Returns when all are stored. Raises DeliveryFailed, or InterruptedError when told to stop."""
        started = time.monotonic()
        for after, cause, emit in self._emits:
            if stopping.wait(max(0.0, started + after - time.monotonic())):
                raise InterruptedError
            self._send_one(send, emit.record, cause, stopping)
        self._wait()

    def _send_one(self, send: Send, record: Record, cause: Received, stopping: threading.Event) -> None:
        with self._done:
            self._pending += 1
        while True:
            try:
                return send(record, cause, self._delivered)
            except QueueFull:
                if stopping.wait(_FULL):
                    raise InterruptedError from None

    def _delivered(self, error: str | None) -> None:
        with self._done:
            self._pending -= 1
            self._error = self._error or error
            self._done.notify_all()

    def _wait(self) -> None:
        with self._done:
            if not self._done.wait_for(lambda: not self._pending, self._patience):
                raise DeliveryFailed("The brokers did not answer for the follow-up records.")
        if self._error:
            raise DeliveryFailed(self._error)
