"""What a class is asked before something is done; the answer is read off what the cluster then does."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.classes.sightings import Sightings
from apps.kafka.life import Crash
from apps.rooms.live import LiveRoom
from apps.scenarios.base import Scenario
from apps.scenarios.refusals import Refused

PATIENCE = 90.0
"""Seconds: a Kafka as it comes misses a member after 45."""
_LOOK = 0.1
NOBODY = "nobody"
MOST_OPTIONS, MOST_FREE, LONGEST = 12, 6, 300
LOST, ONCE, TWICE = "lost", "once", "twice"


class Stage(Protocol):
    """Where a question is put: the room, and what was seen of it."""

    scenario: Scenario
    sightings: Sightings

    @property
    def live(self) -> LiveRoom: ...

    def some_key(self) -> tuple[Mapping[str, str], str, str]:
        """Data of the first action, the person who presses it, and the key that the record will have."""


class Question(ABC):
    """Votes are by person, and the last one counts. `answers` are all that turned out right."""

    text: str
    options: list[tuple[str, str]]
    """Value and words of each."""

    def __init__(self) -> None:
        self.asked_at = time.time()
        self.votes: dict[int, str] = {}
        self.open = True
        self.answers: set[str] = set()
        self.seen = ""
        """What happened, in a sentence; empty until it did."""
        self.running = False

    def vote(self, person: int, choice: str) -> None:
        if not self.open:
            raise Refused("vote-closed", _("The vote is closed."))
        if choice not in dict(self.options):
            raise Refused("bad-choice", _("That is none of the answers."))
        self.votes[person] = choice

    @property
    def counts(self) -> Counter[str]:
        """Votes by answer."""
        return Counter(self.votes.values())

    @property
    def told(self) -> dict[str, Any]:
        """For everybody; how many chose what only when nobody can follow the crowd any more."""
        counts = self.counts
        return {
            "text": self.text,
            "options": [
                {"value": value, "title": title, **({} if self.open else {"votes": counts[value]})}
                for value, title in self.options
            ],
            "open": self.open,
            "votes": len(self.votes),
            "running": self.running,
            "answers": sorted(self.answers),
            "seen": self.seen,
        }

    async def find_out(self) -> None:
        """Have it done, and read the answer off; where that can't be, `seen` says why, and there is none."""
        self.open, self.running = False, True
        try:
            self.answers, self.seen = await self._try()
        except Refused as refusal:
            self.seen = refusal.message
        finally:
            self.running = False

    @abstractmethod
    async def _try(self) -> tuple[set[str], str]: ...

    async def _until(self, met: Callable[[], bool]) -> bool:
        until = time.monotonic() + PATIENCE
        while not met():
            if time.monotonic() > until:
                return False
            await asyncio.sleep(_LOOK)
        return True


class WhichPartition(Question):
    """Of a record whose key is known."""

    def __init__(self, stage: Stage, _group: str) -> None:
        super().__init__()
        self._stage = stage
        scenario = stage.scenario
        self._data, self._person, key = stage.some_key()
        topic = scenario.topics[0]
        partitions = stage.live.facts["partitions"][topic.name]
        self.text = _(
            "The next record has the key “%(key)s”. In which partition of %(topic)s will it land?"
        ) % {
            "key": key,
            "topic": topic.name,
        }
        self.options = [(str(number), f"P{number}") for number in range(partitions)]

    async def _try(self) -> tuple[set[str], str]:
        stage = self._stage
        done = await stage.live.deliver(stage.scenario.actions[0].slug, self._data, self._person)
        seen = _(
            "It landed in %(topic)s partition %(partition)s at offset %(offset)s. Its key decides that, every time."
        )
        return {str(done["partition"])}, seen % done


class WhoTakesOver(Question):
    """When the newest member of a group dies."""

    def __init__(self, stage: Stage, group: str) -> None:
        super().__init__()
        self._stage = stage
        members = stage.sightings.members(group)
        if not members:
            raise Refused("no-member", _("This group has no member that could crash."))
        self._group, self._victim = group, members[-1]
        self._places = stage.sightings.owned(group, self._victim)
        if not self._places:
            raise Refused(
                "nothing-owned", _("%(member)s reads no partition just now.") % {"member": self._victim}
            )
        self.text = _("%(member)s crashes. Who will read its partitions then?") % {"member": self._victim}
        others = [(name, name) for name in members[:-1]]
        self.options = [*others, (NOBODY, _("Nobody: they stand still"))]

    async def _try(self) -> tuple[set[str], str]:
        stage, began = self._stage, time.monotonic()
        await stage.live.control("crash-member", group=self._group, at=Crash.NOW)
        if not any(value != NOBODY for value, _words in self.options):
            return {NOBODY}, _("Nobody reads them: records wait there until the group gets a member.")
        taken = await self._until(
            lambda: (
                self._victim in stage.sightings.crashes
                and not stage.sightings.unowned(self._group, self._places)
            )
        )
        if not taken:
            raise Refused("no-answer", _("The brokers have not missed it yet. Look at the picture."))
        owners = stage.sightings.owners(self._group, self._places)
        seen = _("Now read by: %(owners)s. The brokers missed %(member)s after %(seconds)s s.") % {
            "owners": ", ".join(sorted(owners)),
            "member": self._victim,
            "seconds": f"{time.monotonic() - began:.1f}",
        }
        return owners, seen


