"""Memory, threads, files and idle CPU of a server with 1, 10 and 50 rooms that somebody watches and nobody touches."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.costs import Footprint, cpu_seconds, footprint
from tests.benchmarks.sockets import Sockets
from tests.benchmarks.table import Figure
from tests.client import PROTOCOL, make_room
from tests.processes import runners
from tests.servers import Server, wait_for

TITLE = "A server with idle rooms"
ROOMS = (1, 10, 50)
RUNNER_MB, ROOM_MB, ROOM_CPU = 80, 12, 3
ASLEEP_CPU = 0.05
"""Nothing, as far as it can be told."""
SECONDS, _SETTLE = 15.0, 10.0
_ENV = {"KAFKAVIZ_RUNNERS": 7, "KAFKAVIZ_ROOMS_PER_RUNNER": 8, "KAFKAVIZ_SLEEP_AFTER": 1}


@dataclass(frozen=True)
class _State:
    """Sizes, and CPU in percent of a core."""

    web: Footprint
    runners: list[Footprint]
    web_cpu: float
    runners_cpu: float

    @property
    def all_runners(self) -> Footprint:
        return sum(self.runners, Footprint(0, 0, 0, 0))


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", None, **_ENV)
        watching: list[Sockets] = []
        try:
            empty = _look(server.start())
            yield from _of_empty(empty)
            for count in ROOMS:
                watching += [_watched_room(server) for _ in range(count - len(watching))]
                yield from _of_rooms(count, _look(server), empty)
            for sockets in watching:
                sockets.close()
            watching.clear()
            assert wait_for(lambda: server.get("/healthz").json()["rooms"] == 0)
            yield from _of_sleep(_look(server), empty)
        finally:
            for sockets in watching:
                sockets.close()
            server.stop_and_check()


def _watched_room(server: Server) -> Sockets:
    room = make_room(server, "food-delivery")
    return Sockets(server.socket_url(room), 1, (PROTOCOL, room["token"]))


def _look(server: Server) -> _State:
    """After the members have joined and all is quiet."""
    time.sleep(_SETTLE)
    assert server.process
    web, others = server.process.pid, runners(server)
    before = cpu_seconds(web), sum(map(cpu_seconds, others))
    time.sleep(SECONDS)
    web_cpu, runners_cpu = cpu_seconds(web) - before[0], sum(map(cpu_seconds, others)) - before[1]
    sizes = [footprint(pid) for pid in others]
    return _State(footprint(web), sizes, web_cpu / SECONDS * 100, runners_cpu / SECONDS * 100)


def _of_empty(state: _State) -> Iterator[Figure]:
    yield Figure("no room: web process, PSS", state.web.pss, "MB")
    yield Figure("no room: its runner, PSS", state.all_runners.pss, "MB", RUNNER_MB)
    yield Figure("no room: its runner, RSS", state.all_runners.rss, "MB", RUNNER_MB)
    yield Figure("no room: CPU of both", state.web_cpu + state.runners_cpu, "% of a core")


def _of_rooms(count: int, state: _State, empty: _State) -> Iterator[Figure]:
    name, more = f"{count} room{'s' if count > 1 else ''}", _beyond_runners(state, empty)
    yield Figure(f"{name}: runners", len(state.runners), "")
    yield Figure(f"{name}: web process, PSS", state.web.pss, "MB")
    yield Figure(f"{name}: web process, files", state.web.files, "")
    yield Figure(f"{name}: runners, PSS", state.all_runners.pss, "MB")
    yield Figure(f"{name}: a room beyond its runner, RSS", more.rss / count, "MB", ROOM_MB)
    yield Figure(f"{name}: a room beyond its runner, threads", more.threads / count, "")
    yield Figure(f"{name}: a room beyond its runner, files", more.files / count, "")
    cpu = state.web_cpu - empty.web_cpu + _cpu_beyond_runners(state, empty)
    yield Figure(f"{name}: CPU of a room that nobody touches", cpu / count, "% of a core", ROOM_CPU)


def _of_sleep(state: _State, empty: _State) -> Iterator[Figure]:
    name, more = f"{ROOMS[-1]} rooms asleep", _beyond_runners(state, empty)
    yield Figure(f"{name}: runners, PSS", state.all_runners.pss, "MB")
    yield Figure(f"{name}: threads more in a runner", more.threads / len(state.runners), "")
    cpu = max(0.0, _cpu_beyond_runners(state, empty)) / ROOMS[-1]
    yield Figure(f"{name}: CPU of a room", cpu, "% of a core", ASLEEP_CPU)


def _beyond_runners(state: _State, empty: _State) -> Footprint:
    return sum((each - empty.all_runners for each in state.runners), Footprint(0, 0, 0, 0))


def _cpu_beyond_runners(state: _State, empty: _State) -> float:
    return state.runners_cpu - len(state.runners) * empty.runners_cpu
