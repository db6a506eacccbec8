"""What it costs to send a frame to one more viewer, against plain Daphne sending the same strings to as many.

CPU time, user and system, of the web process over all frames that arrived, for real frames of a real room. What one
round's first viewer got is sent by plain Daphne in the next, at the same times.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.costs import cpu_seconds
from tests.benchmarks.sockets import Sockets, Taken
from tests.benchmarks.table import Figure
from tests.client import PROTOCOL, Room, crowd
from tests.servers import ROOT, Server, wait_for

TITLE = "Fan-out: CPU of the web process for a viewer-frame, and the same by plain Daphne"
VIEWERS = (100, 400, 1000)
LIMIT = 1.15
ROUNDS, SECONDS = 5, 5.0
RATE = 5  # hearts/s: many small frames; a flood makes few large ones
_SETTLE = 0.5
_ROOMY = {
    "KAFKAVIZ_HANDSHAKES_BURST": 5000,
    "KAFKAVIZ_SOCKETS": 5000,
    "KAFKAVIZ_SOCKETS_PER_ADDRESS": 5000,
    "KAFKAVIZ_SOCKETS_PER_ROOM": 5000,
}


def measure() -> Iterator[Figure]:
    for count in VIEWERS:
        yield from _compare(count, seen=False)
    yield from _compare(VIEWERS[1], seen=True)


def _compare(count: int, seen: bool) -> Iterator[Figure]:
    """Medians of interleaved rounds, so that a noisy machine disturbs both alike."""
    with _kafkaviz(count, seen) as ours, _plain_daphne(count) as bare:
        rounds = [(own := ours.round(), bare.round(own.taken)) for _ in range(ROUNDS)]
    frames = sum(own.taken.frames for own, _ in rounds)
    name = f"{count:,} viewers" + (" that tell what they have seen" if seen else "")
    yield Figure(f"{name}: frames", frames / count / ROUNDS / SECONDS, "/s")
    yield Figure(f"{name}: a frame", sum(own.taken.bytes for own, _ in rounds) / frames, "bytes")
    yield Figure(f"{name}: Kafkaviz", statistics.median(own.cost for own, _ in rounds), "µs")
    yield Figure(f"{name}: plain Daphne", statistics.median(other.cost for _, other in rounds), "µs")
    ratio = statistics.median(own.cost / other.cost for own, other in rounds)
    yield Figure(f"{name}: ratio", ratio, "times", None if seen else LIMIT)


class _Round:
    """`cost` is in microseconds of CPU a viewer-frame."""

    def __init__(self, taken: Taken, spent: float) -> None:
        self.taken, self.cost = taken, spent / taken.frames * 1e6


class _Kafkaviz:
    def __init__(self, server: Server, room: Room, sockets: Sockets) -> None:
        self._server, self._room, self._sockets = server, room, sockets

    def round(self) -> _Round:
        assert self._server.process
        pid = self._server.process.pid
        crowd(self._server, self._room, RATE)
        time.sleep(_SETTLE)
        self._sockets.take()
        before = cpu_seconds(pid)
        time.sleep(SECONDS)
        spent, taken = cpu_seconds(pid) - before, self._sockets.take()
        crowd(self._server, self._room, 0)
        time.sleep(_SETTLE)
        return _Round(taken, spent)


@contextmanager
def _kafkaviz(count: int, seen: bool) -> Iterator[_Kafkaviz]:
    """A room with so many viewers, each of whom has its backlog."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", None, **_ROOMY)
        try:
            room = server.start().make_room("hearts")
            sockets = Sockets(server.socket_url(room), count, (PROTOCOL, room["token"]), seen=seen)
            assert wait_for(lambda: server.get("/healthz").json()["sockets"] == count)
            yield _Kafkaviz(server, room, sockets)
            sockets.close()
        finally:
            server.stop_and_check()


class _PlainDaphne:
    def __init__(self, process: subprocess.Popen[str], sockets: Sockets, count: int) -> None:
        self._process, self._sockets, self._count = process, sockets, count

    def round(self, ours: Taken) -> _Round:
        """What one viewer of Kafkaviz got, to all, at the same times."""
        assert self._process.stdin
        frames, started = ours.kept[0], time.monotonic()
        self._sockets.take()
        before = cpu_seconds(self._process.pid)
        for at, text in frames:
            time.sleep(max(0.0, at - frames[0][0] - (time.monotonic() - started)))
            self._process.stdin.write(text + "\n")
            self._process.stdin.flush()
        time.sleep(max(0.0, SECONDS - (time.monotonic() - started)))
        taken = self._sockets.take(len(frames) * self._count)
        return _Round(taken, cpu_seconds(self._process.pid) - before)


@contextmanager
def _plain_daphne(count: int) -> Iterator[_PlainDaphne]:
    command = [sys.executable, "-m", "tests.benchmarks.bare"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        sockets = Sockets(f"ws://127.0.0.1:{port}/", count, ("bare",))
        yield _PlainDaphne(process, sockets, count)
        sockets.close()
