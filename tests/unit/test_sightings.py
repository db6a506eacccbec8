"""Who read, handled and committed a record, by hops that stand for runs."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.classes.names import key_of, name_of
from apps.classes.sightings import Sightings


def run(type_: str, by: str, first: int, last: int, partition: int = 0) -> dict[str, Any]:
    place = {"topic": "orders", "partition": partition, "first": first, "offset": last}
    return {"type": type_, "source": by, "group": "restaurant", **place, "count": last - first + 1}


def member(type_: str, name: str, *partitions: int) -> dict[str, Any]:
    owned = [["orders", number] for number in partitions]
    return {"type": type_, "source": name, "group": "restaurant", "partitions": owned}


def seen(*hops: dict[str, Any]) -> Sightings:
    sightings = Sightings()
    sightings.take(hops)
    return sightings


def steps(sightings: Sightings, offset: int) -> list[tuple[str, str]]:
    return [(found.did, found.by) for found in sightings.of_record("restaurant", "orders", 0, offset)]


def test_a_run_stands_for_each_of_its_records() -> None:
    sightings = seen(run("poll", "restaurant-1", 3, 9), run("process", "restaurant-1", 3, 5))
    assert steps(sightings, 4) == [("read", "restaurant-1"), ("handled", "restaurant-1")]
    assert steps(sightings, 7) == [("read", "restaurant-1")]
    assert steps(sightings, 10) == []


def test_a_single_record_needs_no_first() -> None:
    hop = run("poll", "restaurant-1", 3, 3)
    del hop["first"]
    assert steps(seen(hop), 3) == [("read", "restaurant-1")]


def test_owners_follow_assignments_and_a_crash_leaves_partitions_alone() -> None:
    sightings = seen(member("assign", "restaurant-1", 0, 1), member("assign", "restaurant-2", 2))
    assert sightings.members("restaurant") == ["restaurant-1", "restaurant-2"]
    places = sightings.owned("restaurant", "restaurant-2")
    sightings.take([member("crash", "restaurant-2")])
    assert sightings.unowned("restaurant", places) == {("orders", 2)}
    sightings.take([member("assign", "restaurant-1", 0, 1, 2)])
    assert sightings.owners("restaurant", places) == {"restaurant-1"}


def test_what_a_member_has_in_hand_is_what_it_read_and_has_not_committed() -> None:
    sightings = seen(run("poll", "restaurant-2", 5, 5, partition=2))
    assert sightings.in_hand("restaurant", "restaurant-2") == (("orders", 2), 5, "read")
    sightings.take([run("process", "restaurant-2", 5, 5, partition=2)])
    assert sightings.in_hand("restaurant", "restaurant-2") == (("orders", 2), 5, "handled")
    sightings.take([run("commit", "restaurant-2", 5, 5, partition=2)])
    assert sightings.in_hand("restaurant", "restaurant-2") is None


def test_a_backlog_begins_afresh() -> None:
    sightings = seen(run("poll", "restaurant-1", 0, 9), member("assign", "restaurant-1", 0))
    sightings.forget()
    assert steps(sightings, 4) == []
    assert sightings.members("restaurant") == []


@given(st.text(alphabet="23456789BCDFGHJKMNPQRSTVWXYZ", min_size=6, max_size=6))
def test_three_thousand_people_have_three_thousand_names_and_keys(code: str) -> None:
    names = [name_of(code, number) for number in range(1, 3001)]
    assert len(set(names)) == len({key_of(name) for name in names}) == 3000


def test_a_name_can_be_a_key_and_be_read_aloud() -> None:
    name = name_of("K7MPX4", 1)
    assert name == name_of("K7MPX4", 1)
    assert key_of(name).isascii()
    assert " " not in key_of(name)
    assert [word.istitle() for word in name.split()] == [True, True]
