from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from apps.kafka.hops import Hop, HopType, join_runs
from apps.kafka.runs import MOST_WHOLE, Step, contiguous, joined


@dataclass
class One:
    offset: int
    shown: str = ""
    topic: str = "orders"
    partition: int = 0
    key: str | None = "k"


def step() -> Step:
    return Step(HopType.POLL, "restaurant-1", 7, "restaurant")


def test_few_records_are_hops_of_their_own() -> None:
    hops = step().hops(contiguous([One(4, "a" * 32), One(5, "b" * 32)]))
    assert [(hop.offset, hop.count, hop.trace) for hop in hops] == [(4, 1, "a" * 32), (5, 1, "b" * 32)]


def test_a_record_nobody_chose_makes_its_run_a_run_and_the_chosen_one_a_sample() -> None:
    hops = step().hops(contiguous([One(4), One(5, "b" * 32), One(6)]))
    assert [(hop.first, hop.offset, hop.count) for hop in hops] == [(4, 6, 3), (None, 5, 0)]


def test_a_long_run_is_a_run_even_when_each_record_may_be_shown() -> None:
    hops = step().hops(contiguous([One(offset, "a" * 32) for offset in range(MOST_WHOLE + 1)]))
    assert sum(hop.count or 0 for hop in hops) == MOST_WHOLE + 1
    assert hops[0].is_run


def test_of_a_step_that_is_one_for_all_its_records_there_is_one_run_and_a_sample_each() -> None:
    parts = contiguous([One(4, "a" * 32)]) + contiguous([One(5, "b" * 32)])
    [(place, offsets, samples)] = joined(parts)
    hops = step().of(place, offsets, samples, most_whole=1)
    assert [(hop.first, hop.offset, hop.count) for hop in hops] == [(4, 5, 2), (None, 4, 0), (None, 5, 0)]


def test_of_commits_that_are_joined_the_later_says_where_the_bookmark_is() -> None:
    first = Hop(HopType.COMMIT, "one", 1, "orders", 0, offset=4, count=1, group="g", data={"next": 5})
    second = Hop(HopType.COMMIT, "one", 2, "orders", 0, offset=5, count=1, group="g")
    joined = join_runs(first, second)
    assert joined and (joined.first, joined.offset, joined.data) == (4, 5, None)


def test_a_hole_between_offsets_parts_two_runs() -> None:
    assert [[one.offset for one in run] for run in contiguous([One(1), One(2), One(9)])] == [[1, 2], [9]]


def test_runs_that_meet_are_joined_and_others_are_not() -> None:
    first = Hop(HopType.ACK, "app", 1, "orders", 0, first=0, offset=4, count=5, data={"latency_ms": 9.0})
    second = Hop(HopType.ACK, "app", 2, "orders", 0, first=5, offset=6, count=2, data={"latency_ms": 3.0})
    joined = join_runs(first, second)
    assert joined is not None
    assert (joined.first, joined.offset, joined.count, joined.data) == (0, 6, 7, {"latency_ms": 9.0})
    assert join_runs(second, first) is None


records = st.builds(
    One,
    offset=st.integers(0, 50),
    shown=st.sampled_from(["", "a" * 32]),
    topic=st.sampled_from(["orders", "events"]),
    partition=st.integers(0, 2),
)


@given(st.lists(records, max_size=80))
def test_each_record_is_in_one_run_in_which_offsets_follow_each_other(seen: list[One]) -> None:
    runs = contiguous(seen)
    assert sorted(id(one) for run in runs for one in run) == sorted(map(id, seen))
    for run in runs:
        assert len({(one.topic, one.partition) for one in run}) == 1
        assert [one.offset for one in run] == list(range(run[0].offset, run[0].offset + len(run)))
    for place in {(one.topic, one.partition) for one in seen}:
        within = [one for run in runs for one in run if (one.topic, one.partition) == place]
        assert list(map(id, within)) == [id(one) for one in seen if (one.topic, one.partition) == place]


def test_batches_of_three_partitions_as_they_come_in_a_flood_are_three_runs() -> None:
    batch = [
        One(offset, partition=number)
        for first in (0, 500)
        for number in range(3)
        for offset in range(first, first + 500)
    ]
    assert [len(run) for run in contiguous(batch)] == [1000, 1000, 1000]


@given(st.lists(records, max_size=80))
def test_counts_add_up_to_the_records_of_each_partition(seen: list[One]) -> None:
    counted: Counter[tuple[str | None, int | None]] = Counter()
    for hop in step().hops(contiguous(seen)):
        counted[hop.topic, hop.partition] += hop.count or 0
        if hop.first is not None and hop.offset is not None:
            assert hop.count == hop.offset - hop.first + 1
    assert +counted == Counter((one.topic, one.partition) for one in seen)
