"""How fast a room may be pressed, whoever presses and from however many tabs."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from apps.rooms.limits import Buckets
from apps.rooms.tokens import Participant
from apps.scenarios.refusals import Refused


class People:
    """By who they are: whoever opens five tabs is one person."""

    def __init__(self, rate: float, burst: float) -> None:
        self._buckets = Buckets(rate, burst)

    def take(self, who: Participant) -> None:
        """Raises Refused."""
        if not self._buckets.take((who.room, who.id)):
            raise Refused("too-fast", _("That was faster than one person taps. Slow down a little."))


_controls = Buckets(rate=10, burst=200)
"""Of a room: each may have all its members start anew, which costs the other rooms of its runner their time."""
_rooms = Buckets(settings.KAFKAVIZ_ROOM_ACTS_PER_SECOND, settings.KAFKAVIZ_ROOM_ACTS_BURST)


def take_of_room(who: Participant) -> None:
    """Asked after the person, so that what is too fast for one takes nothing from all. Raises Refused."""
    if not _rooms.take(who.room):
        raise Refused("too-fast", _("Everybody here is very fast just now. Try again in a moment."))


def take_control_of(room: str) -> None:
    """Raises Refused."""
    if not _controls.take(room):
        raise Refused("too-fast", _("Everybody here is very fast just now. Try again in a moment."))
