"""Phones that are members of a group: lent by volunteers, handed out by the host, led step by step, given back."""

from __future__ import annotations

import random

from django.utils.translation import gettext as _

from apps.classes.people import Lent, Person
from apps.classes.state import ClassState
from apps.kafka.hand import Step
from apps.scenarios.refusals import Refused


class Parts:
    def __init__(self, state: ClassState) -> None:
        self.volunteers = False
        """Whether the host lets people take a part by themselves."""
        self._state = state

    async def volunteer(self, person: Person, group: str, by_hand: bool) -> None:
        """As `lend`, if the host lets people. Raises Refused."""
        self._state.refuse_if_closed()
        if not self.volunteers:
            raise Refused("no-volunteers", _("Whoever holds the class has not opened this yet."))
        await self.lend(person, group, by_hand)

    async def lend(self, person: Person, group: str, by_hand: bool) -> None:
        """This person's phone is a member of the group from now on. Raises Refused."""
        found = self._state.scenario.group(group)
        if not found or found.guest:
            raise Refused("unknown-group", _("There is no such group."))
        async with person.changing:
            await self._dismiss(person)
            done = await self._state.live.control("lend", group=group, by_hand=by_hand)
            person.lent = Lent(group, done["member"], by_hand)
            if not person.here:
                await self._dismiss(person)

    async def give_back(self, person: Person) -> None:
        """The member leaves its group; nothing if there is none."""
        async with person.changing:
            await self._dismiss(person)

    async def _dismiss(self, person: Person) -> None:
        lent, person.lent = person.lent, None
        if lent:
            await self._state.live.control("dismiss", group=lent.group, member=lent.member)

    async def step(self, person: Person, step: Step) -> None:
        """Raises Refused."""
        self._state.refuse_if_closed()
        lent = person.lent
        if not lent:
            raise Refused("no-member", _("You have no member in hand."))
        await self._state.live.control("step", group=lent.group, member=lent.member, step=step)

    async def deal(self, group: str, count: int, by_hand: bool) -> int:
        """Make so many phones members of a group; returns how many could be. Raises Refused if none could."""
        free = [person for person in self._state.people.here if not person.lent]
        if not free:
            raise Refused("nobody", _("Nobody is here who has no part yet."))
        dealt = 0
        for person in random.sample(free, min(count, len(free))):
            try:
                await self.lend(person, group, by_hand)
            except Refused:
                if not dealt:
                    raise
                break
            dealt += 1
        return dealt
