"""The room's producer: hands records over, and reports what became of each."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from confluent_kafka import KafkaError, Message, Producer

from apps.kafka import headers
from apps.kafka.batch import Run
from apps.kafka.choices import ProducerChoice, Settings
from apps.kafka.clusters import Cluster
from apps.kafka.hops import Hop, HopType, now
from apps.kafka.outcomes import Answered, Stored, Told
from apps.kafka.outgoing import Bare, Delivered, Delivery, Outgoing, QueueFull
from apps.kafka.reports import Answers, Reports, Whole, acks_of

SETTINGS: Mapping[str, str | int | float | bool] = {
    "acks": "all",
    "linger.ms": 5,
    "compression.type": "lz4",
    # The Java client's partitioner; librdkafka's own default would put keys elsewhere.
    "partitioner": "murmur2_random",
}
_GATHER, _IDLE = 0.02, 0.2
_LOOK_AFTER = 64
"""Delivery reports after which one of them looks at the clock."""
_PATIENCE = 1.0
DEADLINE = "message.timeout.ms"
_STUCK, _REMIND = 2.0, 1.0
"""Seconds without a delivery report after which waiting records are told, and how often."""


class Brokers(Protocol):
    """What a producer is told of a cluster."""

    @property
    def client_settings(self) -> Settings: ...

    def real_name(self, name: str) -> str: ...


def settings_of(
    cluster: Cluster, choice: ProducerChoice | None = None, own: Settings | None = None
) -> Settings:
    """The client settings of a producer; `own` differ from those of others, and what is chosen goes before all."""
    return {
        **cluster.producer_settings,
        **SETTINGS,
        **(own or {}),
        **(choice.settings if choice else {}),
    }


class RoomProducer:
    """One Kafka producer and the thread that serves its delivery reports.

    `send` may be called from any thread. librdkafka's own callbacks only keep what they are told; `told` hears of many
    together, after the poll, or in the midst of one: it goes on for as long as reports come.
    """

    def __init__(self, cluster: Brokers, room: str, told: Told, settings: Settings) -> None:
        """`settings` as `settings_of` gives them."""
        self.name, self.settings = told.name, settings
        own = {**cluster.client_settings, "log_level": 2, "client.id": self.name}
        self._producer = Producer({**settings, **own})
        self._told = told
        self._origin = f"/rooms/{room}"
        self._names = _Names(cluster)
        self._reports = Reports(self._names.known, self._in_words)
        self._lock = threading.Lock()
        self._waiting = _Waiting(self._producer, told, int(settings["message.timeout.ms"]))
        self._tell_by = self._told_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"producer-{self.name}", daemon=True)
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
        self._told.sent(record, sent_at)

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
            self._told.sent_bare(topic, source, done)
        return done

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

    def _in_words(self, error: KafkaError) -> str:
        if error.code() != KafkaError._MSG_TIMED_OUT:
            return error.str()
        seconds = float(self.settings[DEADLINE]) / 1000
        return f"No broker stored it within {seconds:g} s, so it is given up ({DEADLINE})."

    # Its thread

    def _serve(self) -> None:
        while not self._stopping.is_set():
            seconds = _GATHER if self._reports or self._told.unsaid else _IDLE
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
        with self._lock:
            self._told.say_sent()
            answers = self._reports.take()
            samples = {place: [one.offset for one in found] for place, found in answers.samples.items()}
            self._told.answered(
                Answered(
                    [Stored(run.place, run.offsets, samples.get(run.place, ())) for run in answers.stored],
                    [hop for run in answers.stored for hop in self._acks_of(run, answers)],
                    answers.unknown,
                    answers.failed,
                )
            )

    def _acks_of(self, run: Run, answers: Answers) -> list[Hop]:
        return acks_of(self.name, run, answers.samples.get(run.place, ()))

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

    def __init__(self, producer: Producer, told: Told, timeout_ms: int) -> None:
        self._producer, self._told_of, self._timeout_ms = producer, told, timeout_ms
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
        self._told_of.observe(Hop(HopType.RETRY, self._told_of.name, now(), data=data, error=error))


class _Names:
    """Topic names both ways, remembered: asked for each record."""

    def __init__(self, cluster: Brokers) -> None:
        self._cluster = cluster
        self._real: dict[str, str] = {}
        self.known: dict[str, str] = {}
        """The scenario's names, by those on the brokers, of topics that were sent to."""

    def real(self, topic: str) -> str:
        if topic not in self._real:
            real = self._cluster.real_name(topic)
            self._real[topic], self.known[real] = real, topic
        return self._real[topic]
