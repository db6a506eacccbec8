"""One member of a consumer group: one thread, one Kafka consumer that nobody else touches."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from apps.kafka import headers
from apps.kafka.clusters import Cluster
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.received import Received, decode, text_of
from apps.kafka.runs import Step, contiguous

logger = logging.getLogger(__name__)

SETTINGS: Mapping[str, str | int | float | bool] = {
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "queued.max.messages.kbytes": 4096,
}
_POLL = 0.1
_BATCH = 4000
_BUSY, _GATHER = 20, 0.05
"""After a batch of more than _BUSY records, gather for so long: a transaction a batch is what a flood costs most."""
_FAREWELL = 0.5
_RETRY_FIRST, _RETRY_MOST = 0.25, 5.0
_COMMIT_AGAIN = 1.0
_COMMIT_ANSWER = 5.0
"""Seconds after which the answer to a commit is taken for lost, as the client may lose it with its broker."""


Handle = Callable[[list[Received], threading.Event], Mapping[tuple[str, int], int]]
"""Handles a batch and stores the result; returns how many of each (topic, partition) had been handled before.

Called in the member's thread; waits must end when the event is set. Raises to have the batch tried again, or
InterruptedError to have the member leave.
"""


class Away(Exception):
    """Something that a handle needs is away, which is no fault of the program; the text is for people."""


class GroupMember:
    """Polls, handles, stores, then commits. Everything it does is reported as hops."""

    def __init__(
        self,
        cluster: Cluster,
        group: str,
        name: str,
        topics: tuple[str, ...],
        handle: Handle,
        observe: Observe,
    ) -> None:
        self.group, self.name = group, name
        self.settings = {**cluster.consumer_settings, **SETTINGS}
        self._own = {cluster.real_name(topic): topic for topic in topics}
        self._handle, self._observe = handle, observe
        self._assigned: list[tuple[str, int]] = []
        self._expected: dict[tuple[str, int], int] = {}
        self._last_batch = 0
        self._uncommitted: list[list[Received]] = []
        self._asked: dict[tuple[str, int], int] = {}
        self._underway: list[list[Received]] = []
        self._commit_at = self._answer_by = 0.0
        self._stopping = threading.Event()
        self._config = {
            **self.settings,
            **cluster.client_settings,
            "group.id": cluster.real_name(group),
            "client.id": name,
            "log_level": 2,
            "on_commit": self._on_commit,
        }
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask it to leave the group. Does not wait."""
        self._stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait until it has left; False if it has not."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        consumer = Consumer(self._config)
        consumer.subscribe(
            list(self._own), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
        )
        self._member_hop(HopType.JOIN)
        try:
            while not self._stopping.is_set():
                self._turn(consumer)
        except Exception:
            logger.exception("%s stopped", self.name)
            self._member_hop(HopType.FAIL, error="This member stopped because of a fault in the program.")
            raise
        finally:
            self._leave(consumer)

    def _leave(self, consumer: Consumer) -> None:
        self._finish_commits(consumer)
        # Unsubscribing and polling on lets the group finish before close(), which can otherwise
        # freeze the whole process (librdkafka #4884).
        consumer.unsubscribe()
        until = time.monotonic() + _FAREWELL
        while self._assigned and time.monotonic() < until:
            consumer.poll(0.05)
        consumer.close()
        self._assigned = []
        self._member_hop(HopType.LEAVE)

    def _turn(self, consumer: Consumer) -> None:
        first = consumer.poll(_POLL)
        if first is None:
            self._last_batch = 0
            if time.monotonic() >= self._commit_at:
                self._commit(consumer)
            return
        messages = [first, *consumer.consume(_BATCH - 1, _GATHER if self._last_batch > _BUSY else 0)]
        self._last_batch = len(messages)
        batch = [self._receive(message) for message in messages if self._sound(message)]
        if batch:
            self._work(consumer, batch)

    def _sound(self, message: Message) -> bool:
        error = message.error()
        if error:
            self._member_hop(HopType.FAIL, error=error.str())
        return not error

    def _receive(self, message: Message) -> Received:
        type_, trace, sampled = headers.read(message.headers())
        key = message.key()
        return Received(
            self._own[message.topic() or ""],
            message.partition() or 0,
            message.offset() or 0,
            None if key is None else text_of(key),
            decode(message.value()),
            type_,
            trace,
            trace if sampled else "",
            message.timestamp()[1] / 1000,
        )

    def _work(self, consumer: Consumer, batch: list[Received]) -> None:
        runs = contiguous(batch)
        self._note_holes(runs)
        self._tell(HopType.POLL, runs)
        redelivered = self._handle_until_done(batch)
        if redelivered is None:
            return
        self._tell_processed(runs, dict(redelivered))
        self._uncommitted += runs
        self._commit(consumer)

    def _tell_processed(self, runs: list[list[Received]], redelivered: dict[tuple[str, int], int]) -> None:
        """What had been handled before comes first in its partition, and is told apart."""
        for run in runs:
            where = (run[0].topic, run[0].partition)
            again = min(redelivered.get(where, 0), len(run))
            redelivered[where] = redelivered.get(where, 0) - again
            for hop in self._step(HopType.PROCESS).hops([run[:again]] if again else []):
                self._observe(replace(hop, data={"redelivered": hop.count}))
            self._tell(HopType.PROCESS, [run[again:]] if again < len(run) else [])

    def _handle_until_done(self, batch: list[Received]) -> Mapping[tuple[str, int], int] | None:
        """None if the member was stopped first, or is to leave: nothing is committed, another member gets the batch."""
        wait, failed = _RETRY_FIRST, 0
        while not self._stopping.is_set():
            try:
                redelivered = self._handle(batch, self._stopping)
                if failed:
                    logger.info("%s handled the batch at try %d", self.name, failed + 1)
                return redelivered
            except InterruptedError:
                self._stopping.set()
                return None
            except Exception as error:
                failed += 1
                if failed == 1:
                    self._tell_failure(error)
                self._member_hop(HopType.RETRY, error=_in_words(error), data={"wait_s": wait})
                self._stopping.wait(wait)
                wait = min(wait * 2, _RETRY_MOST)
        return None

    def _tell_failure(self, error: Exception) -> None:
        """Once for a batch, however often it is tried; only of a fault is it of use where it happened."""
        fault = None if isinstance(error, Away) else error
        logger.warning(
            "%s could not handle a batch and tries again: %s", self.name, _in_words(error), exc_info=fault
        )

    def _commit(self, consumer: Consumer) -> None:
        """One at a time, and without waiting for the answer: that wait has no end if the answer got lost.

        Explicit offsets: a commit by message also checks the leader epoch, which the mock gets wrong. What is refused
        stays to be committed: with the next batch, or after a while.
        """
        if self._underway and time.monotonic() >= self._answer_by:
            self._commit_failed("No answer to the commit came")
        if self._underway or not self._uncommitted:
            return
        real = {own: name for name, own in self._own.items()}
        nexts = {(real[run[-1].topic], run[-1].partition): run[-1].offset + 1 for run in self._uncommitted}
        offsets = [TopicPartition(topic, number, offset) for (topic, number), offset in nexts.items()]
        self._asked, self._underway, self._uncommitted = nexts, self._uncommitted, []
        self._answer_by = time.monotonic() + _COMMIT_ANSWER
        try:
            consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            self._commit_failed(f"The commit was refused: {error.args[0].str()}")

    def _on_commit(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        """In this member's thread, from a poll."""
        if {(tp.topic, tp.partition): tp.offset for tp in partitions} != self._asked:
            return  # of one that we had given up
        error = error or next((tp.error for tp in partitions if tp.error), None)
        if error:
            self._commit_failed(f"The commit was refused: {error.str()}")
            return
        committed, self._underway = self._underway, []
        self._tell(HopType.COMMIT, committed)

    def _commit_failed(self, why: str) -> None:
        again = [run for run in self._underway if (run[0].topic, run[0].partition) in self._assigned]
        self._asked, self._underway, self._uncommitted = {}, [], again + self._uncommitted
        self._commit_at = time.monotonic() + _COMMIT_AGAIN
        self._member_hop(HopType.RETRY, error=f"{why}. It is tried again.", data={"wait_s": _COMMIT_AGAIN})

    def _finish_commits(self, consumer: Consumer) -> None:
        self._commit(consumer)
        until = time.monotonic() + _FAREWELL
        while self._underway and time.monotonic() < until:
            consumer.poll(0.05)

    def _note_holes(self, runs: list[list[Received]]) -> None:
        """A log that was cut before this group read it is a loss, and must not pass in silence."""
        for run in runs:
            where, first = (run[0].topic, run[0].partition), run[0].offset
            expected = self._expected.get(where, first)
            if first > expected:
                self._tell_hole(where, expected, first - 1)
            self._expected[where] = run[-1].offset + 1

    def _tell_hole(self, where: tuple[str, int], first: int, last: int) -> None:
        self._observe(
            Hop(
                HopType.FAIL,
                self.name,
                now(),
                *where,
                first=first,
                offset=last,
                count=last - first + 1,
                group=self.group,
                error="These records left the log before this group read them.",
            )
        )

    def _step(self, type_: HopType) -> Step:
        return Step(type_, self.name, now(), self.group)

    def _tell(self, type_: HopType, runs: list[list[Received]]) -> None:
        for hop in self._step(type_).hops(runs):
            self._observe(hop)

    def _member_hop(self, type_: HopType, **fields: Any) -> None:
        self._observe(
            Hop(type_, self.name, now(), group=self.group, partitions=tuple(sorted(self._assigned)), **fields)
        )

    def _on_assign(self, consumer: Consumer, changed: list[TopicPartition]) -> None:
        self._assigned += [where for where in self._places(changed) if where not in self._assigned]
        try:
            for found in consumer.committed(changed, timeout=5):
                if found.offset >= 0:
                    self._expected[self._own[found.topic], found.partition] = found.offset
        except KafkaException:
            logger.info("%s could not ask for its committed offsets", self.name, exc_info=True)
        self._member_hop(HopType.ASSIGN, data={"changed": self._places(changed)})

    def _on_revoke(self, _consumer: Consumer, changed: list[TopicPartition]) -> None:
        self._drop(HopType.REVOKE, changed)

    def _on_lost(self, _consumer: Consumer, changed: list[TopicPartition]) -> None:
        self._drop(HopType.LOST, changed)

    def _drop(self, type_: HopType, changed: list[TopicPartition]) -> None:
        gone = self._places(changed)
        self._assigned = [where for where in self._assigned if where not in gone]
        for where in gone:
            self._expected.pop(where, None)
        # Their next owner reads these again; the store knows them already.
        self._uncommitted = [run for run in self._uncommitted if (run[0].topic, run[0].partition) not in gone]
        self._member_hop(type_, data={"changed": gone})

    def _places(self, partitions: list[TopicPartition]) -> list[tuple[str, int]]:
        return sorted((self._own[tp.topic], tp.partition) for tp in partitions)


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, Away) else f"{type(error).__name__}: {error}"
