"""What a runner keeps of rooms that were flooded and sleep: nothing, as near as can be told."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.costs import footprint
from tests.benchmarks.sockets import Sockets
from tests.benchmarks.table import Figure
from tests.client import PROTOCOL, crowd, make_room
from tests.processes import runners
from tests.servers import Server, wait_for

TITLE = "A runner after floods"
ROOMS, RATE, SECONDS = 20, 20_000, 10.0
MOST_KEPT = 20
"""Megabytes, of all rooms together."""
_SETTLE = 5.0
_ENV = {"KAFKAVIZ_RUNNERS": 1, "KAFKAVIZ_SLEEP_AFTER": 1}


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", None, **_ENV)
        try:
            (runner,) = runners(server.start())
            before, highest = footprint(runner), 0.0
            for _ in range(ROOMS):
                highest = max(highest, _flood(server, runner))
            assert wait_for(lambda: server.get("/healthz").json()["rooms"] == 0)
            time.sleep(_SETTLE)
            more = footprint(runner) - before
            yield Figure("before the first room, RSS", before.rss, "MB")
            yield Figure("in a flood, at most, RSS", highest, "MB")
            yield Figure(f"{ROOMS} rooms flooded and asleep: RSS more", more.rss, "MB", MOST_KEPT)
            yield Figure(f"{ROOMS} rooms flooded and asleep: threads more", more.threads, "")
            yield Figure(f"{ROOMS} rooms flooded and asleep: files more", more.files, "")
        finally:
            server.stop_and_check()


def _flood(server: Server, runner: int) -> float:
    """Resident megabytes at its end."""
    room = make_room(server, "hearts")
    sockets = Sockets(server.socket_url(room), 1, (PROTOCOL, room["token"]))
    crowd(server, room, RATE)
    time.sleep(SECONDS)
    found = footprint(runner).rss
    sockets.close()
    return found
