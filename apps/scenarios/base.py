"""What a scenario is made of. All of it is data and pure functions: no clock, no input or output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Any, Literal

from apps.kafka.received import Received
from apps.scenarios.kinds import Kind


def noop(text: str) -> str:
    """Words for people, marked for translation; whoever shows them translates them."""
    return text


State = Mapping[str, Any]
"""One projection: a JSON object."""


@dataclass(frozen=True)
class Topic:
    """`kinds`: what its records look like. Where none is declared, any JSON will do."""

    name: str
    title: str
    partitions: int = 3
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class Record:
    """A record to be produced. `type` is its CloudEvents type."""

    topic: str
    key: str | None
    type: str
    value: Mapping[str, Any]


@dataclass(frozen=True)
class Emit:
    """A follow-up record, `after` seconds of work."""

    record: Record
    after: float = 0.0


@dataclass(frozen=True)
class Field:
    """What a person may choose in an action; left out, it is chosen at random.

    `personal`: it says who presses. In a class each person has a value of their own, which is none of the choices.
    """

    name: str
    title: str
    choices: tuple[str, ...]
    personal: bool = False


Press = Callable[[Random, Mapping[str, str]], Record]
Fold = Callable[[State | None, Received], State]
FoldAll = Callable[[State | None, Sequence[Received]], State]
React = Callable[[Received], Sequence[Emit]]


@dataclass(frozen=True)
class Action:
    """What a person presses. `own` names the group whose projection is the person's own card.

    `counter`: the field of that projection which counts every press; only such an action can be held against a
    counter that is written once a press.
    """

    slug: str
    title: str
    icon: str
    press: Press
    own: str
    fields: tuple[Field, ...] = ()
    crowd_limit: int = 100
    counter: str = ""


@dataclass(frozen=True)
class Show:
    """How a group's projection is shown: the field, and its unit (of one, of many) or the steps it goes through."""

    field: str
    unit: tuple[str, str] = ("", "")
    steps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class World:
    """What a group has made of the records, as a small picture in its box, which is fed by its projections alone.

    `kind`: "total" (the field, added up over all keys, in large figures), "latest" (what changed last), "most" (the key
    with the most, of those whose field `within` is the greatest) or "line" (how the field went lately, a line a key).
    `drawing`: one of those in static/js/room/drawings.js, or none. `inside`: the field that stands in the drawing, of
    what changed last.
    """

    kind: Literal["total", "latest", "most", "line"]
    drawing: str = ""
    inside: str = ""
    within: str = ""


def no_reaction(_record: Received) -> Sequence[Emit]:
    return ()


NO_KEY = "–"


def by_key(record: Received | Record) -> str:
    """The projection that a record belongs to, where it is the record's own key."""
    return record.key or NO_KEY


def everything(_record: Received | Record) -> str:
    """One projection for all that a group reads."""
    return "all"


@dataclass(frozen=True)
class ConsumerGroup:
    """`fold` makes the projection `keyed(record)` from what it was and the record; `react` may answer with records."""

    name: str
    title: str
    icon: str
    does: str
    topics: tuple[str, ...]
    fold: Fold
    show: Show
    react: React = no_reaction
    emits: tuple[str, ...] = ()
    keyed: Callable[[Any], str] = by_key
    world: World = World("total")
    members: int = 1
    guest: bool = False
    """Not of the story: it is there when somebody adds a member."""
    fold_all: FoldAll | None = None
    """What `fold` makes of many records, one after the other, found in fewer steps: for a group that floods come to."""
    shared: bool = False
    """A share group (KIP-932): its members take single records, from whichever partition."""


DEAD_LETTERS = Topic("dead-letters", noop("Dead letters"), partitions=1)
"""Every scenario has it: a topic like any other, where groups put what they can't handle."""


SHARE_GROUP = "queue"
"""Every scenario has it, too."""


def count_all(state: State | None, _record: Received) -> State:
    return {"records": (state or {}).get("records", 0) + 1}


def count_all_at_once(state: State | None, records: Sequence[Received]) -> State:
    return {"records": (state or {}).get("records", 0) + len(records)}


@dataclass(frozen=True)
class Scenario:
    slug: str
    title: str
    icon: str
    summary: str
    topics: tuple[Topic, ...]
    actions: tuple[Action, ...]
    groups: tuple[ConsumerGroup, ...]
    icons: Mapping[str, str] = field(default_factory=dict)
    dead_letters: Topic = DEAD_LETTERS

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Of what a person may choose, that which becomes the key: each has a token of its own in the picture."""
        return tuple(
            choice
            for action in self.actions
            for one in action.fields
            for choice in one.choices
            if action.press(Random(0), {one.name: choice}).key == choice
        )

    def action(self, slug: str) -> Action | None:
        return next((action for action in self.actions if action.slug == slug), None)

    def group(self, name: str) -> ConsumerGroup | None:
        return next((group for group in self.all_groups if group.name == name), None)

    @cached_property
    def all_topics(self) -> tuple[Topic, ...]:
        return (*self.topics, self.dead_letters)

    @cached_property
    def all_groups(self) -> tuple[ConsumerGroup, ...]:
        """With two that are there when they are called, and read from the start: a latecomer and a share group."""
        latecomer = ConsumerGroup(
            "latecomer",
            noop("Latecomer"),
            "🔎",
            noop("came late, and reads all from the start"),
            tuple(topic.name for topic in self.topics),
            count_all,
            Show("records", (noop("record"), noop("records"))),
            keyed=everything,
            guest=True,
            fold_all=count_all_at_once,
        )
        queue = ConsumerGroup(
            SHARE_GROUP,
            noop("Share group"),
            "🎟",
            noop("shares out single records, not partitions"),
            (self.topics[0].name,),
            count_all,
            Show("records", (noop("record"), noop("records"))),
            keyed=everything,
            guest=True,
            shared=True,
        )
        return (*self.groups, latecomer, queue)

    def arranged(self, partitions: Mapping[str, int], members: Mapping[str, int] | None = None) -> Scenario:
        """The same story with so many partitions of a topic, and so many members of a group at first."""
        *topics, letters = (
            replace(one, partitions=partitions.get(one.name, one.partitions)) for one in self.all_topics
        )
        counts = members or {}
        groups = (replace(one, members=counts.get(one.name, one.members)) for one in self.groups)
        return replace(self, topics=tuple(topics), groups=tuple(groups), dead_letters=letters)

    @cached_property
    def kinds(self) -> Mapping[str, tuple[Kind, ...]]:
        """What the records of each topic look like."""
        return {topic.name: topic.kinds for topic in self.all_topics}

    @property
    def lab(self) -> ConsumerGroup:
        """The group on which guarantees are tried: one that sends anything on, if there is one."""
        return next((group for group in self.groups if group.emits), self.groups[0])

    @cached_property
    def partitions(self) -> Mapping[str, int]:
        """How many each topic has."""
        return {topic.name: topic.partitions for topic in self.all_topics}
