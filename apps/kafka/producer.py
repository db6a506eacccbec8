"""The room's producer: hands records over, and reports what became of each."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from apps.kafka import headers
from apps.kafka.clusters import Cluster
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.runs import Step, contiguous

Delivered = Callable[[str | None], None]
"""Called once for a record, from the producer's thread, with an error in words or None. Must not block."""

SETTINGS: Mapping[str, str | int | float | bool] = {
    "acks": "all",
    "linger.ms": 5,
    "compression.type": "lz4",
    # The Java client's partitioner; librdkafka's own default would put keys elsewhere.
    "partitioner": "murmur2_random",
}
_GATHER, _IDLE = 0.02, 0.2
_PATIENCE = 1.0
_STUCK, _REMIND = 2.0, 1.0
"""Seconds without a delivery report after which waiting records are told, and how often."""


class QueueFull(Exception):
    """The producer's queue is full: the brokers take records slower than they are handed over."""


@dataclass(slots=True)
class Outgoing:
    """A record to send: `topic` as the scenario calls it, `value` in bytes, `shown` only for the hop."""

    topic: str
    key: str | None
    value: bytes
    type: str
    trace: str
    sampled: bool
    source: str
    shown: Any = None


class Totals:
    """Records handed over so far by topic, for all producers of a room together."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, topic: str) -> int:
        with self._lock:
            total = self._counts[topic] = self._counts.get(topic, 0) + 1
            return total

    def of(self, topic: str) -> int:
        return self._counts.get(topic, 0)


@dataclass(slots=True)
class _Report:
    """A delivery report. What the broker does not tell of a record is known only where it is shown whole."""

    topic: str
    partition: int
    offset: int
    latency_ms: float
    error: str | None
    key: str | None = None
    shown: str = ""
    type: str = ""
    at: int = 0


class RoomProducer:
    """One Kafka producer and the thread that serves its delivery reports.

    `send` may be called from any thread. librdkafka's own callbacks only append; hops are made after the poll.
    """

    def __init__(
        self, cluster: Cluster, room: str, observe: Observe, name: str, totals: Totals, **settings: Any
    ) -> None:
        self.name = name
        self.settings = {**cluster.producer_settings, **SETTINGS, **settings}
        own = {**cluster.client_settings, "log_level": 2, "client.id": name}
        self._producer = Producer({**self.settings, **own})
        self._observe = observe
        self._origin = f"/rooms/{room}"
        self._names = _Names(cluster)
        self._reports: list[_Report] = []
        self._counted: dict[tuple[str, str], int] = {}
        self._totals = totals
        self._lock = threading.Lock()
        self._waiting = _Waiting(self._producer, name, observe)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"producer-{name}", daemon=True)
        self._thread.start()

    def send(self, record: Outgoing, delivered: Delivered | None = None) -> None:
        """Hand one record over. Raises QueueFull; otherwise its fate comes as a hop and to `delivered`."""
        sent_at = now()
        report: Any = self._report
        if record.sampled or delivered:
            report = functools.partial(self._report_of, record, sent_at, delivered)
        try:
            self._producer.produce(
                self._names.real(record.topic),
                value=record.value,
                key=None if record.key is None else record.key.encode(),
                headers=headers.build(record.type, self._origin, record.trace, record.sampled),
                on_delivery=report,
            )
        except BufferError as error:
            raise QueueFull("The producer's queue is full; the brokers can't keep up.") from error
        self._count(record, sent_at)

    def _count(self, record: Outgoing, sent_at: int) -> None:
        total = self._totals.add(record.topic)
        if not record.sampled:
            edge = (record.topic, record.source)
            with self._lock:
                self._counted[edge] = self._counted.get(edge, 0) + 1
            return
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

    def _report(self, error: KafkaError | None, message: Message) -> None:
        self._reports.append(self._read(error, message))

    def _report_of(
        self,
        record: Outgoing,
        sent_at: int,
        delivered: Delivered | None,
        error: KafkaError | None,
        message: Message,
    ) -> None:
        report = self._read(error, message)
        if record.sampled:
            report.key, report.shown, report.type = record.key, record.trace, record.type
            report.at = sent_at + int(report.latency_ms * 1e6)
        self._reports.append(report)
        if delivered:
            delivered(report.error)

    def _read(self, error: KafkaError | None, message: Message) -> _Report:
        topic, offset, latency = message.topic(), message.offset(), message.latency()
        return _Report(
            self._names.own(topic or ""),
            message.partition() or 0,
            -1 if offset is None else offset,
            round((latency or 0.0) * 1000, 3),
            str(error) if error else None,
        )

    def _serve(self) -> None:
        told = 0.0
        while not self._stopping.is_set():
            self._producer.poll(_GATHER if self._reports or self._counted else _IDLE)
            # A flood brings reports by the handful; told together they make longer runs.
            if time.monotonic() - told >= _GATHER:
                self._waiting.look(bool(self._reports))
                self._tell()
                told = time.monotonic()

    def _tell(self) -> None:
        self._tell_sends()
        reports, self._reports = self._reports, []
        for run in contiguous(report for report in reports if not report.error):
            self._tell_acks(run)
        for report in reports:
            if report.error:
                trace = report.shown or None
                self._observe(
                    Hop(
                        HopType.FAIL,
                        self.name,
                        now(),
                        topic=report.topic,
                        key=report.key,
                        trace=trace,
                        error=report.error,
                    )
                )

    def _tell_acks(self, run: list[_Report]) -> None:
        longest = {"latency_ms": max(report.latency_ms for report in run)}
        whole = {report.offset: report for report in run if report.shown}
        for hop in Step(HopType.ACK, self.name, now()).hops([run], longest):
            report = whole.get(hop.offset or 0) if hop.trace else None
            if report:
                hop = replace(hop, at=report.at, data={"latency_ms": report.latency_ms, "type": report.type})
            self._observe(hop)

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
    """Notices that no record gets through, and tells how many wait, until one does."""

    def __init__(self, producer: Producer, name: str, observe: Observe) -> None:
        self._producer, self._name, self._observe = producer, name, observe
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
        self._observe(Hop(HopType.RETRY, self._name, now(), data={"waiting": waiting}, error=error))


class _Names:
    """Topic names both ways, remembered: asked for each record."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._real: dict[str, str] = {}
        self._own: dict[str, str] = {}

    def real(self, topic: str) -> str:
        if topic not in self._real:
            real = self._cluster.real_name(topic)
            self._real[topic], self._own[real] = real, topic
        return self._real[topic]

    def own(self, real: str) -> str:
        return self._own.get(real, real)
