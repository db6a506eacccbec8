"""The table of a class outlives the process that saw it: stored when the class ends, and when nobody is there."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.utils import translation

from apps.classes import table
from apps.classes.models import RegisterPart
from apps.classes.register import Register
from apps.rooms.models import Room
from apps.scenarios.base import Scenario

MOST_PARTS = 10
"""Of one class: the latest."""


async def store(room: Room, register: Register, names: dict[int, str], scenario: Scenario) -> None:
    """In place of what the same process stored of it before."""
    language = translation.get_language()
    pieces = [piece async for piece in table.body(register, names, scenario, language)]
    await sync_to_async(_write)(room, register.began, "".join(pieces))


def _write(room: Room, began: float, rows: str) -> None:
    packed = gzip.compress(rows.encode(), 6)
    RegisterPart.objects.update_or_create(room=room, began=began, defaults={"rows": packed})
    surplus = (
        RegisterPart.objects.filter(room=room).order_by("-began").values_list("pk", flat=True)[MOST_PARTS:]
    )
    RegisterPart.objects.filter(pk__in=list(surplus)).delete()


async def whole(
    room: Room, register: Register | None, names: dict[int, str], scenario: Scenario, language: str
) -> AsyncIterator[bytes]:
    """The file, in pieces: what earlier processes stored, then what this one knows (None: nothing)."""
    with translation.override(language):
        head = table.head(scenario)
    yield (table.BOM + head).encode()
    stored = RegisterPart.objects.filter(room=room).order_by("began")
    if register:
        stored = stored.exclude(began=register.began)
    async for part in stored.aiterator(chunk_size=1):
        yield gzip.decompress(part.rows)
    if register:
        async for piece in table.body(register, names, scenario, language):
            yield piece.encode()
