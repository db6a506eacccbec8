"""Where the members of a share group take records from, as Kafka's SimpleAssignor says: for a cluster without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def shared_out(members: Sequence[str], places: Sequence[T]) -> dict[str, list[T]]:
    """Each member gets a place and each place a member; where members outnumber places, places have several."""
    given: dict[str, list[T]] = {member: [] for member in members}
    for turn in range(max(len(members), len(places)) if members and places else 0):
        given[members[turn % len(members)]].append(places[turn % len(places)])
    return given
