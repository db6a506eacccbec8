"""Records that the client handed out and nobody has worked on yet."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from confluent_kafka import Message

_POLL = 0.1
_GATHER = ((1_000, 0.15), (20, 0.05))
"""After a batch of more than so many records, seconds to gather the next one: a transaction a batch is what a flood
costs most. What is told in a flood is half a second old at most (docs/protocol.md)."""


class Source(Protocol):
    """What is used of a `confluent_kafka.Consumer`: both serve its callbacks, and so may change who owns what."""

    def poll(self, timeout: float) -> Message | None: ...

    def consume(self, num_messages: int, timeout: float) -> list[Message]: ...


class Intake:
    """Belongs to the member's thread."""

    def __init__(self) -> None:
        self._held: list[Message] = []
        self._last = 0

    def take(self, consumer: Source, most: int) -> list[Message]:
        """The next batch of at most so many, or none: then the client only does its work for a while.

        All stay held while more are asked for: a rebalance can come in between, and what was taken before it is
        handed out again, here or to another member.
        """
        if not self._held or not most:
            self.wait(consumer, _POLL)
        if self._held and len(self._held) < most:
            more = consumer.consume(most - len(self._held), self._patience)
            self._held = [*self._held, *more]
        batch, self._held = self._held[:most], self._held[most:]
        self._last = len(batch)
        return batch

    @property
    def _patience(self) -> float:
        return next((seconds for more_than, seconds in _GATHER if self._last > more_than), 0.0)

    def wait(self, consumer: Source, timeout: float) -> None:
        """Let the client do its work for `timeout` seconds, or until a record comes, which is held."""
        message = consumer.poll(timeout)
        # One without a value has the length 0, and so counts as false.
        if message is not None:
            self._held.append(message)

    def forget(self, places: Collection[tuple[str, int]]) -> None:
        """These, by the topic's name on the brokers, are read anew, from elsewhere or by another member."""
        self._held = [held for held in self._held if (held.topic(), held.partition()) not in places]
