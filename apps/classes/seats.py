"""What people of a class did last outlives the process: a phone is told it again when the server has started anew."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from apps.classes.models import Seat
from apps.classes.people import Person, Sent
from apps.rooms import outage
from apps.rooms.models import Room


class Seats:
    """Of one class. Who tapped since is stored together: a write a tap would cost more than all else."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._stored: dict[int, Seat] | None = None
        self._moved: set[Person] = set()
        self._writing = asyncio.Lock()

    async def recall(self) -> None:
        """What an earlier process stored; asked for once. Raises Refused."""
        if self._stored is None:
            with outage.refused():
                self._stored = {seat.number: seat async for seat in Seat.objects.filter(room=self._room)}

    def take(self, person: Person) -> None:
        """Somebody who is here for the first time in this process."""
        seat = (self._stored or {}).pop(person.number, None)
        if seat:
            person.sent, person.last = seat.sent, Sent(**seat.last)

    def moved(self, person: Person) -> None:
        self._moved.add(person)

    async def keep(self) -> None:
        """Raises Refused, and then it is tried again."""
        async with self._writing:
            await self._keep()

    async def _keep(self) -> None:
        moved, self._moved = self._moved, set()
        seats = [
            Seat(room=self._room, number=person.number, sent=person.sent, last=asdict(person.last))
            for person in moved
            if person.last
        ]
        try:
            with outage.refused():
                await Seat.objects.abulk_create(
                    seats,
                    update_conflicts=True,
                    unique_fields=["room", "number"],
                    update_fields=["sent", "last"],
                )
        except BaseException:
            self._moved |= moved
            raise

    async def clear(self) -> None:
        """Nobody did anything. Raises Refused."""
        self._stored, self._moved = {}, set()
        async with self._writing:
            with outage.refused():
                await Seat.objects.filter(room=self._room).adelete()
