"""Members of a share group for the contract tests, on whatever cluster."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from apps.kafka.hops import Hop, HopType
from apps.kafka.received import Received
from apps.kafka.sharetelling import Answer
from apps.kafka.sharing import ShareMember
from tests.contract.conftest import PATIENCE, Bench

GROUP = "queue"


class Sharers:
    """Members of one share group, which reads the topic of a bench."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.hops = bench, bench.hops
        self.limit = bench.cluster.open_share_group(GROUP)
        self.aside: list[tuple[Answer, Received]] = []
        self.go_on = threading.Event()
        """Until it is set whoever has records handles none of them."""
        self.go_on.set()
        self._members: list[ShareMember] = []

    def add(self, name: str, answer: Answer = Answer.ACCEPT, work_time: float = 0.0) -> ShareMember:
        member = ShareMember(
            self.bench.cluster,
            GROUP,
            name,
            ("orders",),
            self._handle,
            self._put_aside,
            self.hops.add,
            self.limit,
            work_time,
            answer,
        )
        self._members.append(member)
        return member

    def _handle(self, batch: Sequence[Received], _stopping: threading.Event) -> dict[tuple[str, int], int]:
        self.go_on.wait(PATIENCE)
        self.bench.batches.append(batch)
        return {}

    def _put_aside(self, answer: Answer, records: Sequence[Received]) -> None:
        self.aside += [(answer, record) for record in records]

    def answered(self, answer: Answer) -> list[Hop]:
        return [hop for hop in self.hops.of(HopType.ACKNOWLEDGE) if hop.data["as"] == answer]

    def until_answered(self, answer: Answer, records: int) -> None:
        self.hops.until(lambda: sum(hop.count or 0 for hop in self.answered(answer)) == records)

    def close(self) -> None:
        for member in self._members:
            member.stop()
        for member in self._members:
            assert member.join(PATIENCE)
