"""Why a room's log is new, or what else befell it, in a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.rooms.models import Progress, Room
from apps.rooms.setups import scenario_of

Notices = dict[str, str | None]
"""What to say when the log is `new`, and when it is `continued`; only who opens it knows which it is."""
Notice = Callable[[Room, Mapping[str, int]], Awaitable[Notices]]
"""Takes the room before its new incarnation, and the records stored by topic as last seen."""


async def after_sleep(room: Room, _acked: Mapping[str, int]) -> Notices:
    """None for a room that is opened for the first time."""
    if not room.incarnation:
        return {"new": None, "continued": None}
    return {
        "new": _(
            "This room slept while nobody watched. Its log did not outlive that and starts anew at offset 0; "
            "what the groups had made of the records is kept."
        ),
        "continued": _(
            "This room slept while nobody watched. Its log stayed on Kafka, and the groups go on where they had "
            "committed."
        ),
    }


async def after_death(room: Room, acked: Mapping[str, int]) -> Notices:
    ended = ngettext(
        "The process that ran this room died, and its log with it: %(count)s record, when last counted.",
        "The process that ran this room died, and its log with it: %(count)s records, when last counted.",
        sum(acked.values()),
    )
    continued = _(
        "The process that ran this room died. Its log is on Kafka, where nothing of it is lost. The groups go on "
        "where they had committed, as soon as Kafka has noticed that their old members are gone."
    )
    return await _after(ended, continued, room, acked)


async def after_fault(room: Room, acked: Mapping[str, int]) -> Notices:
    """Of this room alone."""
    ended = ngettext(
        "A fault of this program ended this room, and its log with it: %(count)s record, when last counted.",
        "A fault of this program ended this room, and its log with it: %(count)s records, when last counted.",
        sum(acked.values()),
    )
    continued = _(
        "A fault of this program ended this room. Its log is on Kafka, where nothing of it is lost. The groups "
        "go on where they had committed."
    )
    return await _after(ended, continued, room, acked)


async def after_reset(_room: Room, _acked: Mapping[str, int]) -> Notices:
    """On Kafka, too: the topics were deleted before."""
    anew = _("The class begins anew: an empty log, and nothing made of it yet.")
    return {"new": anew, "continued": anew}


def after_standstill(seconds: float) -> str:
    whole = round(seconds)
    return ngettext(
        "This server stood still for %(count)s second, as a laptop does while it is closed. The room goes on with "
        "its log, and members that Kafka missed meanwhile join again.",
        "This server stood still for %(count)s seconds, as a laptop does while it is closed. The room goes on with "
        "its log, and members that Kafka missed meanwhile join again.",
        whole,
    ) % {"count": f"{whole:,}"}


async def _after(ended: str, continued: str, room: Room, acked: Mapping[str, int]) -> Notices:
    """`ended`: what ended the room, where its log did not outlive that."""
    begin = ended % {"count": f"{sum(acked.values()):,}"}
    return {"new": await _lost_log(begin, room, acked), "continued": continued}


async def _lost_log(begin: str, room: Room, acked: Mapping[str, int]) -> str:
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
    rows = Progress.objects.filter(room=room, log=room.log).values("group")
    done = {row["group"]: row["done"] async for row in rows.annotate(done=Sum("next_offset"))}
    return {
        group.title: sum(acked.get(topic, 0) for topic in group.topics) - done.get(group.name, 0)
        for group in scenario_of(room).groups
    }
