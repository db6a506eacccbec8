"""What a phone is told: its record's fate for as long as the record is its last, and numbers in a summary."""

from __future__ import annotations

from typing import Any

from apps.classes.asking import Asking
from apps.classes.parts import Parts
from apps.classes.people import People, Person, Sent
from apps.classes.state import ClassState
from apps.classes.telling import Telling, differ
from apps.rooms.models import Room
from tests.unit.test_sightings import run


def test_who_read_a_record_stays_told_when_much_else_was_seen_since() -> None:
    state = ClassState(Room(code="BCDFGH", scenario="food-delivery", hosted=True))
    state.people = People(lambda _person: None)
    telling = Telling(state, Asking(state), Parts(state))
    person = Person(1, "Calm Otter", last=Sent("orders", 0, 5, "calm-otter", "c1", 1))

    def steps() -> list[tuple[str, str]]:
        return [(step["did"], step["by"]) for step in telling.to(person)["record"]["steps"]]

    assert steps() == []
    state.sightings.take([run("poll", "restaurant-1", 4, 6), run("commit", "restaurant-1", 4, 6)])
    assert steps() == [("committed", "restaurant-1")]
    state.sightings.take(run("poll", "restaurant-1", number, number) for number in range(10, 1000))
    assert steps() == [("committed", "restaurant-1")]
    state.sightings.take([run("poll", "restaurant-2", 5, 5)])
    assert steps() == [("read", "restaurant-2")]


def test_people_and_votes_are_numbers_and_all_else_is_told_at_once() -> None:
    question = {"text": "?", "votes": 3, "open": True}
    before: dict[str, Any] = {"here": 4, "paused": False, "question": question}
    assert not differ(before, {**before, "here": 5, "question": {**question, "votes": 9}})
    for change in ({"paused": True}, {"question": None}, {"question": {**question, "open": False}}):
        assert differ(before, {**before, **change})
    assert differ({}, before)
