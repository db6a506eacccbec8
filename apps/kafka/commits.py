"""The bookmarks of one member: what it has read and is to commit, what it has asked for, and what was answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from apps.kafka.clusters import OURS, in_words
from apps.kafka.ownership import Place
from apps.kafka.received import Received

AGAIN = 1.0
_ANSWER = 5.0
"""Seconds after which the answer to a commit is taken for lost, as the client may lose it with its broker."""
Run = Sequence[Received]
Done = Callable[[list[Run], Mapping[Place, int]], None]
"""Told the runs of a commit that was answered, and where it set each bookmark."""
Failed = Callable[[str], None]
"""Told why a commit was not done."""


class Bookmarks(Protocol):
    """Belongs to the member's thread."""

    @property
    def underway(self) -> bool:
        """Whether a commit was asked for and not answered."""

    @property
    def pending(self) -> bool:
        """Whether there is anything to be committed that is not."""

    def add(self, runs: list[Run]) -> None:
        """These may be committed."""

    def passed(self, ends: Mapping[Place, int]) -> None:
        """Up to here there is nothing more to read, so the bookmarks may be set here."""

    def ask(self, consumer: Consumer) -> None:
        """Commit what there is, unless a commit is under way."""

    def ask_again(self, consumer: Consumer) -> None:
        """The same while nothing comes, but not soon after a refusal."""

    def answered(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        """The client's `on_commit`, from a poll."""

    def forget(self, gone: Collection[Place]) -> None:
        """These partitions are read anew, or from elsewhere: what was handed out of them before is no bookmark."""


class Commits:
    """One commit at a time, and without waiting for the answer: that wait has no end if the answer got lost.

    Explicit offsets: a commit by message also checks the leader epoch, which the mock gets wrong. What is refused
    stays to be committed: with the next batch, or after a while. `real` are the topics' names on the brokers.
    """

    def __init__(
        self, real: Mapping[str, str], owns: Callable[[Place], bool], done: Done, failed: Failed
    ) -> None:
        self._real, self._owns, self._done, self._failed = real, owns, done, failed
        self._own = {name: topic for topic, name in real.items()}
        self._waiting: list[Run] = []
        self._underway: list[Run] = []
        self._passed: dict[Place, int] = {}
        self._asked: dict[Place, int] = {}
        self._moved = set[Place]()
        """Where a bookmark was set otherwise since the commit that is under way was asked for."""
        self._again_at = self._answer_by = 0.0

    @property
    def underway(self) -> bool:
        return bool(self._asked)

    @property
    def pending(self) -> bool:
        return bool(self._asked or self._waiting)

    def add(self, runs: list[Run]) -> None:
        self._waiting += runs

    def passed(self, ends: Mapping[Place, int]) -> None:
        self._passed |= ends

    def ask(self, consumer: Consumer) -> None:
        if self._asked and time.monotonic() >= self._answer_by:
            self._give_up("No answer to the commit came")
        # The next owner of a partition reads these again; the store knows them already.
        self._waiting = [run for run in self._waiting if self._owns(_place(run))]
        self._passed = {place: end for place, end in self._passed.items() if self._owns(place)}
        handled = nexts_of(self._waiting)
        nexts = handled | _beyond(self._passed, handled)
        if self._asked or not nexts:
            return
        self._asked, self._underway, self._waiting, self._moved = nexts, self._waiting, [], set()
        self._answer_by = time.monotonic() + _ANSWER
        try:
            consumer.commit(offsets=real_offsets(nexts, self._real), asynchronous=True)
        except KafkaException as error:
            self._give_up(f"The commit was refused: {in_words(error)}")

    def ask_again(self, consumer: Consumer) -> None:
        if time.monotonic() >= self._again_at:
            self.ask(consumer)

    def answered(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        if {(self._own[tp.topic], tp.partition): tp.offset for tp in partitions} != self._asked:
            return  # of one that we had given up
        error = error or next((tp.error for tp in partitions if tp.error), None)
        if error:
            self._give_up(f"The commit was refused: {error.str()}")
            return
        self._passed = _beyond(self._passed, self._asked)
        committed, nexts, self._underway, self._asked = self._underway, self._asked, [], {}
        self._done(committed, nexts)

    def forget(self, gone: Collection[Place]) -> None:
        self._moved |= set(gone)
        self._waiting = [run for run in self._waiting if _place(run) not in gone]
        self._passed = {place: end for place, end in self._passed.items() if place not in gone}

    def _give_up(self, why: str) -> None:
        mine = (run for run in self._underway if self._owns(_place(run)))
        again = [run for run in mine if _place(run) not in self._moved]
        self._asked, self._underway, self._waiting = {}, [], again + self._waiting
        self._again_at = time.monotonic() + AGAIN
        self._failed(f"{why}. It is tried again.")


class AutoCommits:
    """The client commits by its own timer what is being worked on, whether that is handled or not; we only watch.

    It does not know of what holds no record, so we commit that.
    """

    underway = pending = False

    def __init__(
        self, real: Mapping[str, str], owns: Callable[[Place], bool], done: Done, failed: Failed
    ) -> None:
        self._real, self._owns, self._done, self._failed = real, owns, done, failed
        self._own = {name: topic for topic, name in real.items()}
        self._handed: list[Run] = []
        self._passed: dict[Place, int] = {}
        self._begun: dict[Place, int] = {}
        self._again_at = 0.0

    def add(self, runs: list[Run]) -> None:
        self._handed += runs
        self._begun |= nexts_of(runs)

    def passed(self, ends: Mapping[Place, int]) -> None:
        self._passed |= ends

    def ask(self, consumer: Consumer) -> None:
        begun, self._begun = {place: at for place, at in self._begun.items() if self._owns(place)}, {}
        if begun:
            consumer.store_offsets(offsets=real_offsets(begun, self._real))
        if self._passed:
            consumer.commit(offsets=real_offsets(self._passed, self._real), asynchronous=True)

    def ask_again(self, consumer: Consumer) -> None:
        if time.monotonic() >= self._again_at:
            self._again_at = time.monotonic() + AGAIN
            self.ask(consumer)

    def answered(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        if error:
            self._failed(f"The client's own commit was refused: {error.str()}")
            return
        ends = {(self._own[tp.topic], tp.partition): tp.offset for tp in partitions if not tp.error}
        self._passed = _beyond(self._passed, ends)
        done, left = list[Run](), list[Run]()
        for run in self._handed:
            ready = min(max(ends.get(_place(run), 0) - run[0].offset, 0), len(run))
            done += [run[:ready]] if ready else []
            left += [run[ready:]] if ready < len(run) else []
        self._handed = left
        self._done(done, ends)

    def forget(self, gone: Collection[Place]) -> None:
        self._handed = [run for run in self._handed if _place(run) not in gone]
        self._passed = {place: end for place, end in self._passed.items() if place not in gone}


def real_offsets(nexts: Mapping[Place, int], real: Mapping[str, str]) -> list[TopicPartition]:
    return [TopicPartition(real[topic], number, offset, OURS) for (topic, number), offset in nexts.items()]


def nexts_of(runs: list[Run]) -> dict[Place, int]:
    """The offset after the last of each partition's runs."""
    return {_place(run): run[-1].offset + 1 for run in runs}


def _beyond(ends: Mapping[Place, int], done: Mapping[Place, int]) -> dict[Place, int]:
    return {place: end for place, end in ends.items() if end > done.get(place, 0)}


def _place(run: Run) -> Place:
    return run[0].topic, run[0].partition
