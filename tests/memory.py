"""A store that forgets with the test, and counts as the real one does."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from apps.kafka.ownership import Hole
from apps.kafka.received import Received
from apps.scenarios.accounts import Account, Place, Range, counts_of, ranges_of
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.store import Failure, Handled, Stored, Tell, Unfoldable, nobody


class Memory:
    def __init__(self) -> None:
        self.values: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._accounts: dict[str, dict[Place, Account]] = {}
        self._lock = threading.RLock()

    def accounts(self, group: str) -> Mapping[Place, Account]:
        with self._lock:
            return dict(self._accounts.get(group, {}))

    def fresh(self, group: str, batch: Sequence[Received]) -> Sequence[Received]:
        known = self.accounts(group)
        return [one for one in batch if known.get((one.topic, one.partition), Account()).is_new(one.offset)]

    def begin(self, group: str, offsets: Mapping[Place, int]) -> None:
        with self._lock:
            known = self._accounts.setdefault(group, {})
            known |= {place: known.get(place, Account()).begin(at) for place, at in offsets.items()}

    def read_by_guest(self, group: str, ranges: Mapping[Place, Range]) -> None:
        with self._lock:
            known = self._accounts.setdefault(group, {})
            known |= {
                place: known.get(place, Account()).read_by_guest(*read) for place, read in ranges.items()
            }

    def void(self, group: str, holes: Sequence[Hole]) -> None:
        with self._lock:
            known = self._accounts.setdefault(group, {})
            for place, first, last in holes:
                known[place] = known.get(place, Account()).passed(first, last)

    def put_aside(self, group: str, rejected: Sequence[Received], given_up: Sequence[Received]) -> None:
        with self._lock:
            aside = [ranges_of(self.fresh(group, records)) for records in (rejected, given_up)]
            known = self._accounts.setdefault(group, {})
            for place in {place for ranges in aside for place in ranges}:
                known[place] = known.get(place, Account()).put_aside(*(one.get(place, ()) for one in aside))

    def apply(self, group: ConsumerGroup, handled: Handled, tell: Tell = nobody) -> Stored:
        with self._lock:
            again = counts_of(handled.batch) - counts_of(self.fresh(group.name, handled.batch))
            dead = counts_of(self.fresh(group.name, handled.dead))
            sound = handled.sound if handled.twice else self.fresh(group.name, handled.sound)
            changed = self._fold(group, sound)
            known = self._accounts.setdefault(group.name, {})
            for place, ranges in ranges_of(handled.batch).items():
                known[place] = known.get(place, Account()).handled(ranges, again[place], dead[place])
            self.values |= {(group.name, key): value for key, value in changed.items()}
            tell(changed)
            return Stored(changed, again)

    def _fold(self, group: ConsumerGroup, sound: Sequence[Received]) -> dict[str, Mapping[str, Any]]:
        changed: dict[str, Mapping[str, Any]] = {}
        failed: list[Failure] = []
        for record in sound:
            try:
                key = group.keyed(record)
                changed[key] = group.fold(changed.get(key, self.values.get((group.name, key))), record)
            except Exception as error:
                failed.append((record, str(error)))
        if failed:
            raise Unfoldable(failed)
        return changed
