"""What became of the records of a producer: delivery reports, kept as they come and looked at many at a time."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

from confluent_kafka import KafkaError, Message

from apps.kafka.batch import Batch, Run, each
from apps.kafka.hops import Hop, HopType, now
from apps.kafka.keycounts import count_keys
from apps.kafka.ownership import Place
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
    key: str | None = None
    shown: str = ""
    type: str = ""
    at: int = 0

    @property
    def fate(self) -> Fate:
        if self.error:
            return Fate.FAILED
        return Fate.STORED if self.offset >= 0 else Fate.UNKNOWN


@dataclass(frozen=True)
class Answers:
    """What brokers answered, in the order in which it came. `samples`: of `stored`, those to be shown whole."""

    stored: list[Run]
    samples: Mapping[Place, Sequence[Report]]
    unknown: Counter[str]
    failed: list[Report]


class Reports:
    """Of one producer. `own`: a topic's name on the brokers -> in the scenario; `told`: a failure in words.

    The client calls back for each record alone, and each call has to win the interpreter's lock anew. So a callback
    only keeps the message, and what many of them say is read together.
    """

    def __init__(self, own: Mapping[str, str], told: Callable[[KafkaError], str]) -> None:
        self._own, self._told = own, told
        self._kept: deque[Message] = deque()
        self._whole: dict[int, Whole] = {}
        self.keep = self._kept.append
        """From any thread."""

    def __len__(self) -> int:
        return len(self._kept)

    def keep_whole(self, message: Message, whole: Whole) -> None:
        """Of a record that is shown whole. From any thread."""
        self._whole[id(message)] = whole
        self.keep(message)

    def take(self) -> Answers:
        """All that came since the last time. One thread at a time."""
        messages = [self._kept.popleft() for _ in range(len(self._kept))]
        samples: dict[Place, list[Report]] = {}
        unknown, failed = Counter[str](), list[Report]()
        odd = not _are_stored(messages)
        if odd or self._whole:
            for message in messages:
                report = self._of_note(message, odd)
                if report is None or report.fate is Fate.STORED:
                    if report and report.shown:
                        samples.setdefault((report.topic, report.partition), []).append(report)
                elif report.fate is Fate.FAILED:
                    failed.append(report)
                else:
                    unknown[report.topic] += 1
        if odd:
            messages = [message for message in messages if _are_stored([message])]
        return Answers(Batch(messages, self._own).runs, samples, unknown, failed)

    def _of_note(self, message: Message, odd: bool) -> Report | None:
        whole = self._whole.pop(id(message), None)
        return self.read(message, whole) if odd or whole else None

    def read(self, message: Message, whole: Whole | None = None) -> Report:
        error, offset = message.error(), message.offset()
        report = Report(
            self._own.get(message.topic() or "", ""),
            message.partition() or 0,
            -1 if offset is None else offset,
            message.latency() or 0.0,
            self._told(error) if error else None,
        )
        if whole:
            report.key, report.shown, report.type = whole.key, whole.trace, whole.type
            report.at = whole.sent_at + int(report.latency * 1e9)
        return report


def _are_stored(messages: Sequence[Message]) -> bool:
    """Whether brokers have said of each where it is."""
    if any(each(messages, "error")):
        return False
    offsets: list[int | None] = list(each(messages, "offset"))
    return None not in offsets and min(cast(list[int], offsets), default=0) >= 0


def acks_of(source: str, run: Run, samples: Sequence[Report]) -> list[Hop]:
    """The hops of a run of records that were stored. A sample has the time of the brokers' answer."""
    longest = {"latency_ms": _ms(max(each(run.messages, "latency")))}
    whole = {report.offset: report for report in samples if report.offset in run.offsets}
    hops = Step(HopType.ACK, source, now()).of(run.place, run.offsets, list(whole.values()), longest)
    return [_completed(hop, run, whole) for hop in hops]


def _completed(hop: Hop, run: Run, samples: Mapping[int, Report]) -> Hop:
    if hop.is_run:
        return replace(hop, keys=count_keys(each(run.messages, "key")))
    sample = samples[hop.offset or 0]
    return replace(hop, at=sample.at, data={"latency_ms": _ms(sample.latency), "type": sample.type})


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
