"""What the home page tells beat by beat is what was recorded, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from apps.rooms.builtin import BEST_FIRST, BUILTIN
from apps.rooms.recordedorder import recorded_order


def hops() -> list[dict[str, Any]]:
    lines = (settings.BASE_DIR / "traces" / "food-order.ndjson").read_text().splitlines()
    frames = [json.loads(line) for line in lines]
    return [hop for frame in frames if frame["type"] == "hops" for hop in frame["hops"]]


def test_each_moment_is_that_of_a_hop() -> None:
    found, order = hops(), recorded_order()
    start = next(hop["time"] for hop in found if hop["type"] == "send")
    times = {round(hop["time"] - start, 6) for hop in found}
    told = (
        order.written,
        order.read,
        order.bookmarked,
        order.answered,
        order.ready,
        order.delivered,
    )
    assert {round(moment, 6) for moment in told} <= times


def test_the_picture_has_as_many_groups_and_records_as_were_there() -> None:
    """It is drawn for three readers of one partition, and four records that follow in one other."""
    found, order = hops(), recorded_order()
    readers = {hop["group"] for hop in found if hop["type"] == "poll" and hop["topic"] == "orders"}
    followed = [hop for hop in found if hop["type"] == "ack" and hop["topic"] == "order-events"]
    assert readers == {"restaurant", "delivery", "order-status"}
    assert [hop["offset"] for hop in followed] == list(range(order.answers)) == [0, 1, 2, 3]
    assert {hop["partition"] for hop in followed} == {1}
    assert (order.key, order.token, order.partition, order.offset) == ("Aya", "A", 1, 0)


def test_what_is_told_later_was_later() -> None:
    """As far as hundredths of a second, which are shown."""
    order = recorded_order()
    shown = [
        round(moment, 2)
        for moment in (order.written, order.read, order.answered, order.bookmarked, order.ready)
    ]
    assert [0, *shown, round(order.delivered, 2)] == sorted([0, *shown, round(order.delivered, 2)])


def test_the_best_runs_first_are_all_of_them() -> None:
    assert sorted(BEST_FIRST) == sorted(BUILTIN)
    assert BEST_FIRST[0] == "broker-dies"
