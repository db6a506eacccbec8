"""The server that is soaked, its database, its rooms, and what is noted of them meanwhile."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from apps.scenarios.catalog import SCENARIOS
from tests.client import Room
from tests.databases import Postgres
from tests.servers import Server, wait_for

ROOMS = 16
_REFUSED = (400, 409, 429, 503)
"""Answers of a room that is coming back, whose brokers are silent, or whose group has all the members it may have."""


@dataclass
class Stage:
    """`members`: with how many each group of a room began that is always there, by code. `noted`: what happened."""

    server: Server
    postgres: Postgres
    rooms: list[Room] = field(default_factory=list)
    members: dict[str, dict[str, int]] = field(default_factory=dict)
    noted: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    resting: bool = False
    """Nobody presses anything."""
    over: bool = False
    """The viewers go home."""

    def note_wrong(self, what: str) -> None:
        self.wrong.append(f"{time.strftime('%H:%M:%S')} {what}")
        print(f"WRONG {self.wrong[-1]}", flush=True)

    def open_rooms(self) -> None:
        """One story after another, until all are told."""
        stories = sorted(SCENARIOS)
        for number in range(ROOMS):
            self.rooms.append({**self.server.make_room(stories[number % len(stories)])})
        for room in self.rooms:
            assert wait_for(lambda room=room: self.state(room)), f"{room['code']} tells nothing of its groups"
            self.members[room["code"]] = {
                group.name: len(self.state(room)["groups"][group.name]["members"])
                for group in SCENARIOS[room["scenario"]].groups
            }

    def any_room(self) -> Room:
        return random.choice(self.rooms)

    def action(self, room: Room) -> str:
        return SCENARIOS[str(room["scenario"])].actions[0].slug

    def control(self, room: Room, control: str, **fields: Any) -> dict[str, Any]:
        """What it answers; nothing if it is refused."""
        path = f"/api/rooms/{room['code']}/controls/"
        return self._asked(
            self.server.post_json(path, {"control": control, **fields}, X_Room_Token=room["token"])
        )

    def state(self, room: Room) -> dict[str, Any]:
        return self.control(room, "crowd", rate=0)

    def broker(self, room: Room, number: int, change: str) -> None:
        self._noted(
            self.server.post_form(f"/r/{room['code']}/broker/", room["token"], broker=number, change=change)
        )

    def page(self, room: Room) -> None:
        self._noted(self.server.get(f"/r/{room['code']}/", Accept_Encoding="br"))

    def ledger(self, room: Room) -> dict[str, Any]:
        return self._asked(self.server.get(f"/api/rooms/{room['code']}/ledger/"))

    def _asked(self, answer: Any) -> dict[str, Any]:
        self._noted(answer)
        return dict(answer.json()) if answer.status == 200 else {}

    def _noted(self, answer: Any) -> None:
        self.noted[f"answers of {answer.status}"] += 1
        if answer.status not in (200, *_REFUSED):
            self.note_wrong(f"an answer of {answer.status}: {answer.text[:200]}")

    def health(self) -> dict[str, Any]:
        """Also while the database is away."""
        return dict(json.loads(self.server.get("/healthz").text))
