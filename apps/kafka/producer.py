"""The room's producer: hands records over, and reports what became of each."""

from __future__ import annotations

import functools
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from apps.kafka import headers
from apps.kafka.choices import ProducerChoice
from apps.kafka.clusters import Cluster
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.reports import Fate, Report, Reports, Whole, acks_of
from apps.kafka.sampledplaces import SampledPlaces


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the brokers answered of a record. `offset` is -1 where they were not asked (acks=0); `error` is in words."""

    partition: int
    offset: int
    error: str | None = None


Delivered = Callable[[Delivery], None]
"""Called once for a record, from the producer's thread. Must not block."""

SETTINGS: Mapping[str, str | int | float | bool] = {
    "acks": "all",
    "linger.ms": 5,
    "compression.type": "lz4",
    # The Java client's partitioner; librdkafka's own default would put keys elsewhere.
    "partitioner": "murmur2_random",
}
Bare = tuple[bytes | None, bytes]
"""Key and value of a record, as they are sent."""
_GATHER, _IDLE = 0.02, 0.2
_LOOK_AFTER = 64
"""Delivery reports after which one of them looks at the clock."""
_PATIENCE = 1.0
_DEADLINE = "message.timeout.ms"
_STUCK, _REMIND = 2.0, 1.0
"""Seconds without a delivery report after which waiting records are told, and how often."""


class QueueFull(Exception):
    """The producer's queue is full: the brokers take records slower than they are handed over."""


@dataclass(slots=True)
class Outgoing:
    """A record to send: `topic` as the scenario calls it, `value` in bytes, `shown` only for the hop.

    `extra` are headers beside those that every record has.
    """

    topic: str
    key: str | None
    value: bytes
    type: str
    trace: str
    sampled: bool
    source: str
    shown: Any = None
    extra: headers.Headers = field(default_factory=list)


class Totals:
    """Records handed over so far, and what became of them, by topic, for all producers of a room together."""

    def __init__(self) -> None:
        self._sent: Counter[str] = Counter()
        self._fates: Counter[tuple[str, Fate]] = Counter()
        self._lock = threading.Lock()

    def add(self, topic: str, count: int = 1) -> int:
        with self._lock:
            self._sent[topic] += count
            return self._sent[topic]

    def meet(self, fate: Fate, topics: Counter[str]) -> None:
        with self._lock:
            self._fates.update({(topic, fate): count for topic, count in topics.items()})

    def of(self, topic: str, fate: Fate | None = None) -> int:
        with self._lock:
            return self._fates[topic, fate] if fate else self._sent[topic]


