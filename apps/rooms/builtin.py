"""Runs that came with Kafkaviz: recorded on a real Apache Kafka by scripts/record_traces.py, and never edited."""

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
)
BUILTIN = {one.name: one for one in _ALL}
POSTER, POSTER_MOMENT = "food-order", 0.86
"""What the home page shows, and the second of it at which most is going on."""


@functools.cache
def packed(name: str) -> bytes:
    """The file, compressed."""
    return gzip.compress((settings.BASE_DIR / "traces" / f"{name}.ndjson").read_bytes(), mtime=0)
