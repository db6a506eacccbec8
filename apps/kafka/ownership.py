"""Which partitions one member has, by its group's callbacks, and which offset it expects next in each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from confluent_kafka import TopicPartition

from apps.kafka.received import Received

Place = tuple[str, int]
"""A topic as the scenario calls it, and a partition."""
Hole = tuple[Place, int, int]
"""Offsets, first to last, that were expected and did not come."""


class Ownership:
    """Belongs to the member's thread. `real`: a topic's name in the scenario -> on the brokers."""

    def __init__(self, real: Mapping[str, str]) -> None:
        self.real = real
        self.own = {name: topic for topic, name in real.items()}
        self.assigned: list[Place] = []
        self._expected: dict[Place, int] = {}
        self._sure: set[Place] = set()

    def owns(self, place: Place) -> bool:
        return place in self.assigned

    def gain(self, changed: Sequence[TopicPartition]) -> list[Place]:
        places = self.places(changed)
        self.assigned += [place for place in places if place not in self.assigned]
        self._sure -= set(places)
        return places

    def lose(self, changed: Sequence[TopicPartition]) -> list[Place]:
        places = self.places(changed)
        self.assigned = [place for place in self.assigned if place not in places]
        for place in places:
            self._expected.pop(place, None)
        return places

    def lose_all(self) -> list[Place]:
        lost, self.assigned = self.assigned, []
        return sorted(lost)

    def expect(self, places: Mapping[Place, int]) -> None:
        self._expected |= places

    def doubtful(self, runs: Sequence[list[Received]]) -> set[Place]:
        """Where these may be of another log than the last ones: the first since it was assigned, or from further back
        than was expected. For a topic that is made anew is dealt out anew, or its log read from the beginning."""
        return {
            place
            for run in runs
            if (place := (run[0].topic, run[0].partition)) not in self._sure
            or run[0].offset < self._expected.get(place, 0)
        }

    def trust(self, places: Collection[Place]) -> None:
        """Their logs are the same as ever."""
        self._sure |= set(places)

    def holes(self, runs: Sequence[list[Received]]) -> Iterator[Hole]:
        """Before these records."""
        for run in runs:
            place, first = (run[0].topic, run[0].partition), run[0].offset
            expected = self._expected.get(place, first)
            if first > expected:
                yield place, expected, first - 1
            self._expected[place] = run[-1].offset + 1

    def tails(self, ends: Mapping[Place, int]) -> list[Hole]:
        """After the last records, of partitions that were read to these ends."""
        return [
            (place, self._expected[place], end - 1)
            for place, end in ends.items()
            if self.owns(place) and self._expected.get(place, end) < end
        ]

    def places(self, partitions: Sequence[TopicPartition]) -> list[Place]:
        return sorted((self.own[tp.topic], tp.partition) for tp in partitions)

    def real_places(self, places: Sequence[Place]) -> list[TopicPartition]:
        return [TopicPartition(self.real[topic], number) for topic, number in places]
