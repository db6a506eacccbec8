"""What a member makes of gaps in the offsets: no loss is told that did not happen, and none is missed that did."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from confluent_kafka import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.kafka.clusters import Cluster
from apps.kafka.duties import Duties
from apps.kafka.hops import Hop, HopType
from apps.kafka.ownership import Ownership, Place
from apps.kafka.received import Received
from apps.kafka.runs import contiguous
from apps.kafka.telling import Teller
from apps.kafka.trying import Trying
from apps.kafka.voids import Voids
from apps.rooms.feed import Feed
from apps.scenarios.base import ConsumerGroup, Show, count_all, everything
from apps.scenarios.ledger import count_group
from apps.scenarios.store import Handled
from tests.memory import Memory

PLACE: Place = ("hearts", 0)
GROUP = ConsumerGroup("counter", "", "", "", ("hearts",), count_all, Show("records"), keyed=everything)
TRACE = "a" * 32
RECORD, NONE = "record", "none"
"""At an offset: a record, or none for readers: a marker, or what was aborted or compacted away."""


@dataclass
class Log:
    """One partition, as brokers keep it for who reads `read_committed`."""

    entries: list[str] = field(default_factory=list)
    start: int = 0

    @property
    def end(self) -> int:
        return len(self.entries)

    def records(self, first: int) -> list[int]:
        """What a reader gets from there on."""
        return [at for at in range(max(first, self.start), self.end) if self.entries[at] == RECORD]

    def get_watermark_offsets(self, _place: TopicPartition, timeout: float) -> tuple[int, int]:
        return self.start, self.end


class Ended:
    """The client's word that a partition was read to its end."""

    def __init__(self, end: int) -> None:
        self._end = end

    def topic(self) -> str:
        return PLACE[0]

    def partition(self) -> int:
        return PLACE[1]

    def offset(self) -> int:
        return self._end


class Reader:
    """A member's way through a log, with all that decides about gaps, and no client."""

    def __init__(self, log: Log) -> None:
        self.log, self.hops, self.store = log, list[Hop](), Memory()
        self.read, self.position, self.committed = list[int](), 0, 0
        self._ownership = Ownership({"hearts": "hearts"})
        self._ownership.gain([TopicPartition(*PLACE)])
        self._ownership.expect({PLACE: 0})
        duties = Duties(lambda *_: {}, void=lambda holes: self.store.void(GROUP.name, holes))
        cluster, stopping = cast("Cluster", _Transactional), threading.Event()
        self._teller = Teller(GROUP.name, "counter-1", self.hops.append)
        self._voids = Voids(cluster, self._ownership, duties, self._teller, Trying("", stopping, _fail))

    def turn(self, most: int) -> None:
        """One batch; or, where nothing more is to come, the tail."""
        offsets = self.log.records(self.position)[:most]
        if offsets:
            self._take(offsets)
        else:
            self._voids.ended(cast(Any, Ended(self.log.end)))
            passed = self._voids.pass_tails(cast(Any, self.log))
            self.committed = max(self.committed, passed.get(PLACE, 0))

    def _take(self, offsets: list[int]) -> None:
        batch = [Received(*PLACE, at, None, {}, "", "", TRACE if at % 2 else "", 0.0) for at in offsets]
        runs = contiguous(batch)
        assert self._voids.explain(cast(Any, self.log), list(self._ownership.holes(runs)))
        self._teller.records(HopType.POLL, runs)
        self.store.apply(GROUP, Handled(batch, batch))
        self.read += offsets
        self.position = self.committed = offsets[-1] + 1

    def told(self, type_: HopType) -> list[int]:
        """The offsets that were told as such."""
        return [at for hop in self.hops if hop.type is type_ for at in _offsets(hop)]


class _Transactional:
    transactions = True


def _fail(why: str, _wait: float) -> None:
    raise AssertionError(why)


def _offsets(hop: Hop) -> Iterable[int]:
    last = hop.offset or 0
    return range(last if hop.first is None else hop.first, last + 1)


