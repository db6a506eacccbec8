"""What people of a class did last is stored together, told again to who comes back, and gone with a new beginning."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

from apps.classes.models import Seat
from apps.classes.people import Person, Sent
from apps.classes.seats import Seats
from apps.rooms.models import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Room:
    return Room.objects.create(scenario="food-delivery", hosted=True)


def tapped(seats: Seats, person: Person, offset: int) -> None:
    person.sent += 1
    person.last = Sent("orders", 0, offset, "calm-otter", f"card-{offset}", 1)
    seats.moved(person)


def come_back(room: Room, number: int) -> Person:
    """To a new process."""
    seats, person = Seats(room), Person(number, "Calm Otter")
    async_to_sync(seats.recall)()
    seats.take(person)
    return person


def test_the_last_of_each_is_stored_and_told_again(room: Room) -> None:
    seats, one, other = Seats(room), Person(1, "Calm Otter"), Person(2, "Bold Lynx")
    async_to_sync(seats.recall)()
    for offset in (3, 4):
        tapped(seats, one, offset)
        async_to_sync(seats.keep)()
    tapped(seats, other, 5)
    async_to_sync(seats.keep)()
    for person in (one, other):
        again = come_back(room, person.number)
        assert (again.sent, again.last) == (person.sent, person.last)
    assert come_back(room, 3).last is None


def test_who_has_not_tapped_since_is_not_written_again(room: Room) -> None:
    seats, one = Seats(room), Person(1, "Calm Otter")
    tapped(seats, one, 3)
    async_to_sync(seats.keep)()
    Seat.objects.filter(room=room).update(sent=70)
    async_to_sync(seats.keep)()
    assert Seat.objects.get(room=room).sent == 70


def test_a_new_beginning_forgets_what_was_stored_and_what_was_about_to_be(room: Room) -> None:
    seats, one = Seats(room), Person(1, "Calm Otter")
    tapped(seats, one, 3)
    async_to_sync(seats.keep)()
    tapped(seats, one, 4)
    async_to_sync(seats.clear)()
    async_to_sync(seats.keep)()
    assert not Seat.objects.exists()
