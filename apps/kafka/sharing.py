"""One member of a share group (KIP-932): one thread, one share consumer that nobody else touches.

It takes single records, from whichever partition has some, and answers for each. Brokers keep a record locked for it
meanwhile; what it does not answer for in time, or dies with, they give to others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from confluent_kafka import AcknowledgeType, IllegalStateException, KafkaException, Message, ShareConsumer

from apps.kafka.choices import Settings
from apps.kafka.clusters import Cluster, in_words
from apps.kafka.duties import Handle
from apps.kafka.hops import HopType, Observe
from apps.kafka.life import Life
from apps.kafka.received import Received, receive
from apps.kafka.runs import contiguous
from apps.kafka.sharetelling import Answer, ShareTeller, Taken
from apps.kafka.trying import Trying

SETTINGS: Mapping[str, str | int | float | bool] = {
    "share.acknowledgement.mode": "explicit",
    # The client asks one broker after another: what one has waits while the others have nothing.
    "fetch.wait.max.ms": 50,
}
MOST_RECORDS = 500
"""Records that one poll takes at most, about: the client's own default."""
_POLL = 0.1
_PATIENCE = 5.0
_AGAIN = 1.0
"""Seconds after a poll that failed."""
_SLOW_BATCH = 0.5
"""Seconds of work that a slowed member takes at a time: what it holds nobody else gets."""
_IN_KAFKA = {
    Answer.ACCEPT: AcknowledgeType.ACCEPT,
    Answer.RELEASE: AcknowledgeType.RELEASE,
    Answer.REJECT: AcknowledgeType.REJECT,
}

PutAside = Callable[[Answer, list[Received]], None]
"""Notes that these will not be handled: rejected, or released for the last time. Raises as `Handle` does."""


def settings_of(cluster: Cluster, work_time: float) -> Settings:
    """The client settings of a share group's members that differ from the client's own defaults."""
    return {**cluster.consumer_settings, **SETTINGS, "max.poll.records": _at_once(work_time)}


def _at_once(work_time: float) -> int:
    """Records that a member takes at a time, which it then holds alone."""
    return MOST_RECORDS if not work_time else max(1, int(_SLOW_BATCH / work_time))


