"""How far a group is behind, between two questions to the brokers."""

from __future__ import annotations

from apps.scenarios.counts import Counts

HEARTS, GROUP = "hearts", "heart-counter"


def counted(stored: int, handled: int) -> Counts:
    counts = Counts()
    counts.add(HEARTS, None, stored)
    counts.add(HEARTS, GROUP, handled)
    return counts


def test_before_brokers_were_asked_it_is_what_was_stored_and_not_handled() -> None:
    assert counted(100, 40).behind(HEARTS, GROUP) == 60


def test_what_a_group_went_past_is_nothing_that_it_is_behind() -> None:
    counts = counted(100, 40)
    counts.told(counts.now(), {(HEARTS, GROUP): 0})
    assert counts.behind(HEARTS, GROUP) == 0
    counts.add(HEARTS, None, 7)
    assert counts.behind(HEARTS, GROUP) == 7


def test_what_a_group_is_to_read_again_is_what_it_is_behind() -> None:
    counts = counted(100, 100)
    counts.told(counts.now(), {(HEARTS, GROUP): 100})
    counts.add(HEARTS, GROUP, 30)
    assert counts.behind(HEARTS, GROUP) == 70


def test_what_was_handled_and_is_not_committed_is_nothing_that_it_is_behind() -> None:
    counts = counted(100, 40)
    then = counts.now()
    counts.add(HEARTS, GROUP, 60)
    counts.told(then, {(HEARTS, GROUP): 60})
    assert counts.behind(HEARTS, GROUP) == 0
