"""What one viewer of a crowd of hearts gets: bytes, how young the news is, and how near the brokers' own figures."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from tests.benchmarks.sockets import Sockets
from tests.benchmarks.table import Figure
from tests.client import PROTOCOL, Room, crowd, detail
from tests.servers import Server

TITLE = "What a viewer of a crowd of hearts gets"
RATES = (10, 1_000, 5_000, 20_000, 50_000)
LIGHT, HEAVY = 1_000, 20_000
MOST_BYTES, MOST_GROWTH = 20_000, 1.1
MOST_APART = 3.0
"""Percent between what the frames tell and what the log's ends say."""
MOST_AGE, MOST_AGES = 0.5, 1.0
SECONDS, _SETTLE, _LAST = 10.0, 3.0, 1.5
_PARTITIONS = 3
_KINDS = ("ack", "poll", "process", "commit")
Hop = dict[str, Any]
Frames = list[tuple[float, dict[str, Any]]]
"""When each came, in seconds of the room, and what it says."""


@dataclass(frozen=True)
class Watched:
    """`ends`: (seconds of the room, records in the log) at the beginning and at the end; `frames` also around that."""

    frames: Frames
    bytes: int
    ends: tuple[tuple[float, int], tuple[float, int]]
    lag: int

    @property
    def stored(self) -> float:
        """A second, by the log's ends."""
        (begin, first), (end, last) = self.ends
        return (last - first) / (end - begin)

    @property
    def told(self) -> float:
        """A second, in the same time, by the hops and their times."""
        (begin, _), (end, _) = self.ends
        parts: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for hop in self.hops("ack"):
            parts[hop["partition"]].append((hop["time"], hop["offset"] + 1))
        return sum(_at(points, end) - _at(points, begin) for points in parts.values()) / (end - begin)

    @property
    def ages(self) -> list[float]:
        """Of the newest hop of each kind in each frame when that came, in seconds."""
        ages: list[float] = []
        for at, frame in self.meanwhile:
            newest: dict[tuple[str, str | None], float] = {}
            for hop in frame["hops"]:
                if hop["type"] in _KINDS:
                    kind = hop["type"], hop.get("group")
                    newest[kind] = max(hop["time"], newest.get(kind, 0.0))
            ages += (at - time_ for time_ in newest.values())
        return ages or [SECONDS]

    @property
    def meanwhile(self) -> Frames:
        """Those that came between the two looks at the log."""
        (begin, _), (end, _) = self.ends
        return [(at, frame) for at, frame in self.frames if begin <= at <= end]

    @property
    def gaps(self) -> list[float]:
        """Seconds between two frames with acks."""
        told = [at for at, frame in self.meanwhile if any(hop["type"] == "ack" for hop in frame["hops"])]
        return [later - at for at, later in pairwise([self.ends[0][0], *told, self.ends[1][0]])]

    def hops(self, kind: str) -> list[Hop]:
        return [
            hop for _, frame in self.frames for hop in frame["hops"] if hop["type"] == kind and hop["count"]
        ]


def measure() -> Iterator[Figure]:
    bytes_ = {}
    for rate in RATES:
        watched, name = _watch(rate), f"{rate:,} hearts/s asked"
        bytes_[rate] = watched.bytes / SECONDS
        apart = 100 * abs(watched.told / watched.stored - 1) if watched.stored else 100.0
        yield Figure(f"{name}: stored, by the log's ends", watched.stored, "/s")
        yield Figure(f"{name}: stored, by the frames", watched.told, "/s")
        yield Figure(f"{name}: these apart", apart, "%", MOST_APART if rate > RATES[0] else None)
        yield Figure(f"{name}: newest hop of a kind, age p95", _p95(watched.ages), "s", MOST_AGE)
        yield Figure(f"{name}: the oldest of these", max(watched.ages), "s", MOST_AGES)
        yield Figure(f"{name}: longest without an ack", max(watched.gaps), "s", MOST_AGES)
        yield Figure(f"{name}: the slowest group behind at the end", watched.lag, "records", watched.stored)
        yield Figure(f"{name}: frames", len(watched.meanwhile) / SECONDS, "/s")
        yield Figure(f"{name}: to a viewer", bytes_[rate], "bytes/s", MOST_BYTES)
    yield Figure(
        f"{HEAVY:,} hearts/s to {LIGHT:,}: bytes", bytes_[HEAVY] / bytes_[LIGHT], "times", MOST_GROWTH
    )


def _watch(rate: int) -> Watched:
    """After a while, so that what may go out at once after a quiet time has gone."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data")
        try:
            room = server.start().make_room("hearts")
            sockets = Sockets(server.socket_url(room), 1, (PROTOCOL, room["token"]))
            [(_, backlog)] = sockets.take(1).kept[0][:1]
            epoch = json.loads(backlog)["room"]["epoch"]
            crowd(server, room, rate)
            time.sleep(_SETTLE)
            before = sockets.take()
            begin = _end(room, epoch)
            time.sleep(SECONDS)
            end = _end(room, epoch)
            lag = _lag(server, room)
            taken = sockets.take()
            time.sleep(_LAST)
            rest = sockets.take()
            sockets.close()
            skew = time.time() - time.monotonic() - epoch
            kept = [*before.kept[0], *taken.kept[0], *rest.kept[0]]
            told = [(at + skew, json.loads(text)) for at, text in kept]
            frames = [(at, frame) for at, frame in told if frame["type"] == "hops"]
            return Watched(frames, taken.bytes, (begin, end), lag)
        finally:
            server.stop_and_check()


def _end(room: Room, epoch: float) -> tuple[float, int]:
    """When the brokers were asked, and how many records the log has."""
    topic = room["topics"]["hearts"]
    with closing(Consumer({"bootstrap.servers": room["bootstrap_servers"], "group.id": "a look"})) as client:
        client.get_watermark_offsets(TopicPartition(topic, 0))  # after which it knows its brokers
        asked = time.time()
        ends = [
            client.get_watermark_offsets(TopicPartition(topic, number))[1] for number in range(_PARTITIONS)
        ]
    return (asked + time.time()) / 2 - epoch, sum(ends)


def _lag(server: Server, room: Room) -> int:
    groups = detail(server, room)["groups_state"].values()
    return max(sum(row["lag"] or 0 for row in rows) for rows in groups)


def _at(points: list[tuple[float, int]], time_: float) -> float:
    """The log's end then, between what was told before and after."""
    after = next((at for at, (told, _) in enumerate(points) if told >= time_), len(points) - 1)
    (then, before), (next_, end) = points[max(0, after - 1)], points[after]
    return end if next_ == then else before + (end - before) * (time_ - then) / (next_ - then)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
