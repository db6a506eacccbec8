from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from apps.rooms.janitor import Janitor
from apps.rooms.linkmessages import Forget, Survey
from apps.rooms.models import HeartCount, Progress, Projection, Room
from apps.scenarios.refusals import Refused

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)


def unused(settings: Settings, count: int) -> list[Room]:
    """Rooms that nobody has used for long, the oldest first."""
    long_ago = timezone.now() - timedelta(seconds=settings.KAFKAVIZ_FORGET_AFTER + 1000)
    ages = (long_ago + timedelta(seconds=number) for number in range(count))
    return [Room.objects.create(scenario="hearts", used_at=at) for at in ages]


class Kafka:
    """Deletes topics, but not those of the rooms named."""

    def __init__(self, *stuck: str) -> None:
        self.stuck, self.asked = stuck, list[str]()

    async def ask(self, question: Survey | Forget) -> dict[str, Any]:
        assert isinstance(question, Forget)
        self.asked.append(question.room)
        if question.room in self.stuck:
            raise Refused("cluster", "These topics are not ours to delete.")
        return {}


def sweep(janitor: Janitor, kafka: Kafka) -> None:
    async_to_sync(janitor.forget_unused)(lambda code: False, kafka.ask)


def left() -> list[str]:
    return [room.code for room in Room.objects.order_by("used_at")]


def test_one_room_that_can_not_be_deleted_keeps_no_other(settings: Settings) -> None:
    rooms = unused(settings, 4)
    kafka, janitor = Kafka(rooms[0].code), Janitor()
    sweep(janitor, kafka)
    assert left() == [rooms[0].code]
    sweep(janitor, kafka)
    assert kafka.asked.count(rooms[0].code) == 1, "and is tried again later, not at every sweep"


def test_rooms_that_can_not_be_deleted_do_not_hold_up_what_comes_behind_them(settings: Settings) -> None:
    codes = [room.code for room in unused(settings, 6)]
    kafka, janitor = Kafka(*codes[:5]), Janitor()
    sweep(janitor, kafka)
    assert kafka.asked == codes[:3], "then Kafka itself may be away, and is left in peace"
    sweep(janitor, kafka)
    assert left() == codes[:5]


def test_what_a_room_s_groups_have_made_goes_with_it_and_nothing_of_others(settings: Settings) -> None:
    [old] = unused(settings, 1)
    new = Room.objects.create(scenario="hearts")
    for room in (old, new):
        Projection.objects.create(room=room, group="counter", key="a", value={})
        Progress.objects.create(room=room, log=1, group="counter", topic="hearts", partition=0, next_offset=1)
        HeartCount.objects.create(room=room)
    sweep(Janitor(), Kafka())
    for kept in (Projection, Progress, HeartCount):
        assert [row.room_id for row in kept.objects.all()] == [new.pk]
