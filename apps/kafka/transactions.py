"""Transactions (KIP-98, KIP-447): what a member sends, and how far it has read, hold together or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from apps.kafka.clusters import in_words
from apps.kafka.duties import Away, Handle
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.outgoing import Delivered, Outgoing
from apps.kafka.ownership import Place
from apps.kafka.producer import RoomProducer
from apps.kafka.received import Received

_LONGEST = 6_000
SETTINGS: Mapping[str, str | int] = {"transaction.timeout.ms": _LONGEST, "message.timeout.ms": _LONGEST}
"""After so long brokers abort what nobody finishes, for which readers of what comes behind it in the log wait."""
_ANSWER = 5.0
_AGAIN = 0.25

Open = Callable[[], RoomProducer]
"""Makes the producer, whose `transactional.id` is the member's."""


class Undone(Exception):
    """The transaction was aborted: its batch is to be read again from where the group's bookmark is."""


class Outbox:
    """The transactions of one member, one after the other. Belongs to the member's thread.

    After an error that waiting does not mend the producer is dropped: the next one, by the same `transactional.id`,
    aborts what the old one left open.
    """

    def __init__(self, group: str, member: str, observe: Observe, open_: Open) -> None:
        self._group, self._member, self._observe, self._open = group, member, observe, open_
        self._producer: RoomProducer | None = None

    def within(self, handle: Handle) -> Handle:
        """`handle`, in a transaction that it leaves open; what it raises aborts it. Raises Away as well."""

        def handled(batch: Sequence[Received], stopping: threading.Event) -> Mapping[Place, int]:
            self._begin()
            try:
                return handle(batch, stopping)
            except BaseException:
                self._abort()
                raise

        return handled

    def send(self, record: Outgoing, delivered: Delivered) -> None:
        """Within the transaction. Raises QueueFull."""
        assert self._producer
        self._producer.send(record, delivered)

    def commit(self, consumer: Consumer, offsets: list[TopicPartition], stopping: threading.Event) -> None:
        """With the group's bookmarks. Raises Undone, or InterruptedError if stopped before the answer."""
        assert self._producer
        client, members = self._producer.client, consumer.consumer_group_metadata()
        try:
            _insist(lambda: client.send_offsets_to_transaction(offsets, members, _ANSWER), stopping)
            _insist(lambda: client.commit_transaction(_ANSWER), stopping)
        except KafkaException as error:
            self._abort()
            raise Undone(f"The transaction was refused: {in_words(error)}") from error
        self._tell("committed")

    def close(self) -> None:
        """What is open stays open, until brokers or the next producer of this `transactional.id` abort it."""
        producer, self._producer = self._producer, None
        if producer:
            producer.close()

    def _begin(self) -> None:
        try:
            if not self._producer:
                self._producer = self._open()
                self._producer.client.init_transactions(_ANSWER)
            self._producer.client.begin_transaction()
        except KafkaException as error:
            self.close()
            raise Away(f"No transaction could be begun: {in_words(error)}") from error
        self._tell("open")

    def _abort(self) -> None:
        assert self._producer
        try:
            self._producer.client.abort_transaction(_ANSWER)
        except KafkaException as error:
            self.close()
            self._tell("aborted", error=f"The next transaction will abort it: {in_words(error)}")
        else:
            self._tell("aborted")

    def _tell(self, state: str, **fields: Any) -> None:
        self._observe(
            Hop(
                HopType.TRANSACTION,
                self._member,
                now(),
                group=self._group,
                data={"state": state},
                **fields,
            )
        )


def _insist(step: Callable[[], None], stopping: threading.Event) -> None:
    """Do it, again while the answer is that it may be tried again. Raises KafkaException or InterruptedError."""
    while True:
        try:
            return step()
        except KafkaException as error:
            if not error.args[0].retriable():
                raise
        if stopping.wait(_AGAIN):
            raise InterruptedError


def transactional(name: str) -> Mapping[str, str | int]:
    """The client settings of a producer that sends in transactions."""
    return {**SETTINGS, "transactional.id": name}
