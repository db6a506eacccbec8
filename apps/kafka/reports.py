"""What became of the records of a producer: delivery reports, kept as they come and looked at many at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from confluent_kafka import KafkaError, Message

from apps.kafka.hops import Hop, HopType, now
from apps.kafka.keycounts import count_keys
from apps.kafka.runs import Step


class Fate(StrEnum):
    """What became of a record that was handed over: stored, unknown because acks=0 asks for no answer, or given up."""

    STORED = "stored"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Whole:
    """What brokers do not tell of a record that is shown whole; `sent_at` as in a hop."""

    key: str | None
    trace: str
    type: str
    sent_at: int


@dataclass(slots=True)
class Report:
    """What the brokers answered of one record. `latency` in seconds, `offset` -1 where they were not asked (acks=0)."""

    topic: str
    partition: int
    offset: int
    latency: float
    error: str | None
    raw_key: bytes | None
    key: str | None = None
    shown: str = ""
    type: str = ""
    at: int = 0

    @property
    def fate(self) -> Fate:
        if self.error:
            return Fate.FAILED
        return Fate.STORED if self.offset >= 0 else Fate.UNKNOWN


class Reports:
    """Of one producer. `own`: a topic as the scenario calls it; `told`: a failure in words.

    The client calls back for each record alone, and each call has to win the interpreter's lock anew. So a callback
    only keeps the message, and what it says is read when many are told together.
    """

    def __init__(self, own: Callable[[str], str], told: Callable[[KafkaError], str]) -> None:
        self._own, self._told = own, told
        self._kept: deque[tuple[Message, Whole | None]] = deque()
        self.keep = self._kept.append
        """Of a message and, if its record is shown whole, what brokers do not tell of it. From any thread."""

    def __len__(self) -> int:
        return len(self._kept)

    def take(self) -> list[Report]:
        """All that came since the last time, in their order. One thread at a time."""
        kept = [self._kept.popleft() for _ in range(len(self._kept))]
        return [self.read(message, whole) for message, whole in kept]

    def read(self, message: Message, whole: Whole | None = None) -> Report:
        error, offset = message.error(), message.offset()
        report = Report(
            self._own(message.topic() or ""),
            message.partition() or 0,
            -1 if offset is None else offset,
            message.latency() or 0.0,
            self._told(error) if error else None,
            message.key(),
        )
        if whole:
            report.key, report.shown, report.type = whole.key, whole.trace, whole.type
            report.at = whole.sent_at + int(report.latency * 1e9)
        return report


def acks_of(source: str, run: Sequence[Report]) -> list[Hop]:
    """The hops of a run of records that were stored. A whole one has the time of the brokers' answer."""
    longest = {"latency_ms": _ms(max(report.latency for report in run))}
    whole = {report.offset: report for report in run if report.shown}
    hops = Step(HopType.ACK, source, now()).hops([run], longest)
    return [_completed(hop, run, whole.get(hop.offset or 0) if hop.trace else None) for hop in hops]


def _completed(hop: Hop, run: Sequence[Report], whole: Report | None) -> Hop:
    if hop.is_run:
        return replace(hop, keys=count_keys(report.raw_key for report in run))
    if not whole:
        return hop
    return replace(hop, at=whole.at, data={"latency_ms": _ms(whole.latency), "type": whole.type})


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