class RoomProducer:
    """One Kafka producer and the thread that serves its delivery reports.

    `send` may be called from any thread. librdkafka's own callbacks only keep what they are told; hops are made of
    many together, after the poll, or in the midst of one: it goes on for as long as reports come. `places` is shared
    with all members of a room.
    """

    def __init__(
        self,
        cluster: Cluster,
        room: str,
        observe: Observe,
        name: str,
        totals: Totals,
        choice: ProducerChoice | None = None,
        places: SampledPlaces | None = None,
        **settings: Any,
    ) -> None:
        self.name = name
        self.settings = {
            **cluster.producer_settings,
            **SETTINGS,
            **settings,
            **(choice.settings if choice else {}),
        }
        own = {**cluster.client_settings, "log_level": 2, "client.id": name}
        self._producer = Producer({**self.settings, **own})
        self._observe = observe
        self._origin = f"/rooms/{room}"
        self._names = _Names(cluster)
        self._reports = Reports(self._names.known, self._told)
        self._counted: dict[tuple[str, str], int] = {}
        self._totals, self._places = totals, places or SampledPlaces()
        self._lock, self._telling = threading.Lock(), threading.Lock()
        timeout = int(self.settings["message.timeout.ms"])
        self._waiting = _Waiting(self._producer, name, observe, timeout)
        self._tell_by = self._told_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"producer-{name}", daemon=True)
        self._thread.start()

    @property
    def client(self) -> Producer:
        """For its transactions; librdkafka's producer may be used from any thread."""
        return self._producer

    def send(self, record: Outgoing, delivered: Delivered | None = None) -> None:
        """Hand one record over. Raises QueueFull; otherwise its fate comes as a hop and to `delivered`."""
        sent_at = now()
        report: Any = self._report
        if record.sampled or delivered:
            whole = Whole(record.key, record.trace, record.type, sent_at) if record.sampled else None
            report = functools.partial(self._report_of, whole, delivered)
        try:
            self._producer.produce(
                self._names.real(record.topic),
                value=record.value,
                key=None if record.key is None else record.key.encode(),
                headers=[
                    *headers.build(record.type, self._origin, record.trace, record.sampled),
                    *record.extra,
                ],
                on_delivery=report,
            )
        except BufferError as error:
            raise QueueFull("The producer's queue is full; the brokers can't keep up.") from error
        self._count(record, sent_at)

    def send_many(self, topic: str, type_: str, trace: str, source: str, records: Sequence[Bare]) -> int:
        """Hand over records that are not shown whole, all of one trace. Returns how many the queue had place for."""
        produce, real, done = self._producer.produce, self._names.real(topic), 0
        each = headers.build_many(type_, self._origin, trace, len(records))
        try:
            for (key, value), built in zip(records, each, strict=True):
                produce(real, value=value, key=key, headers=built, on_delivery=self._report)
                done += 1
        except BufferError:
            pass  # the rest may be handed over again when there is place
        if done:
            self._count_bare(topic, source, done)
        return done

    def _count_bare(self, topic: str, source: str, count: int) -> None:
        self._totals.add(topic, count)
        with self._lock:
            self._counted[topic, source] = self._counted.get((topic, source), 0) + count

    def _count(self, record: Outgoing, sent_at: int) -> None:
        if not record.sampled:
            self._count_bare(record.topic, record.source, 1)
            return
        total = self._totals.add(record.topic)
        data = {"type": record.type, "value": record.shown, "total": total}
        self._observe(
            Hop(
                HopType.SEND,
                record.source,
                sent_at,
                topic=record.topic,
                count=1,
                key=record.key,
                trace=record.trace,
                data=data,
            )
        )

    # The client's callbacks

    def _report(self, _error: KafkaError | None, message: Message) -> None:
        self._reports.keep(message)
        if len(self._reports) % _LOOK_AFTER == 0:
            self._tell_in_time()

    def _report_of(
        self, whole: Whole | None, delivered: Delivered | None, _error: KafkaError | None, message: Message
    ) -> None:
        if whole:
            self._reports.keep_whole(message, whole)
        else:
            self._reports.keep(message)
        if delivered:
            report = self._reports.read(message)
            delivered(Delivery(report.partition, report.offset, report.error))
        self._tell_in_time()

    def _tell_in_time(self) -> None:
        """In our own poll alone: who flushes or ends a transaction is called back in a thread of its own.

        Not when it closes: then the client may be gone already, and the rest is told by who closes it.
        """
        due = time.monotonic() > self._tell_by and not self._stopping.is_set()
        if due and threading.get_ident() == self._thread.ident:
            self._tell_news()

    def _told(self, error: KafkaError) -> str:
        if error.code() != KafkaError._MSG_TIMED_OUT:
            return error.str()
        seconds = float(self.settings[_DEADLINE]) / 1000
        return f"No broker stored it within {seconds:g} s, so it is given up ({_DEADLINE})."

    # Its thread

    def _serve(self) -> None:
        while not self._stopping.is_set():
            seconds = _GATHER if self._reports or self._counted else _IDLE
            self._tell_by = time.monotonic() + seconds
            self._producer.poll(seconds)
            # A flood brings reports by the handful; told together they make longer runs.
            if time.monotonic() - self._told_at >= _GATHER:
                self._tell_news()

    def _tell_news(self) -> None:
        self._waiting.look(bool(self._reports))
        self._tell()
        self._told_at = time.monotonic()
        self._tell_by = self._told_at + _GATHER

    def _tell(self) -> None:
        """Who closes it tells, too: one after the other, so that acks stay in order."""
        with self._telling:
            self._tell_sends()
            self._tell_reports()

    def _tell_reports(self) -> None:
        answers = self._reports.take()
        self._totals.meet(Fate.UNKNOWN, answers.unknown)
        self._totals.meet(Fate.FAILED, Counter(report.topic for report in answers.failed))
        for run in answers.stored:
            self._totals.meet(Fate.STORED, Counter({run.place[0]: len(run)}))
            samples = answers.samples.get(run.place, ())
            self._places.stored(run.place, run.offsets, [report.offset for report in samples])
            for hop in acks_of(self.name, run, samples):
                self._observe(hop)
        for report in answers.failed:
            self._tell_failed(report)

    def _tell_failed(self, report: Report) -> None:
        self._observe(
            Hop(
                HopType.FAIL,
                self.name,
                now(),
                topic=report.topic,
                key=report.key,
                trace=report.shown or None,
                data={"total": self._totals.of(report.topic, Fate.FAILED)},
                error=report.error,
            )
        )

    def _tell_sends(self) -> None:
        with self._lock:
            counted, self._counted = self._counted, {}
        for (topic, source), count in counted.items():
            self._observe(
                Hop(
                    HopType.SEND,
                    source,
                    now(),
                    topic=topic,
                    count=count,
                    data={"total": self._totals.of(topic)},
                )
            )

    def finish(self) -> None:
        """Take nothing more, wait until what is under way is stored or given up, then let go."""
        while len(self._producer):
            time.sleep(_IDLE)
        self.close()

    def close(self) -> None:
        """Wait a moment for what is under way, then let go: with records left the client's own close never ends."""
        self._stopping.set()
        self._thread.join(_PATIENCE)
        self._producer.flush(_PATIENCE)
        self._producer.purge()
        self._producer.flush(_PATIENCE / 2)
        self._producer.close()
        self._tell()


class _Waiting:
    """Notices that no record gets through, and tells how many wait and for how long at most, until one does."""

    def __init__(self, producer: Producer, name: str, observe: Observe, timeout_ms: int) -> None:
        self._producer, self._name, self._observe = producer, name, observe
        self._timeout_ms = timeout_ms
        self._moved = self._told = time.monotonic()
        self._stuck = False

    def look(self, moved: bool) -> None:
        """`moved`: whether a delivery report came since the last look."""
        now_s, waiting = time.monotonic(), len(self._producer)
        if moved or not waiting:
            self._moved = now_s
            if self._stuck:
                self._stuck = False
                self._tell(0, None)
        elif now_s - self._moved > _STUCK and now_s - self._told > _REMIND:
            self._stuck, self._told = True, now_s
            self._tell(waiting, "These records wait: the brokers do not take them just now.")

    def _tell(self, waiting: int, error: str | None) -> None:
        data = {"waiting": waiting, "timeout_ms": self._timeout_ms}
        self._observe(Hop(HopType.RETRY, self._name, now(), data=data, error=error))


class _Names:
    """Topic names both ways, remembered: asked for each record."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._real: dict[str, str] = {}
        self.known: dict[str, str] = {}
        """The scenario's names, by those on the brokers, of topics that were sent to."""

    def real(self, topic: str) -> str:
        if topic not in self._real:
            real = self._cluster.real_name(topic)
            self._real[topic], self.known[real] = real, topic
        return self._real[topic]
