"""What a room opens it gives back, also when it does not open, and when things come as it closes."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from apps.kafka.clusters import ClusterError
from apps.kafka.duties import Away
from apps.kafka.embedded import EmbeddedCluster
from apps.kafka.hops import HopType
from apps.rooms import hosting
from apps.rooms.hosting import HostedRoom
from apps.rooms.linkmessages import Open
from apps.scenarios.producers import Producers
from apps.scenarios.refusals import Refused
from apps.scenarios.run import ScenarioRun
from apps.scenarios.team import Team
from tests.contract.breaking import HEARTS
from tests.contract.conftest import PATIENCE
from tests.contract.stage import Stage
from tests.memory import Memory

OPENING = Open(
    room="TEST",
    room_id=1,
    incarnation=1,
    log=1,
    logs={},
    partitions={},
    scenario="hearts",
    setup={},
    external=None,
    notices={"new": None, "continued": None},
    members=3,
)


class Database:
    """In place of a `DatabaseThread`: it is away, or has nothing."""

    def __init__(self, away: bool) -> None:
        self._away = away

    def freshen(self) -> None:
        pass

    def run(self, work: Callable[[], Any]) -> Any:
        if self._away:
            raise Away("The database does not answer just now.")
        return {}


@pytest.fixture
def no_garbage() -> Iterator[None]:
    """What is given back is so without waiting for the garbage collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def held() -> tuple[int, int]:
    """Open files and sockets, and threads, of the client library, too."""
    return len(list(Path("/proc/self/fd").iterdir())), len(list(Path("/proc/self/task").iterdir()))


def until_given_back(before: tuple[int, int]) -> None:
    end = time.monotonic() + PATIENCE
    while held()[0] > before[0] or held()[1] > before[1]:
        assert time.monotonic() < end, f"{before} files and threads before, {held()} after"
        threading.Event().wait(0.02)


pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="threads are counted through /proc")


def fail(*_: object, **__: object) -> Any:
    raise ClusterError("It does not go on.")


@pytest.mark.parametrize("where", ["database", "brokers", "recording"])
def test_an_opening_that_fails_leaves_nothing_behind(
    where: str, monkeypatch: pytest.MonkeyPatch, no_garbage: None
) -> None:
    if where == "brokers":
        monkeypatch.setattr(Producers, "tell_beginning", fail)
    if where == "recording":
        monkeypatch.setattr(hosting, "Recording", fail)
    EmbeddedCluster().close()  # what the first of a process keeps
    before = held()
    for _ in range(2):
        with pytest.raises((Away, ClusterError)):
            HostedRoom(OPENING, Database(away=where == "database"))  # type: ignore[arg-type]
    until_given_back(before)


def test_a_run_that_does_not_begin_lets_the_members_go_that_had_come(
    monkeypatch: pytest.MonkeyPatch, no_garbage: None
) -> None:
    cluster = EmbeddedCluster()
    try:
        before = held()
        monkeypatch.setattr(Team, "begin", begins_and_fails(Team.begin))
        with pytest.raises(ClusterError):
            ScenarioRun(HEARTS, cluster, Memory(), lambda hop: None, "TEST", 3)
        until_given_back(before)
    finally:
        cluster.close()


def begins_and_fails(begin: Callable[[Any], None]) -> Callable[[Any], None]:
    def begins(team: Any) -> None:
        begin(team)
        fail()

    return begins


def test_a_room_closes_its_cluster_also_when_something_fails_as_it_closes(
    monkeypatch: pytest.MonkeyPatch, no_garbage: None
) -> None:
    EmbeddedCluster().close()
    before = held()
    room = HostedRoom(OPENING, Database(away=False))  # type: ignore[arg-type]
    monkeypatch.setattr(room.run, "hasten", fail)
    with pytest.raises(ClusterError):
        room.close()
    until_given_back(before)


@pytest.fixture
def embedded() -> Iterator[Stage]:
    stage = Stage(EmbeddedCluster())
    yield stage
    stage.end()
    stage.cluster.close()


def test_a_crowd_whose_time_is_over_does_not_take_the_next_one_with_it(embedded: Stage) -> None:
    """It is told to go home, and goes by itself, while another one comes."""
    run = embedded.run(HEARTS)
    going, go_on, gone = threading.Event(), threading.Event(), run._crowd_gone

    def slowly() -> None:
        going.set()
        assert go_on.wait(PATIENCE)
        gone()

    run._crowd_gone = slowly  # type: ignore[method-assign]
    run.crowd("send-heart", 1, 0.001)
    assert going.wait(PATIENCE)
    with ThreadPoolExecutor(2) as threads:
        home = threads.submit(run.send_crowd_home)
        embedded.ask_until(lambda: run._crowd is None)
        run._crowd_gone = gone  # type: ignore[method-assign]
        comes = threads.submit(run.crowd, "send-heart", 7, 60)
        wait([comes], timeout=0.2)  # it may have to wait for the first one
        go_on.set()
        home.result(PATIENCE)
        comes.result(PATIENCE)
    assert run.crowd_rate == 7
    assert run.send_crowd_home()
    assert run.crowd_rate == 0


def test_what_is_asked_of_a_room_that_has_closed_is_refused_and_nothing_comes_of_it(
    embedded: Stage, no_garbage: None
) -> None:
    before = held()
    run = embedded.run(HEARTS)
    embedded.hops.until(lambda: bool(embedded.hops.of(HopType.ASSIGN)))
    embedded.end()
    for late in (
        lambda: run.crowd("send-heart", 1, 60),
        lambda: run.team("trending").add(),
        lambda: run.set_producer("acks", "0"),
    ):
        with pytest.raises(Refused, match="has just closed"):
            late()
    until_given_back(before)
