"""A room that is opened on other logs: what was made of the records stays, how far the groups got does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import pytest
from django.db.models import F

from apps.kafka.clusters import Cluster, ClusterError, PartitionOffsets, Place
from apps.kafka.identity import Log
from apps.kafka.received import Received
from apps.rooms.models import Progress, Room
from apps.rooms.projections import RoomStore, recent
from apps.rooms.renewal import Before, Found, renew
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused
from apps.scenarios.store import Handled
from tests.integration.test_store import SameThread

COUNTER = SCENARIOS["hearts"].groups[0]
CALLED = {"hearts": "id-1"}
OLD, NEW = {"hearts": Log("id-1", 2)}, {"hearts": Log("id-2", 2)}


class Brokers:
    """One log of two partitions that end there."""

    def __init__(self, *ends: int, away: bool = False) -> None:
        self._ends, self._away = ends, away
        self.rewound: list[Mapping[Place, int]] = []

    def ends(self) -> list[PartitionOffsets]:
        return [PartitionOffsets("hearts", number, end) for number, end in enumerate(self._ends)]

    def rewind(self, groups: Sequence[str], offsets: Mapping[Place, int]) -> None:
        if self._away:
            raise ClusterError("somebody is in the group still")
        self.rewound.append(dict(offsets))


def deliver(room: Room, *offsets: int, partition: int = 0) -> None:
    records = [
        Received("hearts", partition, at, "music", {"stream": "music"}, "heart.sent", "", "", 0.0)
        for at in offsets
    ]
    RoomStore(room.pk, 1, 1, SameThread()).apply(COUNTER, Handled(records, records))


def open_(room: Room, logs: Mapping[str, Log], brokers: Brokers, made: Sequence[str] = ()) -> str | None:
    now = Room.objects.get(pk=room.pk)
    before = Before(now.logs, {"hearts": 2} | now.partitions)
    found = Found(room.pk, 1, 1, before, logs, made)
    return renew(found, cast(Cluster, brokers), [COUNTER.name], SameThread())


def progress() -> dict[int, int]:
    return {row.partition: row.next_offset for row in Progress.objects.all()}


def counted(room: Room) -> Any:
    return recent(room.pk, "heart-counter")["music"]["hearts"]


@pytest.fixture
def room(db: None) -> Iterator[Room]:
    yield Room.objects.create(scenario="hearts", incarnation=1, log=1, logs=CALLED)


def test_what_was_made_stays_and_every_record_of_the_new_log_counts(room: Room) -> None:
    deliver(room, 0, 1, 2)
    brokers = Brokers(4, 0)
    assert "has another log" in (open_(room, NEW, brokers) or "")
    assert brokers.rewound == [{("hearts", 0): 0, ("hearts", 1): 0}]
    assert progress() == {}
    deliver(room, 0, 1, 2, 3)
    assert counted(room) == 7


def test_the_same_logs_are_no_news(room: Room) -> None:
    deliver(room, 0, 1, 2)
    brokers = Brokers(3, 0)
    assert open_(room, OLD, brokers) is None
    assert (brokers.rewound, progress()) == ([], {0: 3})


def test_a_log_that_nobody_knew_by_its_id_is_the_room_s(room: Room) -> None:
    Room.objects.update(logs={})
    deliver(room, 0)
    assert open_(room, NEW, Brokers(1, 0)) is None
    assert Room.objects.get().logs == {"hearts": "id-2"}
    assert progress() == {0: 1}


def test_of_a_log_that_lost_its_end_only_that_counts_anew(room: Room) -> None:
    deliver(room, 0, 1, 2, 3)
    brokers = Brokers(2, 0)
    assert "ends earlier than it did" in (open_(room, OLD, brokers) or "")
    assert brokers.rewound == [{("hearts", 0): 2}]
    assert progress() == {0: 2}
    deliver(room, 0, 1, 2, 3)
    assert counted(room) == 6


def test_who_fails_to_set_the_bookmarks_finds_the_difference_again(room: Room) -> None:
    deliver(room, 0, 1)
    with pytest.raises(ClusterError):
        open_(room, NEW, Brokers(9, 0, away=True))
    assert progress() == {0: 2}
    assert open_(room, NEW, Brokers(9, 0))
    assert progress() == {}


def test_an_outlived_life_forgets_nothing(room: Room) -> None:
    deliver(room, 0)
    Room.objects.update(incarnation=F("incarnation") + 1)
    with pytest.raises(Refused):
        open_(room, NEW, Brokers(0, 0))
    assert progress() == {0: 1}


def test_a_topic_that_was_just_made_is_not_taken_for_the_one_that_was_deleted(room: Room) -> None:
    with pytest.raises(ClusterError):
        open_(room, OLD, Brokers(0, 0), made=["hearts"])
    assert open_(room, NEW, Brokers(0, 0), made=["hearts"])


def test_where_brokers_call_all_logs_alike_the_one_that_it_made_is_another(room: Room) -> None:
    nameless = {"hearts": Log("", 2)}
    Room.objects.update(logs={"hearts": ""})
    deliver(room, 0)
    assert open_(room, nameless, Brokers(1, 0)) is None
    assert open_(room, nameless, Brokers(0, 0), made=["hearts"])
    assert progress() == {}


def test_more_partitions_of_the_same_log_take_nothing_from_what_is_known(room: Room) -> None:
    deliver(room, 0, 1, 2)
    brokers = Brokers(3, 0, 0, 0)
    told = open_(room, {"hearts": Log("id-1", 4)}, brokers) or ""
    assert "now has 4 partitions, where it had 2" in told
    assert "another log" not in told
    assert (brokers.rewound, progress(), Room.objects.get().partitions) == ([], {0: 3}, {"hearts": 4})
    assert open_(room, {"hearts": Log("id-1", 4)}, brokers) is None


def test_of_a_topic_made_anew_with_fewer_partitions_nothing_of_the_old_ones_is_left(room: Room) -> None:
    deliver(room, 0, 1)
    deliver(room, 0, partition=1)
    told = open_(room, {"hearts": Log("id-2", 1)}, Brokers(0)) or ""
    assert "has another log" in told
    assert "now has 1 partition, where it had 2" in told
    assert progress() == {}


def test_where_brokers_call_all_logs_alike_one_with_fewer_partitions_is_another(room: Room) -> None:
    Room.objects.update(logs={"hearts": ""})
    deliver(room, 0)
    assert "has another log" in (open_(room, {"hearts": Log("", 1)}, Brokers(0)) or "")
    assert progress() == {}
