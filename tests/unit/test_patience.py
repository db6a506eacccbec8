"""Who stood still can't tell whether others did; the clock is the test's."""

from __future__ import annotations

import time

from apps.rooms.notices import after_standstill
from apps.rooms.patience import Naps, Patience, clock


def asked(patience: Patience, first: int, last: int) -> list[bool]:
    """Every second from `first` to `last`."""
    return [patience.is_over(float(now)) for now in range(first, last + 1)]


def test_who_is_silent_for_too_long_is_found_out_in_time() -> None:
    patience = Patience(10, 0, now=0.0)
    assert asked(patience, 1, 5) == [False] * 5
    patience.heard(5.0)
    assert asked(patience, 6, 14) == [False] * 9
    assert patience.is_over(15.0)


def test_before_its_first_word_it_has_longer() -> None:
    patience = Patience(10, 30, now=0.0)
    assert asked(patience, 1, 39) == [False] * 39
    assert patience.is_over(40.0)
    patience.heard(40.5)
    assert not patience.is_over(50.0)


def test_who_has_slept_gives_the_other_all_its_time_anew_and_then_judges_as_ever() -> None:
    patience = Patience(10, 0, now=0.0)
    assert asked(patience, 1, 5) == [False] * 5
    assert not patience.is_over(45.0)
    assert asked(patience, 46, 54) == [False] * 9
    assert patience.is_over(55.0)


def test_a_sleep_before_the_first_word_takes_nothing_from_a_start() -> None:
    patience = Patience(10, 30, now=0.0)
    assert not patience.is_over(20.0)
    assert asked(patience, 21, 39) == [False] * 19
    assert patience.is_over(40.0)


def test_a_turn_that_comes_late_is_no_sleep() -> None:
    naps = Naps(now=0.0)
    assert [naps.ended(now) for now in (1.0, 3.9, 4.0, 44.0, 45.0)] == [0, 0, 0, 40.0, 0]


def test_the_clock_is_one_that_never_goes_back() -> None:
    before = clock()
    assert before <= clock()
    assert before >= time.monotonic() - 1


def test_how_long_it_stood_still_is_told() -> None:
    assert after_standstill(40.4).startswith("This server stood still for 40 seconds, as a laptop")
