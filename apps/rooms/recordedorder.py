"""What the home page tells beat by beat: the way of one order, as it was recorded on a real Apache Kafka."""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.rooms.builtin import packed

_RUN = "food-order"
_ORDERS, _EVENTS, _READER = "orders", "order-events", "order-status"
Hop = Mapping[str, Any]


@dataclass(frozen=True)
class RecordedOrder:
    """Moments are seconds since the app sent it."""

    key: str
    partition: int
    offset: int
    written: float
    read: float
    """When the last of the three groups had it."""
    bookmarked: float
    """When Order status, which was the first, had set its bookmark behind it."""
    answered: float
    """When what the restaurant wrote of it was written."""
    answers: int
    """Records that were written because of it, in one partition of the other topic."""
    ready: float
    delivered: float

    @property
    def token(self) -> str:
        """What its mark has in it, as everywhere (`static/js/room/keys.js`)."""
        return self.key[0].upper()


@functools.cache
def recorded_order() -> RecordedOrder:
    hops = list(_hops())
    start = _first(hops, "send", topic=_ORDERS)
    written = _first(hops, "ack", topic=_ORDERS)

    def since(hop: Hop) -> float:
        return float(hop["time"] - start["time"])

    answers = [hop for hop in hops if hop["type"] == "ack" and hop["topic"] == _EVENTS]
    reads = [hop for hop in hops if hop["type"] == "poll" and hop["topic"] == _ORDERS]
    states = [hop for hop in hops if hop["type"] == "projection" and hop["group"] == _READER]
    delivered = next(hop for hop in states if hop["data"]["status"] == "delivered")
    return RecordedOrder(
        key=start["key"],
        partition=written["partition"],
        offset=written["offset"],
        written=since(written),
        read=max(map(since, reads)),
        bookmarked=since(_first(hops, "commit", topic=_ORDERS, group=_READER)),
        answered=since(answers[0]),
        answers=len(answers),
        ready=since(next(hop for hop in answers if hop["data"]["type"] == "order.ready")),
        delivered=since(delivered),
    )


def _hops() -> Iterator[Hop]:
    for line in gzip.decompress(packed(_RUN)).splitlines():
        frame = json.loads(line)
        if frame["type"] == "hops":
            yield from frame["hops"]


def _first(hops: list[Hop], type_: str, **fields: object) -> Hop:
    return next(
        hop
        for hop in hops
        if hop["type"] == type_ and all(hop.get(name) == value for name, value in fields.items())
    )
