"""Names that people choose, where the host lets them: what may be in one, and who has which."""

from __future__ import annotations

import re
import unicodedata

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from apps.classes.names import is_given, key_of, name_of
from apps.rooms.models import OwnName, Room
from apps.scenarios.base import Scenario
from apps.scenarios.refusals import Refused

LEAST, MOST = 2, 20
_NAME = re.compile(r"{letter}(?:-*{letter})*".format(letter=r"L(?!M*PM*PM*P)[MP]{0,4}"))
"""Of the shape of a name. Burmese has up to four marks on a letter; of those that pile up Vietnamese has two."""
_BETWEEN = " -'\u058a\u05be\u055a\u05f3"  # the last four are Armenian and Hebrew
_PLAIN = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2019": "'"})
_UNSEEN = re.compile("BLANK|FILLER|GRAPHEME JOINER|VARIATION SELECTOR|VOWEL INHERENT")
"""In the names of what Unicode has among letters and marks, and nobody sees."""
_PILES_UP = 200
"""Combining classes from here on: above or below any letter, one over the other."""


def checked(text: str) -> str:
    """The name as it is shown. Raises Refused."""
    plain = unicodedata.normalize("NFC", text).translate(_PLAIN)
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in plain)
    name = " ".join(filter(None, spaced.split(" ")))
    if not LEAST <= len(name) <= MOST or not _NAME.fullmatch("".join(map(_kind, name))):
        sentence = _(
            "A name has %(least)s to %(most)s characters: letters and digits of any script, and between them "
            "spaces, hyphens or apostrophes."
        )
        raise Refused("bad-name", sentence % {"least": LEAST, "most": MOST})
    return name


def _kind(char: str) -> str:
    """L: a letter or digit, M: a mark, P: one that piles up, -: what stands between letters, ?: anything else."""
    category = unicodedata.category(char)
    if char in _BETWEEN:
        return "-"
    if _UNSEEN.search(unicodedata.name(char, "")):
        return "?"
    if category in ("Mn", "Mc"):
        return "P" if unicodedata.combining(char) >= _PILES_UP else "M"
    return "L" if category[0] == "L" or category == "Nd" else "?"


def folded(name: str) -> str:
    """The same for names that have one key, or differ in capitals or in the make of their letters only."""
    # First so: letters that are bold, wide or in rings have no other capitals.
    plain = unicodedata.normalize("NFKC", key_of(name))
    return unicodedata.normalize("NFKC", plain.casefold())


def allowed(room: Room) -> bool:
    """By its host, and by whoever runs the server."""
    return room.own_names and bool(settings.KAFKAVIZ_OWN_NAMES)


async def name_in(room: Room, number: int) -> str:
    """What the person with this number is called now."""
    row = await OwnName.objects.filter(room=room, number=number).afirst() if allowed(room) else None
    return row.name if row else name_of(room.code, number)


async def choose(room: Room, scenario: Scenario, number: int, text: str) -> str:
    """The name that the person has from now on; the given one can be had back. Raises Refused."""
    if not allowed(room):
        raise Refused("given-names", _("In this class names are given."))
    name, given = checked(text), name_of(room.code, number)
    wanted = folded(name)
    if wanted == folded(given):
        await OwnName.objects.filter(room=room, number=number).adelete()
        return given
    taken = Refused("name-taken", _("That name is taken. Choose another one."))
    if is_given(wanted) or wanted in _of_the_story(scenario):
        raise taken
    try:
        row = {"name": name, "folded": wanted}
        await OwnName.objects.aupdate_or_create(room=room, number=number, defaults=row)
    except IntegrityError as error:
        raise taken from error
    return name


def _of_the_story(scenario: Scenario) -> set[str]:
    """A crowd sends records with these."""
    fields = [field for action in scenario.actions for field in action.fields if field.personal]
    return {folded(choice) for field in fields for choice in field.choices}


async def let_choose(room: Room, allowed: bool) -> None:
    """Or not; nobody has a name of their own then."""
    await OwnName.objects.filter(room=room).adelete()
    await Room.objects.filter(pk=room.pk).aupdate(own_names=allowed)
    room.own_names = allowed