class WhatBecomesOfIt(Question):
    """Of a record at which a member dies, between handling it and setting the bookmark."""

    def __init__(self, stage: Stage, group: str) -> None:
        super().__init__()
        self._stage = stage
        if not stage.sightings.members(group):
            raise Refused("no-member", _("This group has no member that could crash."))
        self._group = group
        self.text = _(
            "A member of %(group)s dies between its two steps, with one record in hand. What becomes of the record?"
        )
        self.text %= {"group": group}
        self.options = [
            (LOST, _("It is lost")),
            (ONCE, _("It is handled once")),
            (TWICE, _("It is handled twice")),
        ]

    async def _try(self) -> tuple[set[str], str]:
        stage = self._stage
        if not await self._until(lambda: self._rests):
            raise Refused("busy", _("The room does not come to rest: send the crowd home first."))
        before, dead = self._account, len(stage.sightings.crashes)
        await stage.live.control("crash-member", group=self._group, at=Crash.BETWEEN)
        data, person, _key = stage.some_key()
        await stage.live.deliver(stage.scenario.actions[0].slug, data, person)
        if not await self._until(lambda: len(stage.sightings.crashes) > dead):
            raise Refused("no-answer", _("No member died: the record went to another. Try again."))
        await stage.live.control("add-member", group=self._group)
        if not await self._until(lambda: self._rests and self._account != before):
            raise Refused("no-answer", _("The group has not come to rest yet. Look at the ledger."))
        after = self._account
        if after["lost"] > before["lost"]:
            return {LOST}, _("Lost: its bookmark was set before it was handled, so nobody read it again.")
        again = after["again"] - before["again"]
        if again > 0:
            return {TWICE}, ngettext(
                "%(count)s record was delivered again: it was handled, and its bookmark was not set.",
                "%(count)s records were delivered again: they were handled, and their bookmark was not set.",
                again,
            ) % {"count": again}
        return {ONCE}, _("Once: nothing of what the dead member had done could be seen from outside.")

    @property
    def _rests(self) -> bool:
        return bool(self._stage.sightings.ledger.get("at_rest"))

    @property
    def _account(self) -> Mapping[str, int]:
        groups: Mapping[str, Mapping[str, int]] = self._stage.sightings.ledger.get("groups", {})
        return groups.get(self._group, {})


class Posed(Question):
    """One of a lesson's: its words come from who holds the class, and so does what was observed."""

    def __init__(self, text: str, options: list[tuple[str, str]]) -> None:
        """Raises Refused for what nobody could read or choose from."""
        super().__init__()
        sound = 2 <= len(options) <= MOST_OPTIONS and len({value for value, _title in options}) == len(
            options
        )
        if not (
            0 < len(text) <= LONGEST and sound and all(len(title) <= LONGEST for _value, title in options)
        ):
            raise Refused("bad-question", _("A question has a text, and two to twelve answers that differ."))
        self.text, self.options = text, options

    def answered(self, value: str, seen: str) -> None:
        self.open, self.running = False, False
        self.answers, self.seen = {value}, seen[:LONGEST]

    async def _try(self) -> tuple[set[str], str]:
        raise Refused("of-a-lesson", _("The lesson finds that out: go on there."))


class Free(Posed):
    """Whatever the host wants to know; what was right, if anything was, the host says."""

    def __init__(self, text: str, answers: list[str]) -> None:
        """Raises Refused."""
        sound = 2 <= len(answers) <= MOST_FREE and len(set(answers)) == len(answers)
        if not (text and sound):
            raise Refused("bad-question", _("Write a question, and two to six answers that differ."))
        super().__init__(text, [(str(number), words) for number, words in enumerate(answers, 1)])

    def answered(self, value: str, seen: str) -> None:
        """Raises Refused."""
        if value not in dict(self.options):
            raise Refused("bad-choice", _("That is none of the answers."))
        super().answered(value, seen)

    async def _try(self) -> tuple[set[str], str]:
        raise Refused("free-question", _("No cluster can answer this question: say which answer was right."))


KINDS: Mapping[str, Callable[[Stage, str], Question]] = {
    "partition": WhichPartition,
    "takeover": WhoTakesOver,
    "fate": WhatBecomesOfIt,
}
