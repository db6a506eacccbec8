"""Runs that came with Kafkaviz: recorded on a real Apache Kafka by `make traces`, and never edited."""

from __future__ import annotations

import functools
import gzip
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_noop as noop


@dataclass(frozen=True)
class BuiltIn:
    """`name` is its file's name in traces/ and its address; the words are for the page."""

    name: str
    scenario: str
    title: str
    summary: str


_ALL = (
    BuiltIn(
        "food-order",
        "food-delivery",
        noop("One food order"),
        noop(
            "One order is placed, cooked and delivered: one record and what followed from it, in two topics."
        ),
    ),
    BuiltIn(
        "hearts-flood",
        "hearts",
        noop("From single hearts to a flood"),
        noop("A few hearts one by one, then a thousand a second: each counted, a few of them shown whole."),
    ),
    BuiltIn(
        "stock-ticks",
        "stock-prices",
        noop("Six prices"),
        noop(
            "Six new prices, one after the other: the same share always lands in the same partition, in order."
        ),
    ),
    BuiltIn(
        "member-joins",
        "food-delivery",
        noop("A member joins and leaves"),
        noop(
            "Orders keep coming while a second member joins the restaurant’s group, and while it leaves again."
        ),
    ),
    BuiltIn(
        "broker-dies",
        "food-delivery",
        noop("One of three brokers dies"),
        noop("A broker is killed while orders come. Others take over what it led, and later it catches up."),
    ),
    BuiltIn(
        "crash-repeats",
        "food-delivery",
        noop("A crash, and an order comes twice"),
        noop(
            "A cook dies after cooking an order and before setting the bookmark. The next one gets the order again, "
            "and the ledger counts it."
        ),
    ),
    BuiltIn(
        "crash-loses",
        "food-delivery",
        noop("A crash, and an order is lost"),
        noop(
            "The same crash in a group that sets its bookmark first: nobody cooks the order, and the ledger says so."
        ),
    ),
    BuiltIn(
        "crash-aborts",
        "food-delivery",
        noop("A crash in a transaction"),
        noop(
            "The same crash in a group that cooks in transactions: what the dead cook had sent on is aborted, nobody "
            "reads it, and the order is cooked again."
        ),
    ),
    BuiltIn(
        "range-stops",
        "food-delivery",
        noop("Two ways to share the work out anew"),
        noop(
            "A member joins a classic group, where range takes everything from everybody first, and then one of the "
            "new protocol (KIP-848), where only what moves is given up. How long each stood still is told."
        ),
    ),
    BuiltIn(
        "transaction-mark",
        "hearts",
        noop("A transaction leaves a mark"),
        noop(
            "Somebody else’s program writes two hearts in a transaction and commits it, then two in one that it "
            "aborts. The end of each takes an offset that holds no record, and nobody reads what was aborted."
        ),
    ),
    BuiltIn(
        "retention-takes",
        "hearts",
        noop("Retention takes the oldest"),
        noop(
            "This log keeps its records for some seconds only. The oldest are deleted, and a group that was paused "
            "meanwhile has lost those that it had not read."
        ),
    ),
)
BUILTIN = {one.name: one for one in _ALL}
BEST_FIRST = (
    "broker-dies",
    "crash-loses",
    "crash-repeats",
    "member-joins",
    "range-stops",
    "hearts-flood",
    "crash-aborts",
    "transaction-mark",
    "retention-takes",
    "food-order",
    "stock-ticks",
)
"""All of them, as somebody should meet them who has the time for one."""
STORY_RUNS = {"food-delivery": "food-order", "hearts": "hearts-flood", "stock-prices": "stock-ticks"}
"""The run that stands for a scenario where there is no room: on a poster, or when none is free."""
POSTER_MOMENTS = {"food-order": 0.72, "hearts-flood": 4.2, "stock-ticks": 1.2}
"""The second at which most is going on in it."""


@functools.cache
def packed(name: str) -> bytes:
    """The file, compressed."""
    return gzip.compress((settings.BASE_DIR / "traces" / f"{name}.ndjson").read_bytes(), mtime=0)
