"""The web process's database while it is away: a sentence for whoever comes, and two lines in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

from apps.rooms.models import Room
from apps.rooms.spells import Spell
from apps.scenarios.refusals import Refused

AWAY = (OperationalError, InterfaceError)
DATABASE = "database"
"""The code of what is refused for that reason."""
SENTENCE = (
    "The database does not answer just now. Nothing in it is lost; this goes on by itself when it is back."
)

spell = Spell(
    logging.getLogger(__name__),
    logging.WARNING,
    "The database can't be used",
    "The database can be used again",
)


def trouble() -> str:
    """As last seen; empty if all is well."""
    return SENTENCE if spell.lasts else ""


async def look() -> str:
    """Ask it now; the trouble."""
    try:
        await Room.objects.aexists()
    except AWAY as error:
        spell.met(error)
    else:
        spell.over()
    return trouble()


@contextmanager
def refused() -> Iterator[None]:
    """Around what needs the database. Raises Refused if it is away."""
    try:
        yield
    except AWAY as error:
        spell.met(error)
        raise Refused(DATABASE, SENTENCE) from error
