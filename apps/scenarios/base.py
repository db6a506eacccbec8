"""What a scenario is made of. All of it is data and pure functions: no clock, no input or output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from apps.kafka.received import Received

State = Mapping[str, Any]
"""One projection: a JSON object."""


@dataclass(frozen=True)
class Topic:
    name: str
    title: str
    partitions: int = 3


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
    """What a person may choose in an action; left out, it is chosen at random."""

    name: str
    title: str
    choices: tuple[str, ...]


Press = Callable[[Random, Mapping[str, str]], Record]
Fold = Callable[[State | None, Received], State]
React = Callable[[Received], Sequence[Emit]]


@dataclass(frozen=True)
class Action:
    """What a person presses. `own` names the group whose projection is the person's own card."""

    slug: str
    title: str
    icon: str
    press: Press
    own: str
    fields: tuple[Field, ...] = ()
    crowd_limit: int = 100


@dataclass(frozen=True)
class Show:
    """How a group's projection is shown: the field, and its unit (of one, of many) or the steps it goes through."""

    field: str
    unit: tuple[str, str] = ("", "")
    steps: tuple[tuple[str, str], ...] = ()


def no_reaction(_record: Received) -> Sequence[Emit]:
    return ()


def by_key(record: Received | Record) -> str:
    """The projection that a record belongs to, where it is the record's own key."""
    return record.key or "–"


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
    members: int = 1


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

    def action(self, slug: str) -> Action | None:
        return next((action for action in self.actions if action.slug == slug), None)

    def group(self, name: str) -> ConsumerGroup | None:
        return next((group for group in self.groups if group.name == name), None)
