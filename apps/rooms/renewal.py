"""A room is opened on logs that are not what they were: topics made anew, or logs that lost their end.

What groups made of the records stays. What they know of how far they got is of the log that was, and goes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction

from apps.kafka.clusters import Cluster, ClusterError
from apps.kafka.identity import Log
from apps.rooms import notices
from apps.rooms.models import Progress, Room
from apps.rooms.projections import DatabaseThread, account_of, fields_of, outlived
from apps.scenarios.accounts import Place


@dataclass(frozen=True)
class Before:
    """What was known of a room's topics: what brokers `called` their logs, and their `partitions`."""

    called: Mapping[str, str]
    partitions: Mapping[str, int]


@dataclass(frozen=True)
class Found:
    """What one life of a room knows when it begins. `logs` are its topics as they are now; it has `made` those itself
    that were not there. Brokers without topic ids call all logs alike, and one has no fewer partitions than it had."""

    room_id: int
    incarnation: int
    log: int
    before: Before
    logs: Mapping[str, Log]
    made: Collection[str] = ()

    @property
    def called(self) -> dict[str, str]:
        return {topic: log.id for topic, log in self.logs.items()}

    @property
    def partitions(self) -> dict[str, int]:
        return {topic: log.partitions for topic, log in self.logs.items()}

    @property
    def anew(self) -> list[str]:
        """Topics whose log is another one than in the room's last life."""
        return sorted(
            topic
            for topic, log in self.logs.items()
            if topic in self.before.called
            and (
                topic in self.made
                or self.before.called[topic] != log.id
                or log.partitions < self.before.partitions[topic]
            )
        )

    @property
    def is_news(self) -> bool:
        return (self.called, self.partitions) != (self.before.called, self.before.partitions)


def renew(found: Found, cluster: Cluster, groups: Collection[str], database: DatabaseThread) -> str | None:
    """Before anybody joins its group. Returns what to tell of it. Raises ClusterError, Away or Refused.

    Bookmarks first: whoever fails in between finds the same difference again.
    """
    _check_made(found)
    anew = found.anew
    ends = {(end.topic, end.partition): end.end for end in cluster.ends()}
    cut = database.run(
        lambda: _beyond(found, {place: end for place, end in ends.items() if place[0] not in anew})
    )
    offsets = {place: 0 for place in ends if place[0] in anew} | cut
    if offsets:
        cluster.rewind(list(groups), offsets)
    if offsets or found.is_news:
        database.run(lambda: _note(found, cut))
    told = [notices.made_anew(anew)] if anew else []
    told += [
        notices.resized(topic, found.before.partitions[topic], count)
        for topic, count in found.partitions.items()
        if count != found.before.partitions[topic]
    ]
    told += [notices.cut_short(sorted({topic for topic, _ in cut}))] if cut else []
    return " ".join(told) or None


def _check_made(found: Found) -> None:
    """A broker may still know a topic by what it was before it was deleted. Raises ClusterError."""
    called = found.called
    if any(called[topic] and called[topic] == found.before.called.get(topic) for topic in found.made):
        raise ClusterError("The brokers do not know yet of the topics that were just made.")


def _beyond(found: Found, ends: Mapping[Place, int]) -> dict[Place, int]:
    """Logs that end before what a group has handled."""
    rows = Progress.objects.filter(room_id=found.room_id, log=found.log)
    places = {
        (row.topic, row.partition)
        for row in rows
        if row.next_offset > ends.get((row.topic, row.partition), row.next_offset)
    }
    return {place: ends[place] for place in places}


def _note(found: Found, cut: Mapping[Place, int]) -> None:
    """All at once, and only if this is the room's newest life. Of logs made anew, also of partitions that are no more,
    it is as if there had been no account."""
    with transaction.atomic():
        room = Room.objects.select_for_update(no_key=True).filter(
            pk=found.room_id, incarnation=found.incarnation
        )
        if not room.exists():
            raise outlived()
        anew = found.anew
        for row in Progress.objects.filter(room_id=found.room_id, log=found.log):
            place = (row.topic, row.partition)
            if row.topic in anew:
                row.delete()
            elif place in cut:
                _shorten(row, cut[place])
        room.update(logs=found.called, partitions=found.partitions)


def _shorten(row: Progress, end: int) -> None:
    """The account of what lies below that; at 0 it is as if there had been none."""
    if not end:
        row.delete()
        return
    for name, value in fields_of(account_of(row).cut(end)).items():
        setattr(row, name, value)
    row.save()
