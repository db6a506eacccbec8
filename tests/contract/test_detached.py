"""A producer in a process of its own tells of its records what one within the room's process does."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.kafka import detached
from apps.kafka.detached import DetachedProducer
from apps.kafka.hops import HopType
from apps.kafka.outcomes import Outcomes, Totals
from apps.kafka.outgoing import Bare, Outgoing, QueueFull
from apps.kafka.producer import settings_of
from apps.kafka.reports import Fate
from apps.kafka.sampledplaces import SampledPlaces
from tests.contract import lateprogram
from tests.contract.conftest import Bench, Hops
from tests.processes import children

PROGRAM = "apps.kafka.detachedprogram"
MOST = 5_000


class Masses:
    """A detached producer whose queue has place for 5,000 records, and what is heard of it."""

    def __init__(self, bench: Bench) -> None:
        self.until, cluster = bench.until, bench.cluster
        self.hops, self.totals, self.places = Hops(), Totals(), SampledPlaces()
        told = Outcomes("crowd", self.hops.add, self.totals, self.places)
        settings = settings_of(cluster, own={"queue.buffering.max.messages": MOST})
        self.producer = DetachedProducer(cluster, "TEST", told, settings)

    def send(self, count: int) -> None:
        records: list[Bare] = [
            (b"k%d" % (number % 7), b'{"n": %d}' % (number % 3)) for number in range(count)
        ]
        self.until(lambda: self._sent(records))

    def _sent(self, records: list[Bare]) -> bool:
        """Takes from `records` what there was place for; whether that was all."""
        del records[: self.producer.send_many("orders", "order.placed", "a" * 32, "crowd", records)]
        return not records

    def fates(self) -> dict[Fate, int]:
        return {fate: self.totals.of("orders", fate) for fate in Fate}


@pytest.fixture
def masses(bench: Bench) -> Iterator[Masses]:
    masses = Masses(bench)
    yield masses
    masses.producer.close()
    assert children(os.getpid(), PROGRAM) == []


def test_what_a_detached_producer_stores_is_told_once_and_as_the_brokers_have_it(
    bench: Bench, masses: Masses
) -> None:
    bench.member("restaurant-1")
    masses.send(12_000)
    masses.hops.until(lambda: masses.totals.of("orders", Fate.STORED) == 12_000)
    acks: Counter[int] = Counter()
    for hop in masses.hops.of(HopType.ACK):
        acks[hop.partition or 0] += hop.count or 0
    assert acks == {found.partition: found.end for found in bench.cluster.ends()}
    assert masses.hops.count(HopType.SEND) == masses.totals.of("orders") == 12_000
    bench.hops.until(lambda: bench.hops.count(HopType.COMMIT) == 12_000)
    keys = {(record.key, record.value["n"]) for batch in bench.batches for record in batch}
    assert keys == {(f"k{key}", value) for key in range(7) for value in range(3)}


def test_a_record_that_is_shown_whole_is_told_whole(bench: Bench, masses: Masses) -> None:
    bench.member("restaurant-1")
    record = Outgoing("orders", "k1", b'{"n": 1}', "order.placed", "b" * 32, True, "crowd", {"n": 1})

    def sent() -> bool:
        try:
            masses.producer.send(record)
        except QueueFull:
            return False
        return True

    masses.until(sent)
    bench.hops.until(lambda: bench.hops.count(HopType.COMMIT) == 1)
    masses.hops.until(lambda: masses.hops.count(HopType.ACK) == 1)
    [send], [ack] = masses.hops.of(HopType.SEND), masses.hops.of(HopType.ACK)
    [poll] = bench.hops.of(HopType.POLL)
    assert {send.trace, ack.trace, poll.trace} == {"b" * 32}
    assert (send.data["value"], ack.key) == ({"n": 1}, "k1")
    assert send.at < ack.at
    assert (ack.partition, ack.offset) == (poll.partition, poll.offset)


def test_of_a_program_that_ends_it_is_said_of_how_many_records_nobody_knows_and_another_goes_on(
    masses: Masses,
) -> None:
    masses.send(100)
    masses.hops.until(lambda: masses.totals.of("orders", Fate.STORED) == 100)
    [first] = children(os.getpid(), PROGRAM)
    os.kill(first, signal.SIGSTOP)
    masses.send(3_000)
    os.kill(first, signal.SIGKILL)
    masses.hops.until(lambda: bool(masses.hops.of(HopType.RETRY)))
    masses.send(200)
    masses.hops.until(lambda: masses.totals.of("orders", Fate.STORED) >= 300)
    masses.hops.until(lambda: sum(masses.fates().values()) == masses.totals.of("orders") == 3_300)
    told = [hop.error for hop in masses.hops.of(HopType.RETRY) if hop.error]
    unknown = masses.totals.of("orders", Fate.UNKNOWN)
    assert told == [
        f"The program that sends for it ended: whether {unknown:,} records are stored is not known."
    ]


def test_no_more_is_taken_than_there_is_place_for(masses: Masses) -> None:
    masses.send(1)
    [program] = children(os.getpid(), PROGRAM)
    os.kill(program, signal.SIGSTOP)
    try:
        records: list[Bare] = [(None, b"{}")] * (2 * MOST)
        taken = masses.producer.send_many("orders", "order.placed", "a" * 32, "crowd", records)
        assert MOST - 1 <= taken <= MOST
        assert masses.producer.send_many("orders", "order.placed", "a" * 32, "crowd", records) <= 1
    finally:
        os.kill(program, signal.SIGCONT)
    masses.hops.until(lambda: masses.totals.of("orders", Fate.STORED) == masses.totals.of("orders"))


def test_what_is_under_way_when_it_closes_is_stored_and_told(masses: Masses) -> None:
    masses.send(MOST)
    masses.producer.close()
    assert masses.fates() == {Fate.STORED: MOST, Fate.UNKNOWN: 0, Fate.FAILED: 0}


def test_nothing_is_taken_before_the_program_listens(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv(lateprogram.GATE, str(gate))
    monkeypatch.setattr(detached, "_PROGRAM", lateprogram.__name__)
    masses = Masses(bench)
    try:
        bench.until(lambda: bool(children(os.getpid(), lateprogram.__name__)))
        assert masses.producer.send_many("orders", "order.placed", "a" * 32, "crowd", [(None, b"{}")]) == 0
        gate.touch()
        masses.send(10)
        masses.hops.until(lambda: masses.fates()[Fate.STORED] == 10)
    finally:
        masses.producer.close()
