"""A room whose runner died is tried again for as long as somebody watches, whatever is wrong meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from apps.rooms import deadlines
from apps.rooms.liveroom import LiveRoom
from apps.rooms.places import Full
from apps.rooms.revival import Revival
from apps.scenarios.refusals import Refused

TROUBLE = [RuntimeError("CurrentThreadExecutor already quit"), OSError("no more processes"), Full("full")]
TROUBLE += [Refused("cluster", "Kafka is away."), KeyError("a fault of ours")]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "REVIVALS", (0.0,))


def dead(viewers: int) -> Any:
    return SimpleNamespace(
        code="K7MPX4",
        watched=viewers > 0,
    )


class Stage:
    """Opening a room fails with each of some troubles in turn, and then does not."""

    def __init__(self) -> None:
        self.trouble, self.tries, self.given_up = list(TROUBLE), 0, list[Any]()
        self.revival = Revival(lambda error: None, self.given_up.append)

    async def try_(self) -> Any:
        self.tries += 1
        if self.trouble:
            raise self.trouble.pop(0)
        return SimpleNamespace(code="K7MPX4")


async def test_whatever_goes_wrong_a_watched_room_comes_back() -> None:
    stage = Stage()
    back: LiveRoom = await stage.revival.of(dead(viewers=1), stage.try_)
    assert back.code == "K7MPX4"
    assert stage.tries == len(TROUBLE) + 1 and not stage.given_up


async def test_a_room_that_nobody_watches_is_not_tried_again() -> None:
    stage, forgotten = Stage(), dead(viewers=0)
    with pytest.raises(RuntimeError):
        await stage.revival.of(forgotten, stage.try_)
    assert stage.tries == 1 and stage.given_up == [forgotten]
