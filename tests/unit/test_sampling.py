"""Anybody who writes into a room's topics may mark a record as to be shown whole; how many are, the room chooses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.kafka.hops import Hop, HopType
from apps.kafka.sampling import Sampler, Samples

BURST = 3


def samples() -> Samples:
    return Samples(Sampler(per_second=0, burst=BURST))


def read(trace: str, offset: int, group: str = "restaurant", count: int = 1) -> Hop:
    return Hop(
        HopType.POLL, "m", 1, "orders", 0, offset=offset, count=count, key="k", group=group, trace=trace
    )


def shown(held: Samples, hops: list[Hop]) -> list[Hop]:
    return [told for hop in hops if (told := held.hold(hop)) and told.trace]


def test_of_strangers_records_so_many_are_shown_as_of_the_room_s_own() -> None:
    assert len(shown(samples(), [read(f"{number:032x}", number) for number in range(1, 100)])) == BURST


def test_a_record_that_is_shown_is_shown_at_every_step_and_in_every_group() -> None:
    held, hops = samples(), [read(f"{number:032x}", number) for number in range(1, 20)]
    first = shown(held, hops)
    again = shown(held, [read(hop.trace or "", hop.offset or 0, "delivery") for hop in hops])
    assert [hop.offset for hop in first] == [hop.offset for hop in again]


def test_of_one_trace_no_more_records_are_shown_than_a_press_gives_rise_to() -> None:
    assert 20 <= len(shown(samples(), [read("a" * 32, number) for number in range(1000)])) <= 40


def test_the_room_s_own_presses_are_shown_however_many_strangers_there_are() -> None:
    held = samples()
    shown(held, [read(f"{number:032x}", number) for number in range(1, 100)])
    held.own("b" * 32)
    assert shown(held, [read("b" * 32, 7)])


def test_whose_a_trace_is_is_known() -> None:
    held = samples()
    held.own("b" * 32)
    assert shown(held, [read("a" * 32, 1)])
    assert [held.is_own(trace * 32) for trace in "bac"] == [True, False, False]


def test_what_is_not_a_record_s_is_told_as_it_is() -> None:
    hop = Hop(HopType.FAIL, "app", 1, topic="orders", trace="c" * 32, error="It went wrong.")
    held = Samples(Sampler(per_second=0, burst=0))
    assert held.hold(hop) is hop


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5), st.sampled_from([0, 1])), max_size=60))
def test_what_is_not_shown_whole_is_counted_all_the_same(seen: list[tuple[int, int, int]]) -> None:
    held = samples()
    hops = [read(f"{trace:032x}", offset, count=count) for trace, offset, count in seen]
    told = [one for hop in hops if (one := held.hold(hop))]
    assert sum(hop.count or 0 for hop in told) == sum(hop.count or 0 for hop in hops)
    assert all(hop.is_run for hop in told if hop.trace is None)
