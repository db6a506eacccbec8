"""Who is in a class: people with a name, each behind one or more sockets, and what became of their last record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from apps.classes.names import key_of
from apps.classes.sightings import Run
from apps.rooms.limits import Bucket
from apps.scenarios.base import Action

GRACE = 3.0
"""Seconds without a socket after which somebody is gone: who reloads the page was never away."""
BYTES_A_SECOND, BYTES_AT_ONCE = 1_500, 1_000
"""What a phone is told waits while its sockets have had so much: with one large message more, 2 kB/s in any 5 s."""
Send = Callable[[dict[str, Any]], Awaitable[int]]
"""Returns how many bytes that was."""


@dataclass(frozen=True)
class Sent:
    """A person's last record, where the brokers stored it, in which life of the room.

    `card`: the projection that is their own.
    """

    topic: str
    partition: int
    offset: int
    key: str
    card: str
    incarnation: int


@dataclass(frozen=True)
class Lent:
    """The member that a person's phone is, or leads."""

    group: str
    member: str
    by_hand: bool


@dataclass(eq=False)
class Person:
    number: int
    name: str
    sockets: set[Send] = field(default_factory=set)
    sent: int = 0
    last: Sent | None = None
    card: Any = None
    lent: Lent | None = None
    fate: dict[str, Run] = field(default_factory=dict)
    """What each group was last seen doing with the last record."""
    told: dict[str, Any] = field(default_factory=dict)
    """Of their own, last."""
    knows: dict[str, Any] = field(default_factory=dict)
    """Of the class, as all their sockets were told last; empty while one was not."""
    allowance: Bucket = field(default_factory=lambda: Bucket(BYTES_A_SECOND, BYTES_AT_ONCE))
    language: str = "en"
    """Of the page that they opened last."""
    leaving: asyncio.TimerHandle | None = None
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a member of theirs comes or goes: nobody has two."""
    sent_out: bool = False

    @property
    def key(self) -> str:
        return key_of(self.name)

    @property
    def here(self) -> bool:
        return bool(self.sockets) or self.leaving is not None

    def data_of(self, action: Action) -> dict[str, str]:
        """What this person always chooses, where the choice is the record's key: a class spreads over all of them."""
        first = action.fields[0] if action.fields else None
        if not first or first.personal:
            return {}
        return {first.name: first.choices[self.number % len(first.choices)]}

    def key_in(self, action: Action) -> str:
        return next(iter(self.data_of(action).values()), self.key)


class People:
    """Of one class, by number. `gone` is called when somebody has been away for longer than the grace."""

    def __init__(self, gone: Callable[[Person], None]) -> None:
        self._gone = gone
        self._known: dict[int, Person] = {}

    def __iter__(self) -> Any:
        return iter(self._known.values())

    @property
    def here(self) -> list[Person]:
        return [person for person in self._known.values() if person.here]

    def arrive(self, number: int, name: str, send: Send) -> Person:
        person = self._known.setdefault(number, Person(number, name))
        if person.leaving:
            person.leaving.cancel()
            person.leaving = None
        person.sockets.add(send)
        person.told, person.knows = {}, {}
        return person

    def leave(self, person: Person, send: Send) -> None:
        person.sockets.discard(send)
        if not person.sockets and not person.leaving and not person.sent_out:
            person.leaving = asyncio.get_running_loop().call_later(GRACE, self._left, person)

    def send_out(self, person: Person) -> list[Send]:
        """They are not here any more; returns the sockets that they had."""
        sockets, person.sockets = list(person.sockets), set()
        person.sent_out = True
        if person.leaving:
            person.leaving.cancel()
            person.leaving = None
        return sockets

    def _left(self, person: Person) -> None:
        person.leaving = None
        self._gone(person)
