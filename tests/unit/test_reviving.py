"""A room whose runner died is tried again for as long as somebody watches, whatever is wrong meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from apps.rooms import live, notices
from apps.rooms.live import Full, LiveRoom, Rooms
from apps.scenarios.refusals import Refused

TROUBLE = [RuntimeError("CurrentThreadExecutor already quit"), OSError("no more processes"), Full("full")]
TROUBLE += [Refused("cluster", "Kafka is away."), KeyError("a fault of ours")]


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Rooms:
    async def stored(code: str) -> Any:
        return SimpleNamespace(code=code)

    monkeypatch.setattr(live, "_REVIVALS", (0.0,))
    monkeypatch.setattr(live, "_stored", stored)
    rooms = Rooms()
    monkeypatch.setattr(rooms._lookout, "report", lambda error: None)
    return rooms


def dead(viewers: int) -> Any:
    return SimpleNamespace(
        code="K7MPX4",
        asker="192.0.2.1",
        acked={},
        watched=viewers > 0,
        audience=SimpleNamespace(close=lambda: None),
    )


def opening(rooms: Rooms, monkeypatch: pytest.MonkeyPatch, trouble: list[Exception]) -> list[str]:
    """Opening a room fails with each of them in turn, and then does not. Returns for whom it was tried."""
    tried: list[str] = []

    async def open_(room: Any, asker: str, *_: Any) -> Any:
        tried.append(asker)
        if trouble:
            raise trouble.pop(0)
        return room

    monkeypatch.setattr(rooms, "_open", open_)
    return tried


async def test_whatever_goes_wrong_a_watched_room_comes_back(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = opening(rooms, monkeypatch, list(TROUBLE))
    back: LiveRoom = await rooms._revive(dead(viewers=1), notices.after_death, 0.0)
    assert back.code == "K7MPX4"
    assert tried == ["192.0.2.1"] * (len(TROUBLE) + 1)


async def test_a_room_that_nobody_watches_is_not_tried_again(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = opening(rooms, monkeypatch, list(TROUBLE))
    with pytest.raises(RuntimeError):
        await rooms._revive(dead(viewers=0), notices.after_death, 0.0)
    assert len(tried) == 1
