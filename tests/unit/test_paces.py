"""How fast a room's shape may be changed: each change may cost the other rooms of its runner their time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import AsyncRequestFactory

from apps.rooms import controlapi, paces, panels, tokens
from apps.rooms.limits import Buckets
from apps.rooms.live import rooms
from apps.rooms.models import Room

CODE, OTHER = "K7MPX4", "Q2WRT9"
AT_ONCE = 3


class Live:
    """A room; it counts what is changed in it."""

    asked = 0

    async def control(self, name: str, **_: Any) -> dict[str, Any]:
        if name != "state":
            Live.asked += 1
        return {"crowd": 0, "groups": {}, "producer": {"choices": {}, "options": {}}, "brokers": []}


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    async def find_room(code: str) -> Room:
        return Room(code=code, scenario="hearts")

    async def wake(room: Room, asker: str) -> Live:
        return Live()

    monkeypatch.setattr(paces, "_controls", Buckets(rate=0, burst=AT_ONCE))
    monkeypatch.setattr(controlapi, "find_room", find_room)
    monkeypatch.setattr(panels, "find_room", find_room)
    monkeypatch.setattr(rooms, "wake", wake)
    monkeypatch.setattr(panels, "context", lambda *_: {})
    monkeypatch.setattr(
        panels, "panel", lambda _request, _template, context, status: (status, context["error"])
    )
    Live.asked = 0


async def by_api(code: str) -> tuple[int, str]:
    body = json.dumps({"control": "crowd", "rate": 0})
    request = AsyncRequestFactory().post(
        "/api/rooms/x/controls/", body, "application/json", headers={"X-Room-Token": tokens.mint(code)}
    )
    answer = await controlapi.use(request, code=code)
    return answer.status_code, json.loads(answer.content).get("error", {}).get("code", "")


async def test_a_program_that_changes_a_room_without_end_is_told_to_wait_and_others_go_on() -> None:
    answers = [await by_api(CODE) for _ in range(AT_ONCE + 2)]
    assert answers == [(200, "")] * AT_ONCE + [(429, "too-fast")] * 2
    assert await by_api(OTHER) == (200, "")
    assert Live.asked == AT_ONCE + 1


async def by_page(what: str) -> tuple[int, str]:
    """What the panel would be shown with: a status and a sentence."""
    make = AsyncRequestFactory().post if what == "POST" else AsyncRequestFactory().get
    request = make("/r/x/crowd/", {"rate": 0, "seconds": 5}, headers={"X-Room-Token": tokens.mint(CODE)})
    shown: Any = await panels.crowd(request, code=CODE)
    return shown


async def test_a_page_is_told_in_a_sentence_and_may_look_as_often_as_it_likes() -> None:
    answers = [await by_page("POST") for _ in range(AT_ONCE + 1)]
    assert answers[:-1] == [(200, "")] * AT_ONCE
    status, sentence = answers[-1]
    assert (status, sentence.endswith("Try again in a moment.")) == (400, True)
    assert [await by_page("GET") for _ in range(20)] == [(200, "")] * 20
