"""Whose room sleeps when every place is taken: places are lent, so that a class may have all and nobody keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from apps.rooms.deadlines import IDLE, SPARE
from apps.rooms.places import giving_way

NOW = 10_000.0
SHARE = 2


@dataclass
class Room:
    """Watched, and used just now."""

    asker: str
    used: float = NOW
    hosted: bool = False
    watched: bool = True
    empty_since: float = NOW


def left(asker: str, seconds: float) -> Room:
    return Room(asker, NOW - seconds, watched=False, empty_since=NOW - seconds)


def picked(rooms: list[Room], asker: str = "newcomer") -> Room | None:
    return giving_way(rooms, asker, SHARE, NOW)


def test_the_room_that_nobody_has_watched_for_longest_goes_first() -> None:
    rooms = [Room("a"), left("b", SPARE + 1), left("c", SPARE + 5), left("d", SPARE - 1)]
    assert picked(rooms) is rooms[2]


def test_of_who_has_more_than_a_share_one_that_nobody_watches_goes_before_others() -> None:
    rooms = [left("a", SPARE + 50), *(left("b", SPARE + 1) for _ in range(SHARE + 1))]
    assert picked(rooms) in rooms[1:]


def test_a_newcomer_gets_a_place_of_who_has_more_than_a_share_and_there_the_one_in_which_least_is_done() -> (
    None
):
    rooms = [Room("b"), *(Room("a", NOW - ago) for ago in (0, 3, 2))]
    assert picked(rooms) is rooms[2]


def test_a_class_goes_last_of_those() -> None:
    rooms = [Room("a", NOW - 100, hosted=True), Room("a", NOW - 1), Room("a")]
    assert picked(rooms) is rooms[1]


def test_who_has_a_share_gets_nothing_that_anybody_uses() -> None:
    rooms = [*(Room("a") for _ in range(5)), *(Room("b") for _ in range(SHARE))]
    assert picked(rooms, "b") is None
    assert picked(rooms, "a") is None


def test_while_everybody_has_no_more_than_a_share_all_that_is_used_stays() -> None:
    assert picked([Room("a"), Room("a"), Room("b"), Room("b")]) is None


def test_where_nothing_was_pressed_for_long_somebody_else_may_have_the_place() -> None:
    rooms = [Room("a"), Room("b", NOW - IDLE), Room("c", NOW - IDLE - 1)]
    assert picked(rooms) is rooms[2]


def test_a_class_that_listens_to_its_teacher_is_not_taken_for_one_that_has_gone() -> None:
    assert picked([Room("a", NOW - 10 * IDLE, hosted=True)]) is None


def test_who_has_a_share_gets_an_idle_room_of_its_own_and_of_nobody_else() -> None:
    idle = [Room("a", NOW - IDLE) for _ in range(SHARE)]
    assert picked([*idle, Room("b")], "a") in idle
    assert picked([*idle, *(Room("b") for _ in range(SHARE))], "b") is None


rooms = st.builds(
    Room,
    st.sampled_from("abc"),
    st.floats(0, NOW),
    st.booleans(),
    st.booleans(),
    st.floats(0, NOW),
)


@given(st.lists(rooms, min_size=3 * SHARE + 1, max_size=20))
def test_whoever_has_less_than_a_share_is_never_refused_while_somebody_has_more(held: list[Room]) -> None:
    assert giving_way(held, "newcomer", SHARE, NOW) in held


@given(st.lists(rooms, max_size=12), st.sampled_from("abcd"))
def test_what_an_address_uses_within_its_share_is_its_own(held: list[Room], asker: str) -> None:
    given_up = giving_way(held, asker, SHARE, NOW)
    if given_up and given_up.asker != asker and NOW - given_up.used < IDLE and given_up.watched:
        assert sum(room.asker == given_up.asker for room in held) > SHARE
