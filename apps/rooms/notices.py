"""Why a room's log is new, or what else befell it, in a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.kafka.identity import MOST_PARTITIONS
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
        "The process that ran this room died. What was acknowledged is in its log on Kafka. The groups go on "
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
        "A fault of this program ended this room. What was acknowledged is in its log on Kafka. The groups "
        "go on where they had committed."
    )
    return await _after(ended, continued, room, acked)


async def after_other_logs(_room: Room, _acked: Mapping[str, int]) -> Notices:
    """Where they turn out to be the same after all; else who opens the room has more to tell (below)."""
    same = _(
        "Kafka told of other logs for a moment. They are the same, and the groups go on where they had committed."
    )
    return {"new": same, "continued": same}


def made_anew(topics: Sequence[str]) -> str:
    return ngettext(
        "The topic %(topics)s was deleted on Kafka, and is made anew: it has another log, which begins at offset 0. "
        "What the groups had made of the earlier records is kept.",
        "The topics %(topics)s were deleted on Kafka, and are made anew: they have other logs, which begin at offset "
        "0. What the groups had made of the earlier records is kept.",
        len(topics),
    ) % {"topics": ", ".join(topics)}


def resized(topic: str, before: int, after: int) -> str:
    return ngettext(
        "On Kafka the topic %(topic)s now has %(count)s partition, where it had %(before)s, and so it has here. A key "
        "may go to another partition than before.",
        "On Kafka the topic %(topic)s now has %(count)s partitions, where it had %(before)s, and so it has here. A key "
        "may go to another partition than before.",
        after,
    ) % {"topic": topic, "count": after, "before": before}


def unfit(partitions: Mapping[str, int]) -> str:
    return " ".join(
        _(
            "On Kafka the topic %(topic)s now has %(count)s partitions, and a room can have at most %(most)s. Delete "
            "it there, and the room makes it anew."
        )
        % {"topic": topic, "count": count, "most": MOST_PARTITIONS}
        for topic, count in partitions.items()
    )


def cut_short(topics: Sequence[str]) -> str:
    return _(
        "On Kafka the log of %(topics)s ends earlier than it did: the last records are gone, as when a broker leads "
        "that did not have them. What comes in their place is counted; what the groups had made of them is kept."
    ) % {"topics": ", ".join(topics)}


def missing(topics: Sequence[str]) -> str:
    return ngettext(
        "The topic %(topics)s is missing on Kafka: somebody has deleted it. It is made anew in some seconds, and "
        "records that are sent until then wait.",
        "The topics %(topics)s are missing on Kafka: somebody has deleted them. They are made anew in some seconds, "
        "and records that are sent until then wait.",
        len(topics),
    ) % {"topics": ", ".join(topics)}


def not_made(topics: Sequence[str], why: str, commands: str) -> str:
    return _(
        "Missing on Kafka, for somebody has deleted it: %(topics)s. It can't be made anew: %(why)s Whoever runs that "
        "Kafka can do it: %(commands)s"
    ) % {"topics": ", ".join(topics), "why": why, "commands": commands}


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
