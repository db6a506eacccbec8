"""A class: a host, a projector and 300 phones that tap for two minutes, of which 30 vanish and come back."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts.apache_kafka import ApacheKafka
from tests.benchmarks.table import Figure
from tests.brokers import Brokers
from tests.classes import begin_class
from tests.servers import Server, World
from tests.tapping import WINDOW, Held, Plan, Taps, hold

TITLE = "A class of 300 phones"
PLAN = Plan(phones=300, vanish=30, seconds=120.0, away=(5.0, 15.0))
LIMIT_MS, LEAST_FPS, MORE_MB = 500, 10, 20
_WARM = 15.0


def measure() -> Iterator[Figure]:
    """On the embedded cluster, then on Apache Kafka (one broker)."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _named("embedded", _class_on(Path(folder) / "embedded", World()))
        kafka = ApacheKafka(Path(folder) / "kafka")
        try:
            kafka.start()
            world = World(Brokers(kafka.bootstrap_servers))
            yield from _named("Kafka", _class_on(Path(folder) / "on-kafka", world))
        finally:
            kafka.stop()


def _named(cluster: str, figures: list[Figure]) -> Iterator[Figure]:
    return (replace(figure, name=f"{cluster}: {figure.name}") for figure in figures)


def _class_on(data: Path, world: World) -> list[Figure]:
    """With the machine's load in the last minute, for others may want it too."""
    server = Server(data, world).start()
    try:
        figures = _figures(asyncio.run(hold(begin_class(server, "hearts"), PLAN)))
        return [*figures, Figure("load of the machine, a minute's mean", os.getloadavg()[0], "")]
    finally:
        server.stop_and_check()


def _figures(held: Held) -> list[Figure]:
    return [*_of_taps(held), *_of_projector(held), *_of_memory(held)]


def _of_taps(held: Held) -> list[Figure]:
    taps = held.taps
    return [
        Figure("taps accepted", len(taps.accepted), ""),
        Figure("accepted and not in the log exactly once", held.astray, "", 0),
        Figure("taps refused", sum(taps.refused.values()), "", 0),
        Figure("vanished and came back as who they were", taps.back, "", PLAN.vanish, at_least=True),
        Figure("bytes a second to the phone that got most, in 5 s", taps.most_bytes / WINDOW, "B/s", 2_000),
    ]


def _of_projector(held: Held) -> list[Figure]:
    projector, taps, began, lasted = held.projector, held.taps, held.began, held.lasted
    frames = [
        (at, frame)
        for (at, _size), frame in zip(projector.arrivals, projector.frames, strict=True)
        if frame["type"] == "hops"
    ]
    sizes = sum(size for at, size in projector.arrivals if began <= at <= began + lasted)
    reached = sum(began <= at <= began + lasted for at, _frame in frames) / lasted
    delays = _delays(frames, taps)
    points = statistics.quantiles(delays, n=100)
    return [
        Figure("frames a second at the projector", reached, "", LEAST_FPS, at_least=True),
        Figure("bytes a second to the projector", sizes / lasted, "B/s", 100_000),
        Figure("tap to projector, p50", points[49], "ms"),
        Figure("tap to projector, p99", points[98], "ms", LIMIT_MS),
        Figure("taps that the projector never showed", len(taps.accepted) - len(delays), "", 0),
    ]


def _delays(frames: list[tuple[float, dict[str, Any]]], taps: Taps) -> list[float]:
    """Milliseconds until a frame says that the record is stored."""
    shown: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for at, frame in frames:
        for hop in frame["hops"]:
            if hop["type"] == "ack":
                shown.setdefault((hop["topic"], hop["partition"]), []).append((hop["offset"], at))
    delays = []
    for tapped, (topic, partition, offset) in taps.accepted:
        found = next((at for last, at in shown.get((topic, partition), ()) if last >= offset), None)
        if found is not None:
            delays.append((found - tapped) * 1000)
    return delays


def _of_memory(held: Held) -> list[Figure]:
    """From when everybody was there."""
    web, runner = held.grown(_WARM, PLAN.look)
    return [
        Figure("web process, more at the end than when all were there", web, "MB", MORE_MB),
        Figure("runner, more at the end than when all were there", runner, "MB", MORE_MB),
    ]
