"""What a member has read and not worked on, when its group is dealt out anew in the midst of reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apps.kafka.intake import Intake


@dataclass
class Handed:
    """As much of a message as is looked at."""

    number: int
    offset: int

    def topic(self) -> str:
        return "orders"

    def partition(self) -> int:
        return self.number


@dataclass
class Client:
    """Hands out what it has, and serves its callbacks before it does, as librdkafka's."""

    stored: list[Any]
    rebalance: Callable[[], object] = lambda: None
    asked: list[int] = field(default_factory=list)

    def poll(self, timeout: float) -> Any:
        return self.stored.pop(0) if self.stored else None

    def consume(self, num_messages: int, timeout: float) -> list[Any]:
        self.asked.append(num_messages)
        self.rebalance()
        found, self.stored = self.stored[:num_messages], self.stored[num_messages:]
        return found


def offsets(batch: list[Any]) -> list[tuple[int, int]]:
    return [(one.number, one.offset) for one in batch]


def test_a_batch_is_what_is_there() -> None:
    client = Client([Handed(0, 7), Handed(0, 8), Handed(1, 3)])
    intake = Intake()
    assert offsets(intake.take(client, 2)) == [(0, 7), (0, 8)]
    assert offsets(intake.take(client, 2)) == [(1, 3)]
    assert intake.take(client, 2) == []


def test_who_takes_none_keeps_what_is_held_and_lets_the_client_do_its_work() -> None:
    client = Client([Handed(0, 7), Handed(0, 8)])
    intake = Intake()
    assert offsets(intake.take(client, 1)) == [(0, 7)]
    assert intake.take(client, 0) == []
    assert client.stored == []
    assert offsets(intake.take(client, 1)) == [(0, 8)]


def test_what_was_read_before_a_rebalance_in_the_midst_of_a_batch_is_not_worked_on_twice() -> None:
    """It is handed out again after it: from the bookmark, to whoever owns the partition now."""
    intake = Intake()
    client = Client([Handed(1, 0)])

    def dealt_out_anew() -> None:
        intake.forget({("orders", 1)})
        client.stored = [Handed(1, 0), Handed(1, 1)]

    client.rebalance = dealt_out_anew
    assert offsets(intake.take(client, 10)) == [(1, 0), (1, 1)]


def test_what_came_while_an_answer_was_waited_for_is_the_next_batch() -> None:
    intake = Intake()
    client = Client([Handed(0, 1), Handed(0, 2), Handed(0, 3)])
    intake.wait(client, 0)
    intake.wait(client, 0)
    assert offsets(intake.take(client, 2)) == [(0, 1), (0, 2)]
    assert client.asked == []
    assert offsets(intake.take(client, 2)) == [(0, 3)]


class Tombstone(Handed):
    def __len__(self) -> int:
        """Of its value, as the client's own messages have it."""
        return 0


def test_a_record_without_a_value_is_a_record() -> None:
    intake = Intake()
    assert offsets(intake.take(Client([Tombstone(0, 7), Handed(0, 8), Tombstone(0, 9)]), 9)) == [
        (0, 7),
        (0, 8),
        (0, 9),
    ]
    intake.wait(Client([Tombstone(1, 0)]), 0)
    assert offsets(intake.take(Client([]), 1)) == [(1, 0)]
