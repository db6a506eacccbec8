"""Whose room sleeps when every place is taken and one more is asked for.

A class shares one address, so places are lent: an address may hold all of them while nobody else wants one. Who has
less than a share is then given one of those that are held beyond a share, whatever is done in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _

from apps.rooms import deadlines
from apps.scenarios.refusals import Refused

ASLEEP, ENDED = "asleep", "ended"


class Full(Exception):
    """A cap is reached; the text is for people."""

    code = "full"


class Held(Protocol):
    """An open room. `asker`: from whose address it was opened; `used` and `empty_since` in monotonic seconds."""

    asker: str
    hosted: bool
    used: float

    @property
    def watched(self) -> bool: ...

    @property
    def empty_since(self) -> float: ...


H = TypeVar("H", bound=Held)


def giving_way(rooms: Iterable[H], asker: str, share: int, now: float) -> H | None:
    """The room that sleeps so that `asker` has a place; None if that has to wait.

    One that nobody watches first, of whom has more than a share before others'. Else, for who has less than that, the
    one of whom has more in which least is done, classes last; or any in which nothing has been done for long: viewers
    of a class press nothing while somebody speaks, so that is none.
    """
    rooms = list(rooms)
    held = Counter(room.asker for room in rooms)
    entitled = held[asker] < share

    def beyond(room: H) -> bool:
        return held[room.asker] > share

    return (
        _first(
            (room for room in rooms if not room.watched and now - room.empty_since >= deadlines.SPARE),
            lambda room: (not beyond(room), room.empty_since),
        )
        or _first(
            (room for room in rooms if entitled and beyond(room)),
            lambda room: (room.hosted, room.watched, room.used),
        )
        or _first(
            (
                room
                for room in rooms
                if (entitled or room.asker == asker) and not room.hosted and now - room.used >= deadlines.IDLE
            ),
            lambda room: room.used,
        )
    )


def _first(rooms: Iterable[H], order: Callable[[H], tuple[bool | float, ...] | float]) -> H | None:
    return min(rooms, key=order, default=None)


def over() -> Refused:
    """What the viewers of a class that has ended are told."""
    return Refused(ENDED, _("This class is over. Thank you for being here."))


def gave_way() -> Refused:
    """What the viewers of such a room are told."""
    return Refused(
        ASLEEP,
        _(
            "All places for rooms here were wanted, and least was done in this one: it sleeps now. "
            "Reload the page to wake it."
        ),
    )
