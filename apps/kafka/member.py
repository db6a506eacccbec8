"""One member of a consumer group: one thread, one Kafka consumer that nobody else touches."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from apps.kafka import seeking
from apps.kafka.batch import Batch, each
from apps.kafka.bookmarks import bookmark_of
from apps.kafka.choices import ON, Commit, GroupChoice, Settings
from apps.kafka.clusters import Cluster, ClusterError, in_words
from apps.kafka.commits import AGAIN, AutoCommits, Bookmarks, Commits, nexts_of, real_offsets
from apps.kafka.duties import Away, Duties
from apps.kafka.hand import SETTINGS as HAND_SETTINGS
from apps.kafka.hand import Hand, Step
from apps.kafka.hops import HopType, Observe
from apps.kafka.intake import Intake
from apps.kafka.life import Life
from apps.kafka.ownership import Ownership, Place
from apps.kafka.readback import NotThere
from apps.kafka.received import Received
from apps.kafka.runs import contiguous
from apps.kafka.sampledplaces import SampledPlaces
from apps.kafka.seeking import Seek
from apps.kafka.telling import Teller
from apps.kafka.transactions import Outbox, Undone
from apps.kafka.trying import Trying
from apps.kafka.voids import Voids

logger = logging.getLogger(__name__)

SETTINGS: Mapping[str, str | int | float | bool] = {"queued.max.messages.kbytes": 4096}
_BATCH = 12_000
_SLOW_BATCH = 0.5
"""Seconds of work that a slowed member takes at a time, so that it stays answerable and its steps can be seen."""
_FAREWELL = 0.5
_ANSWER = 5.0
_LOOK_UP = 8.0
"""To a broker whose answers are two seconds late the first question takes six: a new connection has two of its own."""
_LAST_ANSWER = 2.0
"""Seconds for which who is to leave waits to hear whether its bookmark is set."""


def settings_of(cluster: Cluster, choice: GroupChoice) -> Settings:
    """The client settings of a group's members that differ from the client's own defaults."""
    protocol = choice.protocol or next(iter(cluster.protocols))
    return {**cluster.consumer_settings, **cluster.protocols[protocol], **SETTINGS, **choice.settings}


class GroupMember(Life[Consumer]):
    """Polls, handles, stores, then commits, or in the order that was chosen. What it does is reported as hops.

    `outbox` is what its duties send through, where `Commit.TRANSACTION` was chosen. With a `hand` it takes one record
    at a time, and waits for the hand before it handles it, and before it commits if that comes after. Other threads may
    ask it to stop, crash, pause and seek; none of that waits. `samples` is shared by all members of a room.
    """

    def __init__(
        self,
        cluster: Cluster,
        group: str,
        name: str,
        topics: tuple[str, ...],
        duties: Duties,
        observe: Observe,
        choice: GroupChoice | None = None,
        outbox: Outbox | None = None,
        hand: Hand | None = None,
        samples: SampledPlaces | None = None,
    ) -> None:
        super().__init__(name)
        self.group, self._cluster = group, cluster
        self._choice = choice or GroupChoice()
        self._protocol = self._choice.protocol or next(iter(cluster.protocols))
        self.settings = {**settings_of(cluster, self._choice), **(HAND_SETTINGS if hand else {})}
        self.work_time = 0.0
        """Seconds that it takes over a record, beside what handling takes anyway."""
        self._ownership = Ownership({topic: cluster.real_name(topic) for topic in topics})
        self._duties, self._outbox, self._hand = duties, outbox, hand
        self._handle = outbox.within(duties.handle) if outbox else duties.handle
        self._teller = Teller(group, name, observe)
        self._bookmarks = self._new_bookmarks()
        self._begun: dict[Place, int] = {}
        self._resumed: dict[Place, int] = {}
        self._orders: deque[Callable[[Consumer], None]] = deque()
        self._intake, self._samples = Intake(), samples or SampledPlaces()
        self._paused = False
        self._sought: dict[Place, int] = {}
        self._working = False
        self._trying = Trying(name, self._stopping, self._tell_retry)
        # Whose bookmark may be set before it has handled a batch leaves in good order when that is handled.
        self._finishes = self._choice.commit in (Commit.BEFORE, Commit.AUTO)
        self._give_up = self._abandoned if self._finishes else self._stopping
        self._handling = Trying(name, self._give_up, self._tell_retry)
        self._committed: set[Place] = set()
        self._voids = Voids(cluster, self._ownership, duties, self._teller, self._trying)
        identity = {"group.instance.id": name} if self._choice.static == ON else {}
        self._config = {
            **self.settings,
            **cluster.client_settings,
            **identity,
            "group.id": cluster.real_name(group),
            "client.id": name,
            "log_level": 2,
            "enable.partition.eof": cluster.transactions,
            "on_commit": self._on_commit,
        }
        self._thread.start()

    def _new_bookmarks(self) -> Bookmarks:
        def done(runs: list[Sequence[Received]], nexts: Mapping[Place, int]) -> None:
            self._teller.committed(runs, nexts)
            self._committed |= nexts_of(runs).keys()

        if self._choice.commit == Commit.AUTO:
            return AutoCommits(self._ownership.real, self._ownership.owns, done, self._commit_failed)
        return Commits(self._ownership.real, self._ownership.owns, done, self._commit_failed)

    # What others may ask

    def pause(self, paused: bool) -> threading.Event:
        """Stay in the group and read nothing, or read on; the event is set when it minds that, after its turn."""
        minded = threading.Event()

        def obey(consumer: Consumer) -> None:
            self._set_paused(consumer, paused)
            minded.set()

        self._orders.append(obey)
        return minded

    def seek(self, seek: Seek) -> None:
        """Read its partitions from elsewhere, and set the bookmark there."""
        self._orders.append(lambda consumer: self._seek(consumer, seek))

    @property
    def working(self) -> bool:
        """Whether it has records in hand that are read and not handled."""
        return self._working

    # Its thread

    def _open(self) -> Consumer:
        consumer = Consumer(self._config)
        consumer.subscribe(
            list(self._ownership.own),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_lost,
        )
        return consumer

    def _bury(self) -> None:
        if self._outbox:
            self._outbox.close()

    def _die(self, consumer: Consumer) -> None:
        self._tell_member(HopType.CRASH, data={"changed": self._ownership.lose_all()})
        self._teller.silent = True
        # A client that has an assignment still to serve can't be dropped: it would wait for that without end.
        consumer.poll(0.1)

    def _leave(self, consumer: Consumer) -> None:
        self._finish_commits(consumer)
        # Unsubscribing and polling on lets the group finish before close(), which can otherwise
        # freeze the whole process (librdkafka #4884).
        consumer.unsubscribe()
        until = time.monotonic() + _FAREWELL
        while self._ownership.assigned and time.monotonic() < until:
            consumer.poll(0.05)
        consumer.close()
        self._tell_member(HopType.LEAVE, data={"changed": self._ownership.lose_all()})

    def _turn(self, consumer: Consumer) -> None:
        self._obey(consumer)
        messages = self._intake.take(consumer, self._at_once)
        if not messages:
            self._tell_begin()
            self._bookmarks.passed(self._voids.pass_tails(consumer))
            self._bookmarks.ask_again(consumer)
            return
        if any(each(messages, "error")):
            messages = [message for message in messages if self._sound(message)]
        batch = Batch(messages, self._ownership.own)
        if batch:
            self._working = True
            try:
                self._work(consumer, batch)
            finally:
                self._working = False

    def _obey(self, consumer: Consumer) -> None:
        while self._orders:
            try:
                self._orders.popleft()(consumer)
            except (KafkaException, ClusterError, NotThere) as error:
                # As when the partition that it is about has just been taken away.
                self._tell_member(HopType.FAIL, error=f"What was asked could not be done: {in_words(error)}")

    @property
    def _at_once(self) -> int:
        if self._paused:
            return 0
        if self._hand:
            return 1
        return _BATCH if not self.work_time else max(1, int(_SLOW_BATCH / self.work_time))

    def _sound(self, message: Message) -> bool:
        error = message.error()
        if error and error.code() == KafkaError._PARTITION_EOF:
            self._voids.ended(message)
        elif error:
            self._tell_member(HopType.FAIL, error=error.str())
        return not error

    def _work(self, consumer: Consumer, batch: Batch) -> None:
        for run in batch.runs:
            self._samples.mark(run)
        runs = contiguous(batch)
        if not (self._same_logs(runs) and self._trying.until_done(self._enter_begin)):
            return
        if not self._voids.explain(consumer, list(self._ownership.holes(runs))):
            return
        self._tell_poll(runs)
        match self._choice.commit:
            case Commit.BEFORE:
                todo = self._commit_first(consumer, runs, batch)
                self._between_its_steps()
                self._process(todo)
            case Commit.AUTO:
                self._bookmarks.add(runs)
                self._bookmarks.ask(consumer)
                self._process(batch)
                self._between_its_steps()
            case Commit.TRANSACTION:
                self._transact(consumer, runs, batch)
            case _:
                if self._process(batch):
                    self._between_its_steps()
                    if not self._may(Step.COMMIT):
                        return
                    self._bookmarks.add(runs)
                    self._bookmarks.ask(consumer)
                    if self._hand:
                        # Nobody polls, and so hears the answer, while it waits for the next step.
                        self._await_commits(consumer)

    def _tell_poll(self, runs: list[Sequence[Received]]) -> None:
        self._teller.records(HopType.POLL, runs)
        if self._finishes:
            self._duties.ahead(nexts_of(runs))

    def _same_logs(self, runs: Sequence[Sequence[Received]]) -> bool:
        """False if it is to leave: these are of another log, for the room's next life to read from the beginning."""
        doubtful = self._ownership.doubtful(runs)
        if doubtful and self._trying.until_done(self._cluster.check_logs) is None:
            return False
        self._ownership.trust(doubtful)
        return True

    def _transact(
        self, consumer: Consumer, runs: list[Sequence[Received]], batch: Sequence[Received]
    ) -> None:
        assert self._outbox
        if not self._process(batch):
            return
        self._between_its_steps()
        try:
            nexts = nexts_of(runs)
            self._outbox.commit(consumer, real_offsets(nexts, self._ownership.real), self._stopping)
            self._teller.committed(runs, nexts)
        except InterruptedError:
            self._stopping.set()
        except Undone as undone:
            self._tell_retry(str(undone), 0.0)
            self._trying.until_done(lambda: self._go_back(consumer, runs))

    def _commit_first(
        self, consumer: Consumer, runs: list[Sequence[Received]], batch: Batch
    ) -> Sequence[Received]:
        """What has its bookmark set, which nobody else will handle: also if the partition is another's by now, or this
        member is to leave. The rest is for whoever reads it next."""
        self._committed.clear()
        self._bookmarks.add(runs)
        self._bookmarks.ask(consumer)
        self._await_first(consumer)
        self._bookmarks.forget(nexts_of(runs).keys() - self._committed)
        if self._committed >= nexts_of(runs).keys():
            return batch
        return [record for record in batch if (record.topic, record.partition) in self._committed]

    def _await_first(self, consumer: Consumer) -> None:
        """Who is to leave waits for the answer that is on its way, and asks for nothing more."""
        until = float("inf")
        while self._bookmarks.pending and not self._abandoned.is_set() and time.monotonic() < until:
            if not self._stopping.is_set():
                self._bookmarks.ask_again(consumer)
            elif not self._bookmarks.underway:
                return
            else:
                until = min(until, time.monotonic() + _LAST_ANSWER)
            self._intake.wait(consumer, 0.05)

    def _await_commits(self, consumer: Consumer) -> None:
        while self._bookmarks.underway and not self._stopping.is_set():
            self._intake.wait(consumer, 0.05)
            self._bookmarks.ask_again(consumer)

    def _process(self, batch: Sequence[Received]) -> bool:
        """False if it was stopped or is to leave: nothing is stored, another member gets the batch."""
        if not batch or not (self._takes_its_time(batch) or self._finishes):
            return False
        redelivered = self._handling.until_done(lambda: self._handle(batch, self._give_up))
        if redelivered is None:
            self._stopping.set()
            return False
        self._teller.processed(contiguous(batch), redelivered)
        return True

    def _takes_its_time(self, batch: Sequence[Received]) -> bool:
        """False if it is to leave before that is over."""
        return self._may(Step.HANDLE) and not self._stopping.wait(self.work_time * len(batch))

    def _may(self, step: Step) -> bool:
        return self._hand is None or self._hand.wait(step, self._stopping)

    def _on_commit(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        """In this member's thread, from a poll."""
        self._bookmarks.answered(error, partitions)

    def _commit_failed(self, why: str) -> None:
        self._tell_retry(why, AGAIN)

    def _finish_commits(self, consumer: Consumer) -> None:
        self._bookmarks.ask(consumer)
        until = time.monotonic() + _FAREWELL
        while self._bookmarks.underway and time.monotonic() < until:
            self._intake.wait(consumer, 0.05)

    # Pausing and seeking

    def _set_paused(self, consumer: Consumer, paused: bool) -> None:
        self._paused = paused
        mine = self._ownership.real_places(self._ownership.assigned)
        (consumer.pause if paused else consumer.resume)(mine)
        # Where it was sent while it paused: the client may go on from where it was before.
        sought, self._sought = self._sought, {}
        for place in real_offsets(sought, self._ownership.real):
            seeking.go_on_at(consumer, place)

    def _seek(self, consumer: Consumer, seek: Seek) -> None:
        """What is under way is settled first, so that its commit does not come after ours.

        What is passed over is entered before the bookmark is set behind it: else it would look lost.
        """
        places = [place for place in self._ownership.assigned if seek.concerns(place)]
        if not places:
            return
        self._finish_commits(consumer)
        spots = seeking.spots(consumer, self._cluster, seek, places)
        found = {place: spot.offset for place, spot in spots.items()}
        self._begun |= found
        self._tell_begin()
        consumer.commit(offsets=self._move(consumer, found))
        if self._paused:
            self._sought |= found
        for where, spot in spots.items():
            self._teller.seek(where, spot.offset, spot.short)

    def _go_back(self, consumer: Consumer, runs: list[Sequence[Received]]) -> bool:
        """Read on at the bookmarks: whether a transaction holds is for the brokers to say."""
        firsts = {(run[0].topic, run[0].partition): run[0].offset for run in reversed(runs)}
        asked = self._ownership.real_places([place for place in firsts if self._ownership.owns(place)])
        for found in consumer.committed(asked, timeout=_ANSWER):
            place = self._ownership.own[found.topic], found.partition
            offset = found.offset if found.offset >= 0 else firsts[place]
            self._move(consumer, {place: offset})
            self._teller.seek(place, offset)
        return True

    def _move(self, consumer: Consumer, offsets: Mapping[Place, int]) -> list[TopicPartition]:
        wanted = real_offsets(offsets, self._ownership.real)
        for place in wanted:
            seeking.go_on_at(consumer, place)
        self._bookmarks.forget(offsets.keys())
        self._let_go(offsets.keys())
        self._ownership.expect(offsets)
        return wanted

    def _let_go(self, places: Collection[Place]) -> None:
        """Of what was read and not worked on."""
        self._intake.forget({(self._ownership.real[topic], number) for topic, number in places})
        self._voids.forget(places)

    # Rebalancing

    def _on_assign(self, consumer: Consumer, changed: list[TopicPartition]) -> None:
        places = self._ownership.gain(changed)
        self._bookmarks.forget(places)
        self._let_go(places)
        self._take_from(consumer, changed, self._look_up_bookmarks(consumer, changed))
        # The client keeps a partition's pause beyond the assignment in which it was paused.
        self._orders.append(lambda consumer: self._set_paused(consumer, self._paused))
        self._tell_member(HopType.ASSIGN, data={"changed": places})

    def _look_up_bookmarks(self, consumer: Consumer, changed: list[TopicPartition]) -> Mapping[Place, int]:
        """Returns where it begins at the end."""
        try:
            found = consumer.committed(changed, timeout=_LOOK_UP)
            own = self._ownership.own
            known = {
                (own[place.topic], place.partition): mark for place in found if (mark := bookmark_of(place))
            }
            self._ownership.expect({place: mark.offset for place, mark in known.items()})
            self._resumed |= {place: mark.offset for place, mark in known.items() if not mark.ours}
            return self._begin(consumer, [place for place in found if place.offset < 0])
        except KafkaException:
            logger.info("%s could not ask for its committed offsets", self.name, exc_info=True)
            return {}

    def _begin(self, consumer: Consumer, fresh: list[TopicPartition]) -> Mapping[Place, int]:
        """Where the end is, is asked by us and not left to the client: what is passed over is to be accounted for."""
        if self._choice.start != "latest":
            self._ownership.expect(dict.fromkeys(self._ownership.places(fresh), 0))
            return {}
        ends = {
            (self._ownership.own[place.topic], place.partition): consumer.get_watermark_offsets(
                place, timeout=_LOOK_UP
            )[1]
            for place in fresh
        }
        self._begun |= ends
        self._ownership.expect(ends)
        return ends

    def _take_from(
        self, consumer: Consumer, changed: list[TopicPartition], ends: Mapping[Place, int]
    ) -> None:
        """From the very ends that are accounted for: the client would look for them a moment later, and pass over what
        was stored in between. Elsewhere it begins by itself."""
        if not ends:
            return
        for place in changed:
            place.offset = ends.get((self._ownership.own[place.topic], place.partition), place.offset)
        (consumer.assign if self._protocol == "range" else consumer.incremental_assign)(changed)

    def _tell_begin(self) -> None:
        with suppress(Away):  # with the next turn, or before anything is handled
            self._enter_begin()

    def _enter_begin(self) -> bool:
        if self._resumed:
            self._duties.resume(self._resumed)
        self._resumed = {}
        if self._begun:
            self._duties.begin(self._begun)
        self._begun = {}
        return True

    def _on_revoke(self, _consumer: Consumer, changed: list[TopicPartition]) -> None:
        self._drop(HopType.REVOKE, changed)

    def _on_lost(self, _consumer: Consumer, changed: list[TopicPartition]) -> None:
        self._drop(HopType.LOST, changed)

    def _drop(self, type_: HopType, changed: list[TopicPartition]) -> None:
        gone = self._ownership.lose(changed)
        for place in gone:
            self._sought.pop(place, None)
        self._let_go(gone)
        self._tell_member(type_, data={"changed": gone})

    def _tell_retry(self, why: str, wait: float) -> None:
        self._tell_member(HopType.RETRY, error=why, data={"wait_s": wait})

    def _tell_member(self, type_: HopType, **fields: Any) -> None:
        self._teller.member(type_, self._ownership.assigned, **fields)
