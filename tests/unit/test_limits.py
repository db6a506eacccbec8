from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.limits import Bucket, Buckets, household


def test_a_burst_passes_and_the_next_one_does_not() -> None:
    bucket = Bucket(rate=1, burst=3, now=0)
    assert [bucket.take(now=0) for _ in range(4)] == [True, True, True, False]


def test_what_was_taken_comes_back_at_the_rate() -> None:
    bucket = Bucket(rate=2, burst=2, now=0)
    assert bucket.take(2, now=0)
    assert not bucket.take(now=0.4)
    assert bucket.take(now=0.5)


def test_a_rest_never_saves_more_than_the_burst() -> None:
    bucket = Bucket(rate=10, burst=2, now=0)
    assert [bucket.take(now=1000) for _ in range(3)] == [True, True, False]


def test_a_refusal_takes_nothing() -> None:
    bucket = Bucket(rate=1, burst=5, now=0)
    assert not bucket.take(6, now=0)
    assert bucket.take(5, now=0)


def test_a_clock_that_steps_back_gives_nothing() -> None:
    bucket = Bucket(rate=1, burst=1, now=100)
    assert bucket.take(now=100)
    assert not bucket.take(now=50)


@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 50), st.integers(1, 50))
def test_never_more_than_burst_and_rate_allow(pauses: list[float], rate: int, burst: int) -> None:
    bucket, now, taken = Bucket(rate, burst, now=0), 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now=now)
    assert taken <= burst + rate * now + 1e-6


def test_keys_have_buckets_of_their_own() -> None:
    buckets = Buckets(rate=1, burst=1)
    assert buckets.take("alice", now=0)
    assert buckets.take("bob", now=0)
    assert not buckets.take("alice", now=0)


def test_the_key_used_longest_ago_is_forgotten_first() -> None:
    buckets = Buckets(rate=1, burst=1, most=2)
    for key in ("alice", "bob", "alice", "charlie"):
        buckets.take(key, now=0)
    assert len(buckets) == 2
    assert not buckets.take("alice", now=0)


def test_what_is_asked_before_it_is_taken_takes_nothing() -> None:
    buckets = Buckets(rate=1, burst=2)
    assert buckets.is_full("a", now=0)
    assert buckets.take("a", now=0)
    assert [buckets.holds("a", now=0) for _ in range(5)] == [True] * 5
    assert not buckets.is_full("a", now=0)
    assert buckets.is_full("a", now=1)


def test_of_ipv6_a_person_has_a_whole_network() -> None:
    assert household("2001:db8:1:2:3:4:5:6") == household("2001:db8:1:2::9") != household("2001:db8:1:3::9")
    assert household("192.0.2.1") != household("192.0.2.2")
    assert household("") == ""
