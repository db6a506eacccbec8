"""From a code that somebody typed, as it came from a screen or a voice, to the page that it is for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.rooms import counters
from apps.rooms.codes import typed
from apps.rooms.finding import TooManyCodes, look_up

_BETWEEN = re.compile(r"[\W_]+")
"""What people put between the halves of a code, or around it."""
_SHOWN = 20


@dataclass(frozen=True)
class Entrance:
    """`page`: where the code leads; else `problem` is a sentence, for an answer with that `status`."""

    asked: str
    page: str = ""
    problem: str = ""
    status: int = 200


def as_code(text: str) -> str:
    """In any case, spacing and width of letters; empty if it can't be a code."""
    return typed(_BETWEEN.sub("", unicodedata.normalize("NFKC", text[: 4 * _SHOWN])))


async def entrance(request: HttpRequest) -> Entrance:
    """What the query's `code` leads to: a class's phone page, or a room. Nothing asked, nothing told."""
    asked = request.GET.get("code", "").strip()
    shown = asked[:_SHOWN]
    code = as_code(asked)
    if not asked:
        return Entrance("")
    if not code:
        return Entrance(shown, problem=_("A code has six letters and digits."), status=400)
    try:
        room = await look_up(request, code)
    except TooManyCodes as error:
        counters.refusals.labels("too-many-codes").inc()
        return Entrance(shown, problem=str(error), status=429)
    if not room:
        return wrong(shown)
    return Entrance(shown, page=reverse("class:phone" if room.hosted else "room", args=[code]))


def wrong(code: str) -> Entrance:
    told = _("There is no room with this code. Look at the screen in front: six letters and digits.")
    return Entrance(code[:_SHOWN], problem=told, status=404)
