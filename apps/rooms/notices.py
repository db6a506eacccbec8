"""Why a room's log is new, in a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.rooms.models import Progress, Room
from apps.scenarios.catalog import SCENARIOS

Notice = Callable[[Room, Mapping[str, int]], Awaitable[str | None]]
"""Takes the room before its new incarnation, and the records stored by topic as last seen."""


async def after_sleep(room: Room, _acked: Mapping[str, int]) -> str | None:
    """None for a room that is opened for the first time."""
    if not room.incarnation:
        return None
    return _(
        "This room slept while nobody watched. Its log lived in memory and starts anew at offset 0; "
        "what the groups had made of the records is kept."
    )


async def after_death(room: Room, acked: Mapping[str, int]) -> str | None:
    stored = sum(acked.values())
    begin = ngettext(
        "The process that ran this room died, and its log with it: %(count)s record, when last counted.",
        "The process that ran this room died, and its log with it: %(count)s records, when last counted.",
        stored,
    ) % {"count": f"{stored:,}"}
    unread = [
        _("%(group)s had %(count)s of them still to handle") % {"group": group, "count": f"{count:,}"}
        for group, count in (await _unread(room, acked)).items()
        if count > 0
    ]
    middle = ", ".join(unread) if unread else _("every group had handled those")
    end = _("A new, empty log has begun; what the groups had made of the records is kept.")
    return f"{begin} {middle[0].upper()}{middle[1:]}. {end}"


async def _unread(room: Room, acked: Mapping[str, int]) -> dict[str, int]:
    """Records stored, as last seen, less those that each group had stored the result of."""
    rows = Progress.objects.filter(room=room, incarnation=room.incarnation).values("group")
    done = {row["group"]: row["done"] async for row in rows.annotate(done=Sum("next_offset"))}
    return {
        group.title: sum(acked.get(topic, 0) for topic in group.topics) - done.get(group.name, 0)
        for group in SCENARIOS[room.scenario].groups
    }
