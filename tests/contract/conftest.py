"""What every kind of cluster must do for the same clients. Only the embedded one so far."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from apps.kafka.clusters import Cluster, open_cluster
from apps.kafka.hops import Hop, HopType
from apps.kafka.member import GroupMember
from apps.kafka.producer import Outgoing, RoomProducer, Totals
from apps.kafka.received import Received

PATIENCE = 30.0


class Hops:
    """All hops of a test, in the order they were seen."""

    def __init__(self) -> None:
        self.all: list[Hop] = []
        self._news = threading.Condition()

    def add(self, hop: Hop) -> None:
        with self._news:
            self.all.append(hop)
            self._news.notify_all()

    def of(self, type_: HopType, group: str | None = None) -> list[Hop]:
        return [hop for hop in list(self.all) if hop.type is type_ and (group is None or hop.group == group)]

    def count(self, type_: HopType, group: str | None = None) -> int:
        return sum(hop.count or 0 for hop in self.of(type_, group))

    def until(self, met: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(met, PATIENCE), f"not met; the last hops: {self.all[-5:]}"


class Bench:
    """A cluster with one topic of three partitions, a producer, and members as a test wants them."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.hops, self.batches = cluster, Hops(), list[list[Received]]()
        cluster.create_topics({"orders": 3})
        self.producer = RoomProducer(cluster, "TEST", self.hops.add, "app", Totals())
        self.members: list[GroupMember] = []

    def send(self, count: int = 1, key: str | None = None, sampled: bool = False) -> None:
        for number in range(count):
            value = b'{"n": %d}' % number
            trace = f"{number + 1:032x}"
            record = Outgoing("orders", key or f"k{number}", value, "order.placed", trace, sampled, "app")
            self.producer.send(record)

    def member(self, name: str, group: str = "restaurant") -> GroupMember:
        member = GroupMember(self.cluster, group, name, ("orders",), self._handle, self.hops.add)
        self.members.append(member)
        return member

    def _handle(self, batch: list[Received], _stopping: threading.Event) -> dict[tuple[str, int], int]:
        self.batches.append(batch)
        return {}

    def assignments(self) -> dict[str, tuple[tuple[str, int], ...]]:
        """Each member's whole assignment, as last told."""
        told = (HopType.JOIN, HopType.ASSIGN, HopType.REVOKE, HopType.LOST, HopType.LEAVE)
        return {hop.source: hop.partitions or () for hop in list(self.hops.all) if hop.type in told}

    def until(self, met: Callable[[], bool]) -> None:
        """For what no hop announces: ask until it is so."""
        until = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < until
            threading.Event().wait(0.02)

    def close(self) -> None:
        for member in self.members:
            member.stop()
        for member in self.members:
            assert member.join(PATIENCE)
        self.producer.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    cluster = open_cluster()
    bench = Bench(cluster)
    yield bench
    bench.close()
    cluster.close()
