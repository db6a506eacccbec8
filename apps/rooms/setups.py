"""How a room begins, where its scenario has it otherwise: a lesson may want fewer partitions, or a slow member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from apps.rooms.models import Room
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS


@dataclass(frozen=True)
class Setup:
    """`partitions` by topic and `members` by group; `controls` are used before anybody comes: names and values as
    `apps.rooms.controls` knows them."""

    partitions: Mapping[str, int] = field(default_factory=dict)
    members: Mapping[str, int] = field(default_factory=dict)
    controls: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    def of(self, scenario: Scenario) -> Scenario:
        return scenario.arranged(self.partitions, self.members)

    @property
    def stored(self) -> dict[str, Any]:
        """As a room keeps it."""
        return asdict(self)


def setup_of(stored: Mapping[str, Any]) -> Setup:
    return Setup(**stored)


def scenario_of(room: Room) -> Scenario:
    """The room's story as it is set up there, or as its topics are by now."""
    return setup_of(room.setup).of(SCENARIOS[room.scenario]).arranged(room.partitions)
