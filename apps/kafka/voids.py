"""Offsets that a member expected and did not get: records that left the log, and places where no record is.

The end of a transaction takes an offset in each partition that it wrote to, and who reads `read_committed` gets
nothing that was aborted (KIP-98).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from confluent_kafka import Consumer, Message

from apps.kafka.clusters import Cluster
from apps.kafka.duties import Duties
from apps.kafka.ownership import Hole, Ownership, Place
from apps.kafka.telling import Teller
from apps.kafka.trying import Trying

_ANSWER = 5.0


class Voids:
    """Belongs to the member's thread."""

    def __init__(
        self, cluster: Cluster, ownership: Ownership, duties: Duties, teller: Teller, trying: Trying
    ) -> None:
        self._cluster, self._ownership, self._duties = cluster, ownership, duties
        self._teller, self._trying = teller, trying
        self._ends: dict[Place, int] = {}

    def ended(self, message: Message) -> None:
        """A partition was read to its end, which may lie behind offsets that hold no record."""
        place = self._ownership.own[message.topic() or ""], message.partition() or 0
        self._ends[place] = message.offset() or 0

    def forget(self, places: Collection[Place]) -> None:
        """They are read from elsewhere."""
        self._ends = {place: end for place, end in self._ends.items() if place not in places}

    def explain(self, consumer: Consumer, holes: Sequence[Hole]) -> bool:
        """Tell what they are. A cut log is a loss, and must not pass in silence. False if the member is to stop."""
        if not self._cluster.transactions:
            self._tell(holes, [])
            return True
        return not holes or self._trying.until_done(lambda: self._tell_apart(consumer, holes)) is not None

    def pass_tails(self, consumer: Consumer) -> Mapping[Place, int]:
        """When nothing more is to come: the ends behind which there is no record, to set bookmarks to."""
        tails, self._ends = self._ownership.tails(self._ends), {}
        if not tails or not self.explain(consumer, tails):
            return {}
        ends = {place: last + 1 for place, _, last in tails}
        self._ownership.expect(ends)
        return ends

    def _tell_apart(self, consumer: Consumer, holes: Sequence[Hole]) -> bool:
        """What is still in the log and did not come holds no record for us."""
        starts = {place: self._log_start(consumer, place) for place, _, _ in holes}
        cut = _sound((place, first, min(last, starts[place] - 1)) for place, first, last in holes)
        voids = _sound((place, max(first, starts[place]), last) for place, first, last in holes)
        self._duties.void(voids)
        self._tell(cut, voids)
        return True

    def _log_start(self, consumer: Consumer, place: Place) -> int:
        (real,) = self._ownership.real_places([place])
        return consumer.get_watermark_offsets(real, timeout=_ANSWER)[0]

    def _tell(self, cut: Sequence[Hole], voids: Sequence[Hole]) -> None:
        for hole in cut:
            self._teller.hole(*hole)
        for hole in voids:
            self._teller.void(*hole)


def _sound(holes: Iterable[Hole]) -> list[Hole]:
    return [(place, first, last) for place, first, last in holes if first <= last]