KINDS = st.sampled_from(["record", "commit", "abort", "compact", "delete", "turn"])
STEPS = st.lists(st.tuples(KINDS, st.integers(1, 6)), max_size=40)


def do(log: Log, reader: Reader, step: str, count: int) -> None:
    match step:
        case "record":
            log.entries += [RECORD] * count
        case "commit":
            log.entries += [*[RECORD] * count, NONE]
        case "abort":
            log.entries += [*[NONE] * count, NONE]
        case "compact":
            # Only what lies before the last record of all can go: the newest of its key stays.
            for at in log.records(0)[:-1][:count]:
                log.entries[at] = NONE
        case "delete":
            log.start = min(log.end, log.start + count)
        case _:
            reader.turn(count)


@given(STEPS)
def test_each_offset_is_read_or_told_as_what_it_is_and_the_lag_comes_to_0(
    plan: list[tuple[str, int]],
) -> None:
    log = Log()
    reader = Reader(log)
    for step, count in plan:
        do(log, reader, step, count)
    while log.records(reader.position):
        reader.turn(4)
    reader.turn(1)
    lost, void = reader.told(HopType.FAIL), reader.told(HopType.VOID)
    # Every offset is one of the three, once; so conservation holds.
    assert sorted([*reader.read, *lost, *void]) == list(range(log.end))
    # Nothing is lost that is still there, and what is told to hold nothing held no record, deleted or not.
    assert all(at < log.start for at in lost)
    assert all(log.entries[at] == NONE for at in void)
    # Who reads it independently from the beginning gets nothing that was not read.
    assert set(log.records(0)) <= set(reader.read)
    assert reader.committed == log.end
    account = reader.store.accounts(GROUP.name).get(PLACE)
    ends, accounts = {PLACE: log.end}, {PLACE: account} if account else {}
    counted = count_group(ends, accounts, {PLACE: reader.committed}, working=False, guests={})
    assert counted.adds_up
    assert (counted.processed, counted.void, counted.lost) == (len(reader.read), len(void), len(lost))
    assert (counted.unread, counted.in_hand, counted.uncommitted) == (0, 0, 0)


NOISE = st.lists(st.sampled_from([0, 1, 40, 130]), min_size=1, max_size=4)
"""How many records nobody can handle are told of in the same frame."""


@settings(max_examples=40)
@given(STEPS, NOISE, st.integers(1, 30))
def test_what_reaches_viewers_are_the_records_that_an_independent_reader_gets_and_each_loss(
    plan: list[tuple[str, int]], noise: list[int], each: int
) -> None:
    log, feed = Log(), Feed(0)
    reader = Reader(log)
    for step, count in [*plan, ("turn", 6), ("turn", 6)]:
        do(log, reader, step, count)
    told: list[dict[str, Any]] = []
    for frame, start in enumerate(range(0, len(reader.hops), each)):
        for at in range(noise[frame % len(noise)]):
            feed.add(
                Hop(HopType.FAIL, "x-1", 1, "x", 0, offset=at, group="x", error="An order was expected. " * 9)
            )
        for hop in reader.hops[start : start + each]:
            feed.add(hop)
        told += json.loads(feed.tick(now=frame * 1000.0) or '{"hops": []}')["hops"]
    drawn_and_folded = sum(hop["count"] for hop in told if hop["type"] == "poll")
    assert drawn_and_folded == len(reader.read)
    samples = [hop["offset"] for hop in told if hop["type"] == "poll" and hop.get("trace")]
    assert set(samples) <= set(reader.read)
    for type_ in (HopType.FAIL, HopType.VOID):
        of = [hop for hop in told if hop["type"] == type_.value and hop["topic"] == PLACE[0]]
        assert sorted(at for hop in of for at in _span(hop)) == sorted(reader.told(type_))


def _span(hop: dict[str, Any]) -> Iterable[int]:
    return range(hop.get("first", hop["offset"]), hop["offset"] + 1)
