"""A class that is in session: the people and screens that are there, and what each of them is told."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from apps.classes import keeping, ownnames, questions
from apps.classes.models import SentOut
from apps.classes.names import name_of
from apps.classes.people import Lent, People, Person, Send, Sent
from apps.classes.register import Register
from apps.classes.sightings import Sightings
from apps.kafka.hand import Step
from apps.rooms import access, outage, traces
from apps.rooms.audience import Viewer
from apps.rooms.feed import BYTES_A_SECOND
from apps.rooms.live import Full, LiveRoom, rooms
from apps.rooms.models import Door, Projection, Room
from apps.rooms.setups import scenario_of
from apps.rooms.tasks import kept_up, lasting
from apps.scenarios.base import ConsumerGroup, Scenario
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

TICK = 0.25
"""Seconds: a phone is told at most four times a second, whatever the rate."""
STAGE_BYTES, FEW_SCREENS = 100_000, 20
"""Bytes a second to each screen while there are so few."""
MOST_TABS = 5
_CARDS_EVERY = 2
"""Ticks between two looks at the cards that are still to change."""


class Classroom:
    """Of one hosted room; lives in the web process's loop. It watches the room as any viewer does."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.scenario: Scenario = scenario_of(room)
        self.sightings = Sightings()
        self.register = Register()
        self.people = People(self._gone)
        self.screens: set[Send] = set()
        self.holders: set[Send] = set()
        self.question: questions.Question | None = None
        self.volunteers = False
        self._told: dict[str, Any] = {}
        self._viewer: Viewer | None = None
        self._paced = (0, 0)
        self._watching = asyncio.Lock()
        self._naming = asyncio.Lock()
        self._keeping = asyncio.Lock()
        self._kept = 0
        self._ticking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def code(self) -> str:
        return self.room.code

    @property
    def sockets(self) -> int:
        return len(self.screens) + sum(len(person.sockets) for person in self.people)

    @property
    def live(self) -> LiveRoom:
        """Raises Refused while the room is between two lives."""
        live = rooms.find(self.code)
        if not live:
            raise Refused("room-restarting", "The room is coming back. Try again in a moment.")
        return live

    # Who comes and goes

    async def arrive(self, send: Send, number: int, asker: str) -> Person | None:
        """A person, or a screen if the number is 0, from that address. Raises Full or Refused."""
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
            async with self._naming:
                person = self.people.arrive(number, await self._name_of(number), send)
            person.language = translation.get_language()
        else:
            self.screens.add(send)
        await send(self._state())
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

    async def _watch(self, asker: str) -> None:
        if not self._viewer:
            viewer = self._viewer = Viewer(self._see, self._over, inside=True)
            try:
                await rooms.join(self.room, viewer, asker)
            except BaseException:
                self._viewer = None
                raise
        if not self._ticking:
            self._ticking = lasting(kept_up("a class", self._tick))

    async def _over(self, why: Refused) -> None:
        await self._send_all(told(why))
        self.close()

    def close(self) -> None:
        """Nobody is there any more."""
        if self._ticking:
            self._ticking.cancel()
            self._ticking = None
        live = rooms.find(self.code)
        if self._viewer and live:
            live.audience.leave(self._viewer)
        self._viewer = None
        self._soon(self.keep())

    def _gone(self, person: Person) -> None:
        if person.lent:
            self._soon(self.give_back(person))

    # What happens in the room

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
                    await self._look_up_cards()
                await self._tell()
            except Exception:
                logger.exception("A tick of class %s was lost", self.code)
            self._pace()
            if not self.sockets and not self.people.here:
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

    async def _look_up_cards(self) -> None:
        """What the groups made of the last records: exact also when frames are thinned."""
        own = self.scenario.group(self.scenario.actions[0].own)
        last = own.show.steps[-1][0] if own and own.show.steps else None
        waiting = {person.last.card for person in self.people.here if person.last and person.card != last}
        if not waiting or not own:
            return
        rows = Projection.objects.filter(room=self.room, group=own.name, key__in=waiting)
        found = {row.key: row.value async for row in rows}
        for person in self.people.here:
            if person.last and person.last.card in found:
                person.card = found[person.last.card].get(own.show.field)

    async def _tell(self) -> None:
        state = self._state()
        if state != self._told:
            self._told = state
            await self._send_all(state)
        for person in self.people.here:
            told = self.about(person)
            if told != person.told:
                person.told = told
                for send in list(person.sockets):
                    await self._send(send, told)

    async def _send_all(self, message: dict[str, Any]) -> None:
        for send in [*self.screens, *(send for person in self.people for send in person.sockets)]:
            await self._send(send, message)

    async def _send(self, send: Send, message: dict[str, Any]) -> None:
        try:
            await send(message)
        except Exception:
            # As in an audience: one broken socket must not cost the others what they are told.
            logger.info("Somebody in class %s could not be sent to", self.code, exc_info=True)

    # What is told

    def _state(self) -> dict[str, Any]:
        return {
            "type": "class",
            "here": len(self.people.here),
            "door": self.room.door,
            "paused": self.room.paused,
            "own_names": ownnames.allowed(self.room),
            "volunteers": self.volunteers,
            "question": self.question.told if self.question else None,
        }

    def about(self, person: Person) -> dict[str, Any]:
        """Their own, as their phone shows it."""
        with translation.override(person.language):
            return self._about(person)

    def _about(self, person: Person) -> dict[str, Any]:
        action = self.scenario.actions[0]
        return {
            "type": "you",
            "name": person.name,
            "key": person.key_in(action),
            "sent": person.sent,
            "card": person.card,
            "record": self._record(person.last) if person.last else None,
            "member": self._member(person.lent) if person.lent else None,
            "vote": self.question.votes.get(person.number) if self.question else None,
        }

    def _record(self, sent: Sent) -> dict[str, Any]:
        groups = [group for group in self.scenario.groups if sent.topic in group.topics]
        steps = [step for group in groups if (step := self._step(group, sent))]
        place = {"topic": sent.topic, "partition": sent.partition, "offset": sent.offset}
        return {**place, "key": sent.key, "steps": steps}

    def _step(self, group: ConsumerGroup, sent: Sent) -> dict[str, str] | None:
        seen = self.sightings.of_record(group.name, sent.topic, sent.partition, sent.offset)
        if not seen:
            return None
        return {
            "title": _(group.title),
            "icon": group.icon,
            "by": seen[-1].by,
            "did": seen[-1].did,
        }

    def _member(self, lent: Lent) -> dict[str, Any]:
        there = lent.member in self.sightings.members(lent.group)
        found = self.sightings.in_hand(lent.group, lent.member) if lent.by_hand else None
        hand = None
        if found:
            (topic, partition), offset, did = found
            hand = {"topic": topic, "partition": partition, "offset": offset, "did": did}
        return {
            "group": lent.group,
            "name": lent.member,
            "by_hand": lent.by_hand,
            "there": there,
            "reads": self.sightings.owned(lent.group, lent.member),
            "hand": hand,
        }

    # What people do

    async def act(self, person: Person, slug: str) -> dict[str, Any]:
        """Press an action; answers when the brokers have stored the record. Raises Refused."""
        self._refuse_if_closed()
        action = self.scenario.action(slug)
        if not action:
            raise Refused("unknown-action", "This scenario has no such action.")
        live = self.live
        done = await live.deliver(slug, person.data_of(action), person.key)
        person.sent += 1
        person.last = Sent(done["topic"], done["partition"], done["offset"], done["key"] or "", done["card"])
        person.card = None
        self.register.tapped(person.name, live.incarnation, person.last)
        return done

    def _refuse_if_closed(self) -> None:
        if self.room.door == Door.ENDED:
            raise Refused("ended", _("This class is over."))
        if self.room.paused:
            raise Refused("paused", _("Hands off for a moment: look at the screen in front."))

    def vote(self, person: Person, choice: str) -> None:
        if not self.question:
            raise Refused("no-question", _("Nothing is asked just now."))
        self.question.vote(person.number, choice)

    async def volunteer(self, person: Person, group: str, by_hand: bool) -> None:
        """As `lend`, if the host lets people. Raises Refused."""
        self._refuse_if_closed()
        if not self.volunteers:
            raise Refused("no-volunteers", _("Whoever holds the class has not opened this yet."))
        await self.lend(person, group, by_hand)

    async def lend(self, person: Person, group: str, by_hand: bool) -> None:
        """This person's phone is a member of the group from now on. Raises Refused."""
        found = self.scenario.group(group)
        if not found or found.guest:
            raise Refused("unknown-group", _("There is no such group."))
        async with person.changing:
            await self._dismiss(person)
            done = await self.live.control("lend", group=group, by_hand=by_hand)
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
            await self.live.control("dismiss", group=lent.group, member=lent.member)

    async def step(self, person: Person, step: Step) -> None:
        self._refuse_if_closed()
        if not person.lent:
            raise Refused("no-member", _("You have no member in hand."))
        await self.live.control("step", group=person.lent.group, member=person.lent.member, step=step)

    async def choose_name(self, person: Person, text: str) -> None:
        """Raises Refused."""
        self._refuse_if_closed()
        async with self._naming:
            with outage.refused():
                person.name = await ownnames.choose(self.room, self.scenario, person.number, text)
        person.told = {}  # who asked is answered at once, and may have another name again before the next tick

    # What the host does

    async def let_choose_names(self, allowed: bool) -> None:
        """Before and after it everybody has the name that they were given. Raises Refused."""
        if allowed and not settings.KAFKAVIZ_OWN_NAMES:
            raise Refused("given-names", _("On this server names are given."))
        async with self._naming:
            if allowed == self.room.own_names:
                return
            await ownnames.let_choose(self.room, allowed)
            for person in self.people:
                person.name = name_of(self.code, person.number)

    async def deal(self, group: str, count: int, by_hand: bool) -> int:
        """Make so many phones members of a group; returns how many could be. Raises Refused if none could."""
        free = [person for person in self.people.here if not person.lent]
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

    def ask(self, kind: str, group: str) -> None:
        if kind not in questions.KINDS:
            raise Refused("bad-question", _("There is no such question."))
        self._put(questions.KINDS[kind](self, group))

    def pose(self, text: str, options: list[tuple[str, str]]) -> None:
        """A lesson's question. Raises Refused."""
        self._put(questions.Posed(text, options))

    def ask_freely(self, text: str, answers: list[str]) -> None:
        """Whatever the host wants to know. Raises Refused."""
        self._put(questions.Free(text, answers))

    def _put(self, question: questions.Question) -> None:
        self.put_away()
        self.question = question
        self.register.asked(question)

    def answered(self, value: str, seen: str) -> None:
        """What a lesson has observed, or the host says. Raises Refused when neither asked anything."""
        if not isinstance(self.question, questions.Posed):
            raise Refused("no-question", _("Nothing is asked just now."))
        self.question.answered(value, seen)

    def put_away(self) -> None:
        """Nobody votes on it any more."""
        self.close_vote()
        self.question = None

    def close_vote(self) -> None:
        if self.question:
            self.question.open = False

    def find_out(self) -> None:
        """Begins; it may take until the brokers miss a member, and everybody is told when it is known."""
        if not self.question or self.question.running:
            raise Refused("no-question", _("Nothing is asked just now."))
        self._soon(self.question.find_out())

    def some_key(self) -> tuple[Mapping[str, str], str, str]:
        """As a person of the class, or anybody, would press."""
        action = self.scenario.actions[0]
        here = self.people.here
        person = random.choice(here) if here else Person(1, "Somebody Else")
        return person.data_of(action), person.key, person.key_in(action)

    async def end(self) -> None:
        """Everybody is told, and goes."""
        self.close_vote()
        await self._send_all(self._state())
        await rooms.close(self.room)
        await self.keep()

    async def keep(self) -> None:
        """What the class did so far, where it outlives this process."""
        async with self._keeping:
            if self.register.is_empty or self._kept == self.register.changes:
                return
            changes = self.register.changes
            await keeping.store(self.room, self.register, self.names, self.scenario)
            self._kept = changes

    @property
    def names(self) -> dict[int, str]:
        """Of everybody who was here, by number."""
        return {person.number: person.name for person in self.people}

    async def send_out(self, number: int) -> str:
        """Whoever bears the number is here no more; returns their name. Raises Refused."""
        person = next((person for person in self.people.here if person.number == number), None)
        if not person:
            raise Refused("nobody", _("Nobody with this name is here."))
        with outage.refused():
            await SentOut.objects.aget_or_create(room=self.room, number=number)
        for send in self.people.send_out(person):
            await self._send(send, told(sent_out()))
        await self.give_back(person)
        return person.name

    async def renew_link(self) -> None:
        """Who holds the class by the link that was is told so, and changes nothing any more."""
        row = Room.objects.filter(pk=self.room.pk)
        await row.aupdate(epoch=F("epoch") + 1)
        await self.room.arefresh_from_db(fields=["epoch"])
        if live := rooms.find(self.code):
            live.epoch = self.room.epoch
        held, self.holders = self.holders, set()
        for send in held:
            await self._send(send, told(access.old_link()))

    async def begin_anew(self) -> None:
        """An empty log: what people had sent is gone, and so are their members. Raises Full or Refused."""
        for person in self.people:
            person.last = person.card = person.lent = None
            person.sent = 0
        self.put_away()
        self.register.emptied()
        await rooms.reset(self.room)

    def _soon(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.info("Class %s: %s", self.code, error)


def sent_out() -> Refused:
    return Refused("sent-out", _("Whoever holds this class has sent you out."))


def told(why: Refused) -> dict[str, Any]:
    return {"type": "refused", "code": why.code, "message": why.message}


class Classrooms:
    """Those of this process that anybody has come to, by code."""

    def __init__(self) -> None:
        self._found: dict[str, Classroom] = {}

    def of(self, room: Room) -> Classroom:
        """Its own row is what counts from then on: who read the room a moment ago may know less."""
        found = self._found.get(room.code)
        if not found:
            self._forget()
            found = self._found[room.code] = Classroom(room)
        return found

    def find(self, code: str) -> Classroom | None:
        return self._found.get(code)

    def _forget(self) -> None:
        """What was asked and lent is worth nothing once the room sleeps."""
        self._found = {
            code: found for code, found in self._found.items() if found.sockets or rooms.find(code)
        }


classrooms = Classrooms()


def _asked_in(room: Room) -> Mapping[str, Any]:
    """What a saved run of a class tells besides what was seen: its questions with their votes."""
    found = classrooms.find(room.code)
    return {"questions": asked} if found and (asked := found.register.told_questions()) else {}


traces.tell_besides(_asked_in)
