"""Delivery reports, read many at a time, say of each record what became of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.kafka.hops import Hop
from apps.kafka.reports import Answers, Reports, Whole, acks_of


@dataclass
class Answered:
    """A delivery report, as much of it as is looked at."""

    number: int
    at: int | None
    failed: bool = False
    raw_key: bytes | None = b"music"
    took: float = 0.002

    def error(self) -> str | None:
        return "refused" if self.failed else None

    def topic(self) -> str:
        return "room.hearts"

    def partition(self) -> int:
        return self.number

    def offset(self) -> int | None:
        return self.at

    def latency(self) -> float:
        return self.took

    def key(self) -> bytes | None:
        return self.raw_key


def taken(reports: list[Answered], shown: set[int]) -> Answers:
    """`shown`: which of them are of records that are shown whole, by their number in the list."""
    kept = Reports({"room.hearts": "hearts"}, str)
    for number, report in enumerate(reports):
        message: Any = report
        if number in shown:
            kept.keep_whole(message, Whole("music", f"{number + 1:032x}", "heart.sent", 1_000))
        else:
            kept.keep(message)
    answers = kept.take()
    assert not kept._kept and not kept._whole
    return answers


def acks(answers: Answers) -> list[Hop]:
    return [
        hop for run in answers.stored for hop in acks_of("crowd", run, answers.samples.get(run.place, ()))
    ]


def offsets_of(hops: list[Hop]) -> list[tuple[int | None, int]]:
    return [
        (hop.partition, at)
        for hop in hops
        if hop.count and hop.offset is not None
        for at in range(hop.offset - hop.count + 1, hop.offset + 1)
    ]


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(0, 4_000), st.floats(0, 0.2), st.floats(0, 0.2))
def test_each_record_is_acked_once_given_up_or_unknown(
    seed: int, count: int, failing: float, unanswered: float
) -> None:
    chance = random.Random(seed)
    ends, reports = [chance.randrange(100) for _ in range(3)], list[Answered]()
    for _ in range(count):
        number = chance.randrange(3)
        fate = chance.random()
        if fate < failing:
            reports.append(Answered(number, None, failed=True))
        elif fate < failing + unanswered:
            reports.append(Answered(number, -1))
        else:
            ends[number] += chance.choice([1, 1, 1, 2])  # now and then somebody else's lies between
            reports.append(Answered(number, ends[number]))
    shown = {at for at in range(len(reports)) if chance.random() < 0.01}
    answers = taken(reports, shown)
    hops = acks(answers)
    stored = [one for one in reports if not one.failed and one.at is not None and one.at >= 0]
    assert sorted(offsets_of(hops)) == sorted((one.number, one.at) for one in stored)
    assert len(answers.failed) == sum(one.failed for one in reports)
    assert sum(answers.unknown.values()) == sum(one.at == -1 for one in reports)
    told = {(hop.partition, hop.offset, hop.trace) for hop in hops if hop.trace}
    whole = {(one.number, one.at, f"{at + 1:032x}") for at, one in enumerate(reports) if at in shown}
    assert told == {one for one in whole if one[:2] in {(each.number, each.at) for each in stored}}


def test_a_sample_has_the_time_of_the_answer_and_is_in_its_run() -> None:
    reports = [Answered(0, at, raw_key=key) for at, key in enumerate([b"music", b"travel", b"music"])]
    run, sample = acks(taken(reports, {1}))
    assert (run.first, run.offset, run.count, run.keys) == (0, 2, 3, {"music": 2, "travel": 1})
    assert (sample.offset, sample.count, sample.at) == (1, 0, 1_000 + 2_000_000)
    assert sample.data == {"latency_ms": 2.0, "type": "heart.sent"}


def test_one_alone_that_is_shown_is_a_hop_of_its_own() -> None:
    (alone,) = acks(taken([Answered(2, 7)], {0}))
    assert (alone.partition, alone.first, alone.offset, alone.count, alone.key) == (2, None, 7, 1, "music")
