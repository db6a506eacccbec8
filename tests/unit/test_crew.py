"""Members that come, go and fail while others do the same, or the room closes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from apps.kafka.hops import Hop, HopType
from apps.kafka.life import Life
from apps.kafka.seeking import Seek
from apps.scenarios import crew
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.crew import Crew
from apps.scenarios.crowd import Crowd
from apps.scenarios.refusals import Refused
from tests.servers import PATIENCE

GROUP = SCENARIOS["hearts"].groups[0]


class Member(Life[object]):
    """Waits until it is told to stop. `told`: its hops."""

    def __init__(
        self, name: str, told: list[Hop], opens: Callable[[], object], leaves: threading.Event
    ) -> None:
        super().__init__(name)
        self.settings: dict[str, Any] = {}
        self.working = False
        self._told, self._opens, self._leaves = told, opens, leaves
        self._thread.start()

    @property
    def told_to_stop(self) -> bool:
        return self._stopping.is_set()

    def _open(self) -> object:
        return self._opens()

    def _turn(self, _client: object) -> None:
        self._stopping.wait(0.01)

    def _die(self, _client: object) -> None:
        pass

    def _leave(self, _client: object) -> None:
        self._leaves.wait(PATIENCE)

    def _tell_member(self, type_: HopType, **fields: Any) -> None:
        self._told.append(Hop(type_, self.name, 0, **fields))


class Members(Crew[Member]):
    """`making`: what is waited for while a member is made."""

    settings: dict[str, Any] = {}
    state = {"choices": {}}

    def __init__(self) -> None:
        self.told: list[Hop] = []
        super().__init__(GROUP, self.told.append, 3)
        self.made: list[Member] = []
        self.begun, self.making, self.leaving = threading.Event(), threading.Event(), threading.Event()
        self.making.set()
        self.leaving.set()
        self.opens: Callable[[], object] = object

    def _make(self, name: str) -> Member:
        self.begun.set()
        assert self.making.wait(PATIENCE)
        self.made.append(Member(name, self.told, self.opens, self.leaving))
        return self.made[-1]

    def set(self, name: str, value: str) -> None: ...
    def pause(self, paused: bool, name: str = "") -> None: ...
    def slow(self, seconds: float, name: str = "") -> None: ...
    def seek(self, seek: Seek) -> None: ...


@pytest.fixture
def members() -> Iterator[Members]:
    members = Members()
    yield members
    members.making.set()
    members.leaving.set()
    members.close()
    assert members.join(time.monotonic() + PATIENCE)


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < end
        threading.Event().wait(0.001)


@pytest.mark.parametrize("how", ["add", "restart"])
def test_a_member_that_was_being_made_while_its_room_closed_leaves_with_the_others(
    members: Members, how: str
) -> None:
    members.add()
    members.begun.clear()
    members.making.clear()
    with ThreadPoolExecutor(2) as threads:
        making = threads.submit(members.add if how == "add" else members.restart)
        assert members.begun.wait(PATIENCE)
        closing = threads.submit(members.close)
        until(lambda: members._closed)
        members.making.set()
        making.result(PATIENCE)
        closing.result(PATIENCE)
    assert len(members.made) == 2
    assert all(member.told_to_stop for member in members.made)
    assert members.join(time.monotonic() + PATIENCE)


def test_nobody_comes_into_a_room_that_has_closed(members: Members) -> None:
    members.close()
    with pytest.raises(Refused, match="has just closed"):
        members.add()
    assert not members.made


def test_who_takes_long_to_leave_for_a_restart_is_still_waited_for_when_the_room_closes(
    members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "LEAVING", 0.01)
    members.add()
    members.leaving.clear()
    with pytest.raises(Refused, match="takes long to leave"):
        members.restart()
    assert not members.join(time.monotonic())
    members.leaving.set()
    assert members.join(time.monotonic() + PATIENCE)


def test_a_member_whose_client_can_not_be_made_says_so_and_is_not_counted(members: Members) -> None:
    def no_client() -> object:
        raise RuntimeError("can't start new thread")

    members.add()
    members.opens = no_client
    name = members.add()
    until(lambda: len(members) == 1)
    assert members.names == ["heart-counter-1"]
    failed = [hop for hop in members.told if hop.type is HopType.FAIL]
    assert [hop.source for hop in failed] == [name]
    assert not [hop for hop in members.told if hop.type is HopType.JOIN and hop.source == name]
    members.opens = object
    members.remove()
    until(lambda: not members.names)


def test_a_crowd_that_goes_by_itself_is_over_before_it_says_so() -> None:
    """Who is told takes its word for it that there is none any more."""
    said: list[bool] = []
    crowd = Crowd(lambda times: times, 1, 0.0, lambda: said.append(crowd.over))
    until(lambda: bool(said))
    crowd.stop()
    assert said == [True]


def test_a_crowd_that_fails_is_over_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    said, faults = threading.Event(), list[Any]()

    def fails(_times: int) -> int:
        raise KeyError("a fault")

    monkeypatch.setattr(threading, "excepthook", faults.append)
    crowd = Crowd(fails, 1, 3600, said.set)
    assert said.wait(PATIENCE) and crowd.over
    crowd.stop()
    assert len(faults) == 1


def test_a_crowd_that_is_stopped_says_nothing() -> None:
    said: list[None] = []
    crowd = Crowd(lambda times: times, 1, 3600, lambda: said.append(None))
    crowd.stop()
    assert not crowd.over and not said
