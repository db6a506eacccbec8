"""What one member of a share group does, as hops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.received import Received
from apps.kafka.runs import contiguous
from apps.kafka.telling import Teller


class Answer(StrEnum):
    """What a member does with a record that it took, in Kafka's words (KIP-932)."""

    ACCEPT = "accept"
    RELEASE = "release"
    REJECT = "reject"


@dataclass(frozen=True)
class Taken:
    """A record in a member's hands; `deliveries` counts this one, and those before it to whomever."""

    record: Received
    deliveries: int


class ShareTeller(Teller):
    """As `Teller`, of a member that has no partitions. `limit`: a record is delivered so often at most."""

    def __init__(self, group: str, name: str, observe: Observe, limit: int) -> None:
        super().__init__(group, name, observe)
        self._limit = limit

    def of_member(self, type_: HopType, **fields: Any) -> None:
        """Without `partitions`: the client does not tell which ones brokers let it take records from."""
        self._tell(Hop(type_, self._name, now(), group=self._group, **fields))

    def polled(self, batch: Iterable[Taken]) -> None:
        for deliveries, records in _by_deliveries(batch).items():
            self._of_records(HopType.POLL, records, {"deliveries": deliveries})

    def acknowledged(self, answer: Answer, batch: Iterable[Taken]) -> None:
        """The broker has taken this answer."""
        limit = {"limit": self._limit} if answer is Answer.RELEASE else {}
        for deliveries, records in _by_deliveries(batch).items():
            data = {"as": answer.value, "deliveries": deliveries, **limit}
            self._of_records(HopType.ACKNOWLEDGE, records, data)

    def refused(self, batch: Iterable[Taken], why: str) -> None:
        """The broker has not taken the answer: it counts these as not answered."""
        for hop in self._step(HopType.FAIL).hops(contiguous(one.record for one in batch)):
            self._tell(replace(hop, error=f"The broker did not take the answer: {why}"))

    def _of_records(self, type_: HopType, records: list[Received], data: dict[str, Any]) -> None:
        for hop in self._step(type_).hops(contiguous(records), data):
            self._tell(hop)


def _by_deliveries(batch: Iterable[Taken]) -> dict[int, list[Received]]:
    found: dict[int, list[Received]] = {}
    for one in batch:
        found.setdefault(one.deliveries, []).append(one.record)
    return found
