"""What became of records that were handed over: counted for a room, and told as hops."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.outgoing import Outgoing
from apps.kafka.ownership import Place
from apps.kafka.reports import Fate, Report
from apps.kafka.sampledplaces import SampledPlaces


@dataclass(frozen=True, slots=True)
class Stored:
    """Records of one partition that brokers have stored. `samples`: the offsets of those that are shown whole."""

    place: Place
    offsets: range
    samples: Sequence[int]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a producer heard since it told the last time. `acks` are the hops of what is stored."""

    stored: Sequence[Stored]
    acks: Sequence[Hop]
    unknown: Counter[str]
    failed: Sequence[Report]


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


class Told(Protocol):
    """Who hears of a producer, called `name`, what it hands over and what becomes of that. From any thread."""

    name: str

    @property
    def observe(self) -> Observe: ...

    @property
    def unsaid(self) -> bool:
        """Whether `say_sent` has something to say."""
        ...

    def sent(self, record: Outgoing, at: int) -> None: ...

    def sent_bare(self, topic: str, source: str, count: int) -> None: ...

    def say_sent(self) -> None: ...

    def answered(self, answered: Answered) -> None: ...


class Outcomes:
    """Of one producer. `totals` and `places` are shared by all of a room."""

    def __init__(
        self, name: str, observe: Observe, totals: Totals, places: SampledPlaces | None = None
    ) -> None:
        self.name, self.observe = name, observe
        self._totals, self._places = totals, places or SampledPlaces()
        self._counted: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    @property
    def unsaid(self) -> bool:
        return bool(self._counted)

    def sent(self, record: Outgoing, at: int) -> None:
        """Handed over, `at` as in a hop."""
        if not record.sampled:
            self.sent_bare(record.topic, record.source, 1)
            return
        data = {"type": record.type, "value": record.shown, "total": self._totals.add(record.topic)}
        self.observe(
            Hop(
                HopType.SEND,
                record.source,
                at,
                topic=record.topic,
                count=1,
                key=record.key,
                trace=record.trace,
                data=data,
            )
        )

    def sent_bare(self, topic: str, source: str, count: int) -> None:
        """As many that are not shown whole: a hop tells of those of a while together."""
        self._totals.add(topic, count)
        with self._lock:
            self._counted[topic, source] = self._counted.get((topic, source), 0) + count

    def say_sent(self) -> None:
        with self._lock:
            counted, self._counted = self._counted, {}
        for (topic, source), count in counted.items():
            data = {"total": self._totals.of(topic)}
            self.observe(Hop(HopType.SEND, source, now(), topic=topic, count=count, data=data))

    def answered(self, answered: Answered) -> None:
        self._totals.meet(Fate.UNKNOWN, answered.unknown)
        self._totals.meet(Fate.FAILED, Counter(report.topic for report in answered.failed))
        for stored in answered.stored:
            self._totals.meet(Fate.STORED, Counter({stored.place[0]: len(stored.offsets)}))
            self._places.stored(stored.place, stored.offsets, stored.samples)
        for hop in answered.acks:
            self.observe(hop)
        for report in answered.failed:
            self._say_failed(report)

    def _say_failed(self, report: Report) -> None:
        self.observe(
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
