"""The classes of this process that anybody has come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.classes.classroom import Classroom
from apps.rooms import traces
from apps.rooms.live import rooms
from apps.rooms.models import Room


class Classrooms:
    """By code."""

    def __init__(self) -> None:
        self._found: dict[str, Classroom] = {}

    def of(self, room: Room) -> Classroom:
        """Its own row is what counts from then on: who read the room a moment ago may know less."""
        found = self._found.get(room.code)
        if not found:
            self._forget()
            found = self._found[room.code] = Classroom(room)
        return found

    def find(self, code: str) -> Classroom | None:
        return self._found.get(code)

    def _forget(self) -> None:
        """What was asked and lent is worth nothing once the room sleeps."""
        self._found = {
            code: found for code, found in self._found.items() if found.is_used or rooms.find(code)
        }


classrooms = Classrooms()


def _asked_in(room: Room) -> Mapping[str, Any]:
    """What a saved run of a class tells besides what was seen: its questions with their votes."""
    found = classrooms.find(room.code)
    return {"questions": asked} if found and (asked := found.register.told_questions()) else {}


traces.tell_besides(_asked_in)
