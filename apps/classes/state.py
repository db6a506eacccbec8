"""What all parts of a class in session share: its room and story, its people, and what was seen of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Coroutine, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.classes.people import People, Person, Sent
from apps.classes.register import Register
from apps.classes.sightings import Sightings
from apps.rooms.live import LiveRoom, rooms
from apps.rooms.models import Door, Room
from apps.rooms.setups import scenario_of
from apps.scenarios.base import Scenario
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)


class ClassState:
    """Of one hosted room."""

    people: People

    def __init__(self, room: Room) -> None:
        self.room = room
        self.scenario: Scenario = scenario_of(room)
        self.sightings = Sightings()
        self.register = Register()
        self.beginning = 1
        """Counts how often the class has begun with an empty log."""
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def code(self) -> str:
        return self.room.code

    @property
    def live(self) -> LiveRoom:
        """Raises Refused while the room is between two lives."""
        live = rooms.find(self.code)
        if not live:
            raise Refused("room-restarting", "The room is coming back. Try again in a moment.")
        return live

    def has_log_of(self, sent: Sent) -> bool:
        """Whether the log that the record was stored in is the room's still: an embedded one dies with its life."""
        live = rooms.find(self.code)
        return not live or live.facts["cluster"] != "embedded" or sent.incarnation == live.incarnation

    @property
    def names(self) -> dict[int, str]:
        """Of everybody who was here, by number."""
        return {person.number: person.name for person in self.people}

    def refuse_if_closed(self) -> None:
        if self.room.door == Door.ENDED:
            raise Refused("ended", _("This class is over."))
        if self.room.paused:
            raise Refused("paused", _("Hands off for a moment: look at the screen in front."))

    def some_key(self) -> tuple[Mapping[str, str], str, str]:
        """As a person of the class, or anybody, would press."""
        action = self.scenario.actions[0]
        here = self.people.here
        person = random.choice(here) if here else Person(1, "Somebody Else")
        return person.data_of(action), person.key, person.key_in(action)

    def soon(self, work: Coroutine[Any, Any, Any]) -> None:
        """Have it done while nobody waits for it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.info("Class %s: %s", self.code, error)
