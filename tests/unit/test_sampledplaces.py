"""Who is shown whole, when several groups read one log, each in batches of its own and from wherever it likes."""

from __future__ import annotations

from typing import Any

from confluent_kafka import Message
from hypothesis import given
from hypothesis import strategies as st

from apps.kafka import sampledplaces
from apps.kafka.batch import Batch, Run
from apps.kafka.headers import Headers, build, new_trace
from apps.kafka.sampledplaces import SampledPlaces


class Stored:
    """A record in a log, as much of it as is looked at; `asked`: how often its headers were."""

    def __init__(self, offset: int, sampled: bool) -> None:
        self._offset, self.asked = offset, 0
        self.trace = new_trace()
        self._headers = build("heart.sent", "/rooms/AB", self.trace, sampled)
        self.shown = self.trace if sampled else ""

    def topic(self) -> str:
        return "hearts"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def headers(self) -> Headers:
        self.asked += 1
        return self._headers


def read(log: list[Stored], first: int, count: int) -> Run:
    """As a member gets them: of each record all but its place is unread."""
    given: list[Any] = log[first : first + count]
    messages: list[Message] = given
    [run] = Batch(messages, {"hearts": "hearts"}).runs
    return run


@st.composite
def readings(draw: st.DrawFn) -> tuple[list[Stored], list[tuple[int, int]]]:
    size = draw(st.integers(1, 60))
    log = [Stored(offset, draw(st.booleans())) for offset in range(size)]
    runs = [(first, draw(st.integers(1, size))) for first in draw(st.lists(st.integers(0, size - 1)))]
    return log, runs


@given(readings(), st.integers(1, 70))
def test_whoever_reads_what_in_which_order_sees_the_same_samples(
    reading: tuple[list[Stored], list[tuple[int, int]]], most: int
) -> None:
    log, runs = reading
    known, kept = SampledPlaces(), sampledplaces._MOST
    sampledplaces._MOST = most
    try:
        for first, count in runs:
            run = read(log, first, count)
            known.mark(run)
            assert [one.shown for one in run] == [one.shown for one in log[first : first + count]]
    finally:
        sampledplaces._MOST = kept


def test_in_a_flood_each_record_is_looked_at_once_for_all_groups() -> None:
    log = [Stored(offset, offset % 1000 == 0) for offset in range(12_000)]
    known = SampledPlaces()
    for first in range(0, 12_000, 4000):
        for _group in range(3):
            run = read(log, first, 4000)
            known.mark(run)
            assert [one.offset for one in run if one.shown] == list(range(first, first + 4000, 1000))
    assert sum(one.asked for one in log if not one.shown) == 12_000 - 12


@given(readings(), st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59), st.booleans())))
def test_whether_an_answer_comes_before_its_records_are_read_or_after_the_same_samples_are_seen(
    reading: tuple[list[Stored], list[tuple[int, int]]], acks: list[tuple[int, int, bool]]
) -> None:
    """Answers are of ours, each record once; `True`: it comes before the next reading."""
    log, runs = reading
    known, answered = SampledPlaces(), set[int]()
    for number, (first, count) in enumerate([*runs, (0, len(log))]):
        for begin, end, _ in (ack for ack in acks[number::7] if ack[2]):
            ours = [at for at in range(begin, min(end, len(log))) if at not in answered]
            for at in ours:
                known.stored(("hearts", 0), range(at, at + 1), [at] if log[at].shown else [])
            answered |= set(ours)
        run = read(log, first, count)
        known.mark(run)
        assert [one.shown for one in run] == [one.shown for one in log[first : first + count]]


def test_what_we_stored_ourselves_is_not_looked_at_but_for_its_samples_and_what_lies_between_is() -> None:
    log, known = [Stored(offset, offset % 1000 == 0) for offset in range(12_000)], SampledPlaces()
    for first in (6_000, 0, 3_000):  # answers of several producers come in any order
        samples = [at for at in range(first, first + 2_990) if log[at].shown]
        known.stored(("hearts", 0), range(first, first + 2_990), samples)
    for first in range(0, 12_000, 4_000):
        run = read(log, first, 4_000)
        known.mark(run)
        assert [one.offset for one in run.samples] == list(range(first, first + 4_000, 1000))
    assert sum(one.asked for one in log[:9_000] if not one.shown) == 3 * 10
    assert not known._places["hearts", 0].own


def test_what_is_remembered_has_a_bound() -> None:
    known = SampledPlaces()
    log = [Stored(offset, True) for offset in range(3 * sampledplaces._MOST)]
    for first in range(len(log)):
        known.mark(read(log, first, 1))
    [place] = known._places.values()
    assert len(place.samples) == sampledplaces._MOST


def test_another_record_at_the_place_of_a_sample_tells_for_itself() -> None:
    known = SampledPlaces()
    known.mark(read([Stored(0, True)], 0, 1))
    [other] = run = read([Stored(0, False)], 0, 1)
    known.mark(run)
    assert other.shown == ""
