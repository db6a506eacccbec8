"""A class that is in session: who comes and goes, what they do, and the clock by which they are told."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from apps.classes import keeping, ownnames
from apps.classes.asking import Asking
from apps.classes.models import SentOut
from apps.classes.parts import Parts
from apps.classes.people import People, Person, Send, Sent
from apps.classes.seats import Seats
from apps.classes.state import ClassState
from apps.classes.telling import Telling, differ, sent_out, told
from apps.rooms import outage
from apps.rooms.audience import Audience, Viewer
from apps.rooms.feed import BYTES_A_SECOND
from apps.rooms.live import Full, rooms
from apps.rooms.models import Room
from apps.rooms.tasks import kept_up, lasting
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

TICK = 0.25
"""Seconds: a phone is told at most four times a second, whatever the rate."""
STAGE_BYTES, FEW_SCREENS = 100_000, 20
"""Bytes a second to each screen while there are so few."""
MOST_TABS = 5
_CARDS_EVERY = 2
"""Ticks between two looks at the cards that are still to change."""
_SUMMARY_EVERY, _KEEP_EVERY = 4, 8


class Classroom(ClassState):
    """Of one hosted room; lives in the web process's loop. It watches the room as any viewer does."""

    def __init__(self, room: Room) -> None:
        super().__init__(room)
        self.people = People(self._gone)
        self.asking, self.parts = Asking(self), Parts(self)
        self.telling = Telling(self, self.asking, self.parts)
        self.screens: set[Send] = set()
        self.holders: set[Send] = set()
        self.naming = asyncio.Lock()
        """Held while somebody's name is found or changed."""
        self.seats = Seats(room)
        self._told: dict[str, Any] = {}
        self._viewer: Viewer | None = None
        self._audience: Audience | None = None
        self._arriving = 0
        self._paced = (0, 0)
        self._watching = asyncio.Lock()
        self._keeping = asyncio.Lock()
        self._kept = 0
        self._ticking: asyncio.Task[None] | None = None

    @property
    def sockets(self) -> int:
        return len(self.screens) + sum(len(person.sockets) for person in self.people)

    @property
    def is_used(self) -> bool:
        """Who arrives may wait for the room to open, and is to be in the class that the others are in."""
        return bool(self.sockets or self._arriving)

    # Who comes and goes

    async def arrive(self, send: Send, number: int, asker: str) -> Person | None:
        """A person, or a screen if the number is 0, from that address. Raises Full or Refused."""
        self._arriving += 1
        try:
            return await self._let_in(send, number, asker)
        finally:
            self._arriving -= 1

    async def _let_in(self, send: Send, number: int, asker: str) -> Person | None:
        if (
            number
            and sum(bool(person.sockets) for person in self.people) >= settings.KAFKAVIZ_PEOPLE_PER_CLASS
        ):
            raise Full(_("This class is full."))
        at_most = MOST_TABS if number else settings.KAFKAVIZ_SOCKETS_PER_ROOM
        if self._sockets_of(number) >= at_most:
            raise Full(_("That is open too often. Close another tab of it first."))
        async with self._watching:
            await self._watch(asker)
        person = None
        if number:
            if await self._is_sent_out(number):
                raise sent_out()
            async with self.naming:
                person = self.people.arrive(number, await self._name_of(number), send)
            self.seats.take(person)
            person.language = translation.get_language()
        else:
            self.screens.add(send)
        try:
            await send(self.telling.to_all())
        except BaseException:
            self.leave(send, person)
            raise
        return person

    async def _name_of(self, number: int) -> str:
        """Raises Refused."""
        with outage.refused():
            return await ownnames.name_in(self.room, number)

    async def _is_sent_out(self, number: int) -> bool:
        """Raises Refused."""
        with outage.refused():
            return await SentOut.objects.filter(room=self.room, number=number).aexists()

    def _sockets_of(self, number: int) -> int:
        if not number:
            return len(self.screens)
        return sum(len(person.sockets) for person in self.people if person.number == number)

    def leave(self, send: Send, person: Person | None) -> None:
        if person:
            self.people.leave(person, send)
        else:
            self.screens.discard(send)
            self.holders.discard(send)

    def _gone(self, person: Person) -> None:
        if person.lent:
            self.soon(self.parts.give_back(person))

    async def _watch(self, asker: str) -> None:
        await self.seats.recall()
        if not self._viewer:
            viewer = self._viewer = Viewer(self._see, self._over, inside=True)
            try:
                self._audience = (await rooms.join(self.room, viewer, asker)).audience
            except BaseException:
                self._viewer = None
                raise
        if not self._ticking:
            self._ticking = lasting(kept_up("a class", self._tick))

    async def _over(self, why: Refused) -> None:
        await self.send_all(told(why))
        self.close()

    def close(self) -> None:
        """Nobody is there any more."""
        if self._ticking:
            self._ticking.cancel()
            self._ticking = None
        # Also while the room is between two lives: its audience is the same in the next.
        if self._viewer and self._audience:
            self._audience.leave(self._viewer)
        self._viewer = self._audience = None
        self.soon(self.keep())

    async def keep(self) -> None:
        """What the class did so far, where it outlives this process."""
        async with self._keeping:
            await self.seats.keep()
            if self.register.is_empty or self._kept == self.register.changes:
                return
            changes = self.register.changes
            await keeping.store(self.room, self.register, self.names, self.scenario)
            self._kept = changes

    # What happens in the room, and who is told

    async def _see(self, text: str) -> None:
        frame = json.loads(text)
        if frame["type"] == "backlog":
            self.sightings.forget()
        self.sightings.take(frame["hops"])
        self.register.saw(frame)

    async def _tick(self) -> None:
        for number in itertools.count():
            await asyncio.sleep(TICK)
            try:
                if number % _CARDS_EVERY == 0:
                    await self.telling.look_up_cards()
                await self._tell(summary=number % _SUMMARY_EVERY == 0)
                if number % _KEEP_EVERY == 0:
                    await self._keep_seats()
            except Exception:
                logger.exception("A tick of class %s was lost", self.code)
            self._pace()
            if not self.is_used and not self.people.here:
                self.close()
                return

    def _pace(self) -> None:
        """Phones are sent no frames, so the few screens that are can have more, and flow in a flood, too."""
        live = rooms.find(self.code)
        if not live:
            return
        wanted = live.incarnation, STAGE_BYTES if len(live.audience) <= FEW_SCREENS else BYTES_A_SECOND
        if wanted != self._paced:
            self._paced = wanted
            live.pace(wanted[1])

    async def _tell(self, summary: bool) -> None:
        """Screens of each change. Phones of what they may do, of numbers in a summary, and of their own."""
        state = self.telling.to_all()
        if state != self._told:
            self._told = state
            for send in list(self.screens):
                await self.send(send, state)
        for person in self.people.here:
            free = person.allowance.holds()
            if differ(person.knows, state) or (summary and free and state != person.knows):
                person.knows = state
                await self._send_to(person, state)
            if free and (own := self.telling.to(person)) != person.told:
                person.told = own
                await self._send_to(person, own)

    async def _keep_seats(self) -> None:
        """Where the database is away they are kept later, and everybody is told of that anyway."""
        with contextlib.suppress(Refused):
            await self.seats.keep()

    async def _send_to(self, person: Person, message: dict[str, Any]) -> None:
        sizes = [await self.send(send, message) for send in list(person.sockets)]
        person.allowance.spend(max(sizes, default=0))

    async def send_all(self, message: dict[str, Any]) -> None:
        for send in [*self.screens, *(send for person in self.people for send in person.sockets)]:
            await self.send(send, message)

    async def send(self, send: Send, message: dict[str, Any]) -> int:
        """Returns how many bytes that was."""
        try:
            return await send(message)
        except Exception:
            # As in an audience: one broken socket must not cost the others what they are told.
            logger.info("Somebody in class %s could not be sent to", self.code, exc_info=True)
            return 0

    # What people do

    async def act(self, person: Person, slug: str) -> dict[str, Any]:
        """Press an action; answers when the brokers have stored the record. Raises Refused."""
        self.refuse_if_closed()
        action = self.scenario.action(slug)
        if not action:
            raise Refused("unknown-action", "This scenario has no such action.")
        live = self.live
        beginning = self.beginning
        done = await live.deliver(slug, person.data_of(action), person.key)
        if beginning != self.beginning:
            return done  # into a log that is no more
        person.sent += 1
        place = done["topic"], done["partition"], done["offset"]
        person.last = Sent(*place, done["key"] or "", done["card"], live.incarnation)
        self.seats.moved(person)
        person.card = None
        person.fate.clear()
        self.register.tapped(person.name, person.last)
        return done

    async def choose_name(self, person: Person, text: str) -> None:
        """Raises Refused."""
        self.refuse_if_closed()
        async with self.naming:
            with outage.refused():
                person.name = await ownnames.choose(self.room, self.scenario, person.number, text)
        person.told = {}  # who asked is answered at once, and may have another name again before the next tick