class ShareMember(Life[ShareConsumer]):
    """Takes records, handles and stores them, then accepts them; or gives them back or rejects them, as `answer` says.

    `limit`: brokers give up a record that was released when it had been delivered so often. `work_time`: seconds that
    it takes over a record, beside what handling takes anyway. Others may set `answer`.
    """

    def __init__(
        self,
        cluster: Cluster,
        group: str,
        name: str,
        topics: tuple[str, ...],
        handle: Handle,
        put_aside: PutAside,
        observe: Observe,
        limit: int,
        work_time: float = 0.0,
        answer: Answer = Answer.ACCEPT,
    ) -> None:
        super().__init__(name)
        self.group = group
        self._work_time, self.answer = work_time, answer
        self._cluster, self._limit = cluster, limit
        self._handle, self._put_aside = handle, put_aside
        self._teller = ShareTeller(group, name, observe, limit)
        self._own = {cluster.real_name(topic): topic for topic in topics}
        self.settings = settings_of(cluster, work_time)
        self._config = {
            **self.settings,
            **cluster.client_settings,
            "group.id": cluster.real_name(group),
            "client.id": name,
            "log_level": 2,
        }
        self._held = 0
        self._nexts: dict[tuple[str, int], int] = {}
        self._trying = Trying(name, self._stopping, self._tell_retry)
        self._thread.start()

    @property
    def working(self) -> bool:
        """Whether it has records in hand that it has not answered for."""
        return self._held > 0

    # Its thread

    def _open(self) -> ShareConsumer:
        consumer = ShareConsumer(self._config)
        consumer.subscribe(list(self._own))
        return consumer

    def _die(self, _consumer: ShareConsumer) -> None:
        self._tell_member(HopType.CRASH, data={"held": self._held})
        self._teller.silent = True

    def _leave(self, consumer: ShareConsumer) -> None:
        """What it holds brokers give to others at once."""
        consumer.close()
        self._held = 0
        self._tell_member(HopType.LEAVE)

    def _turn(self, consumer: ShareConsumer) -> None:
        self._cluster.share_out(self.group, tuple(self._own.values()))
        batch = [self._take(message) for message in self._poll(consumer) if self._sound(message)]
        if batch and self._same_logs(batch):
            self._held = len(batch)
            self._teller.polled(batch)
            self._work(consumer, batch)

    def _poll(self, consumer: ShareConsumer) -> Sequence[Message]:
        try:
            return list(consumer.poll(_POLL))
        except KafkaException as error:
            self._tell_member(HopType.FAIL, error=in_words(error))
            self._stopping.wait(_AGAIN)
            return []

    def _sound(self, message: Message) -> bool:
        error = message.error()
        if error:
            self._tell_member(HopType.FAIL, error=error.str())
        return not error

    def _take(self, message: Message) -> Taken:
        record = receive(message, self._own[message.topic() or ""])
        record.look()
        return Taken(record, message.delivery_count() or 1)

    def _same_logs(self, batch: list[Taken]) -> bool:
        """False if it is to leave: these are of another log. Where what is delivered for the first time goes back, or
        none came from before, it may be."""
        doubtful = False
        for one in batch:
            place, offset = (one.record.topic, one.record.partition), one.record.offset
            doubtful |= one.deliveries == 1 and offset < self._nexts.get(place, offset + 1)
            self._nexts[place] = max(offset + 1, self._nexts.get(place, 0))
        return not doubtful or self._trying.until_done(self._cluster.check_logs) is not None

    def _work(self, consumer: ShareConsumer, batch: list[Taken]) -> None:
        """Some at a time, each answered for as soon as it is done; who is to leave leaves the rest to the brokers."""
        while batch:
            count, answer = _at_once(self._work_time), self.answer
            portion, batch = batch[:count], batch[count:]
            if self._stopping.wait(self._work_time * len(portion)) or not self._deal_with(answer, portion):
                return
            self._between_its_steps()
            self._acknowledge(consumer, answer, portion)

    def _deal_with(self, answer: Answer, portion: list[Taken]) -> bool:
        """Before the broker hears of it, so that nothing is lost between the two. False if it is to leave."""
        if answer is Answer.ACCEPT:
            return self._process([one.record for one in portion])
        last = [one for one in portion if answer is Answer.REJECT or one.deliveries >= self._limit]
        return not last or self._note(answer, [one.record for one in last])

    def _process(self, records: list[Received]) -> bool:
        redelivered = self._trying.until_done(lambda: self._handle(records, self._stopping))
        if redelivered is None:
            return False
        self._teller.processed(contiguous(records), redelivered)
        return True

    def _note(self, answer: Answer, records: list[Received]) -> bool:
        def work() -> bool:
            self._put_aside(answer, records)
            return True

        return bool(self._trying.until_done(work))

    def _acknowledge(self, consumer: ShareConsumer, answer: Answer, portion: list[Taken]) -> None:
        """Waits for the broker's word: else others are seen with a record before this one is seen to release it."""
        given = [one for one in portion if self._mark(consumer, answer, one)]
        for why, batch in self._commit(consumer, given).items():
            if why:
                self._teller.refused(batch, why)
            else:
                self._teller.acknowledged(answer, batch)
        self._held -= len(portion)

    def _mark(self, consumer: ShareConsumer, answer: Answer, one: Taken) -> bool:
        record = one.record
        real = self._cluster.real_name(record.topic)
        try:
            consumer.acknowledge_offset(real, record.partition, record.offset, _IN_KAFKA[answer])
        except IllegalStateException as error:
            # As when the partition was taken from this member meanwhile.
            self._teller.refused([one], str(error))
            return False
        return True

    def _commit(self, consumer: ShareConsumer, given: list[Taken]) -> dict[str, list[Taken]]:
        """By why the broker did not take the answer; an empty text where it did."""
        try:
            replies = consumer.commit_sync(_PATIENCE)
        except KafkaException as error:
            return {in_words(error): given}
        refused = {
            (self._own[tp.topic], tp.partition): error.args[0].str() for tp, error in replies.items() if error
        }
        found: dict[str, list[Taken]] = {}
        for one in given:
            found.setdefault(refused.get((one.record.topic, one.record.partition), ""), []).append(one)
        return found

    def _tell_member(self, type_: HopType, **fields: Any) -> None:
        self._teller.of_member(type_, **fields)

    def _tell_retry(self, why: str, wait: float) -> None:
        self._tell_member(HopType.RETRY, error=why, data={"wait_s": wait})
