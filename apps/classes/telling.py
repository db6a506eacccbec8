"""What the people of a class are told: how the class is, to all of them, and to each what became of their record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from apps.classes import ownnames
from apps.classes.asking import Asking
from apps.classes.parts import Parts
from apps.classes.people import Lent, Person, Sent
from apps.classes.sightings import Run
from apps.classes.state import ClassState
from apps.rooms.models import Projection
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.refusals import Refused


class Telling:
    def __init__(self, state: ClassState, asking: Asking, parts: Parts) -> None:
        self._state, self._asking, self._parts = state, asking, parts

    def to_all(self) -> dict[str, Any]:
        room, question = self._state.room, self._asking.question
        return {
            "type": "class",
            "here": len(self._state.people.here),
            "door": room.door,
            "paused": room.paused,
            "own_names": ownnames.allowed(room),
            "volunteers": self._parts.volunteers,
            "question": question.told if question else None,
        }

    def to(self, person: Person) -> dict[str, Any]:
        """Their own, as their phone shows it."""
        with translation.override(person.language):
            return self._to(person)

    def _to(self, person: Person) -> dict[str, Any]:
        action = self._state.scenario.actions[0]
        return {
            "type": "you",
            "name": person.name,
            "key": person.key_in(action),
            "sent": person.sent,
            "card": person.card,
            "record": self._record(person, person.last) if person.last else None,
            "member": self._member(person.lent) if person.lent else None,
            "vote": self._asking.vote_of(person),
        }

    def _record(self, person: Person, sent: Sent) -> dict[str, Any]:
        """What a group was seen doing stays told: what was seen is forgotten sooner than a phone is looked at."""
        groups = [group for group in self._state.scenario.groups if sent.topic in group.topics]
        there = self._state.has_log_of(sent)
        for group in groups if there else ():
            seen = self._state.sightings.of_record(group.name, sent.topic, sent.partition, sent.offset)
            if seen:
                person.fate[group.name] = seen[-1]
        steps = [self._step(group, person.fate[group.name]) for group in groups if group.name in person.fate]
        place = {"topic": sent.topic, "partition": sent.partition, "offset": sent.offset}
        return {**place, "key": sent.key, "steps": steps, "gone": not there}

    def _step(self, group: ConsumerGroup, run: Run) -> dict[str, str]:
        return {"title": _(group.title), "icon": group.icon, "by": run.by, "did": run.did}

    def _member(self, lent: Lent) -> dict[str, Any]:
        sightings = self._state.sightings
        found = sightings.in_hand(lent.group, lent.member) if lent.by_hand else None
        hand = None
        if found:
            (topic, partition), offset, did = found
            hand = {"topic": topic, "partition": partition, "offset": offset, "did": did}
        return {
            "group": lent.group,
            "name": lent.member,
            "by_hand": lent.by_hand,
            "there": lent.member in sightings.members(lent.group),
            "reads": sightings.owned(lent.group, lent.member),
            "hand": hand,
        }

    async def look_up_cards(self) -> None:
        """What the groups made of the last records: exact also when frames are thinned."""
        scenario, here = self._state.scenario, self._state.people.here
        own = scenario.group(scenario.actions[0].own)
        last = own.show.steps[-1][0] if own and own.show.steps else None
        waiting = {person.last.card for person in here if person.last and person.card != last}
        if not waiting or not own:
            return
        rows = Projection.objects.filter(room=self._state.room, group=own.name, key__in=waiting)
        found = {row.key: row.value async for row in rows}
        for person in self._state.people.here:
            if person.last and person.last.card in found:
                person.card = found[person.last.card].get(own.show.field)


def differ(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two states of a class differ in more than numbers of people and votes."""
    return _bare(before) != _bare(now)


def _bare(state: Mapping[str, Any]) -> dict[str, Any]:
    question = state.get("question")
    return {**state, "here": 0, "question": question and {**question, "votes": 0}}


def sent_out() -> Refused:
    return Refused("sent-out", _("Whoever holds this class has sent you out."))


def told(why: Refused) -> dict[str, Any]:
    return {"type": "refused", "code": why.code, "message": why.message}
