"""The room that an address names, and how often an address may name one that is not there."""

from __future__ import annotations

from collections import OrderedDict

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from apps.rooms.askers import asker
from apps.rooms.codes import typed
from apps.rooms.limits import Bucket, Buckets
from apps.rooms.models import Room
from apps.scenarios.catalog import SCENARIOS

_MOST_KNOWN = 20_000


class TooManyCodes(Exception):
    """The text is for people."""


class Guesses:
    """Codes that were wrong, by address and for the whole server: a room is found by trying after days, not hours.

    Who guessed too often is not told of right codes either, but may come back to rooms it had found before: one
    pupil who tries codes must not shut a school out of its class.
    """

    def __init__(self) -> None:
        self.wrong = Buckets(rate=0.5, burst=60)
        self.all_wrong = Bucket(rate=10, burst=600)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def may_try(self, address: str, code: str) -> bool:
        """While strangers guess in great number, who never guessed wrong has one try."""
        if (address, code) in self._known:
            return True
        return self.wrong.holds(address) and (self.all_wrong.holds() or self.wrong.is_full(address))

    def was_wrong(self, address: str) -> None:
        self.wrong.take(address)
        self.all_wrong.take()

    def was_right(self, address: str, code: str) -> None:
        self._known[address, code] = None
        self._known.move_to_end((address, code))
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)


guesses = Guesses()


def made(request: HttpRequest, room: Room) -> None:
    """Who made a room knows its code."""
    guesses.was_right(asker(request), room.code)


async def look_up(request: HttpRequest, code: str, hosted: bool | None = None) -> Room | None:
    """For whoever knows nothing but a code; None where no room is. Raises TooManyCodes."""
    address, asked = asker(request), typed(code)
    if not guesses.may_try(address, asked):
        raise TooManyCodes(_("Too many codes were tried. Wait a minute."))
    room = await stored(asked)
    if not room or (hosted is not None and room.hosted != hosted):
        guesses.was_wrong(address)
        return None
    guesses.was_right(address, asked)
    return room


async def knock(request: HttpRequest, code: str) -> Room:
    """As `look_up`, for a page. Raises Http404."""
    return _there(await look_up(request, code))


async def find_room(code: str) -> Room:
    """For whoever has shown the room's token. Raises Http404."""
    return _there(await stored(code))


async def stored(code: str) -> Room | None:
    room = await Room.objects.filter(code=typed(code)).afirst()
    return room if room and room.scenario in SCENARIOS else None


def _there(room: Room | None) -> Room:
    if not room:
        raise Http404(_("There is no such room."))
    return room
