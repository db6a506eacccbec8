"""What every kind of cluster must do for the same clients.

Each case runs on the embedded cluster and on a real Apache Kafka. Where they differ by nature a case has a pair of
expectations, or is in test_differences.py; docs/clusters.md has the list.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from apps.kafka.choices import GroupChoice
from apps.kafka.clusters import Cluster, External, PartitionOffsets, open_cluster
from apps.kafka.duties import Duties
from apps.kafka.hops import Hop, HopType
from apps.kafka.member import GroupMember
from apps.kafka.outcomes import Outcomes, Totals
from apps.kafka.outgoing import Outgoing
from apps.kafka.producer import RoomProducer, settings_of
from apps.kafka.received import Received
from apps.kafka.sampledplaces import SampledPlaces
from apps.rooms.codes import new_code
from tests.brokers import Brokers

if TYPE_CHECKING:
    from tests.contract.stage import Stage

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
        self.cluster, self.hops, self.batches = cluster, Hops(), list[Sequence[Received]]()
        cluster.create_topics({"orders": 3})
        self.producer = RoomProducer(
            cluster, "TEST", Outcomes("app", self.hops.add, Totals()), settings_of(cluster)
        )
        self.members: list[GroupMember] = []
        self.samples = SampledPlaces()

    def send(self, count: int = 1, key: str | None = None, sampled: bool = False) -> None:
        for number in range(count):
            value = b'{"n": %d}' % number
            trace = f"{number + 1:032x}"
            record = Outgoing("orders", key or f"k{number}", value, "order.placed", trace, sampled, "app")
            self.producer.send(record)

    def member(self, name: str, group: str = "restaurant", choice: GroupChoice | None = None) -> GroupMember:
        member = GroupMember(
            self.cluster,
            group,
            name,
            ("orders",),
            Duties(self._handle),
            self.hops.add,
            choice,
            samples=self.samples,
        )
        self.members.append(member)
        return member

    def _handle(self, batch: Sequence[Received], _stopping: threading.Event) -> dict[tuple[str, int], int]:
        self.batches.append(batch)
        return {}

    def committed(self) -> list[PartitionOffsets]:
        """What the restaurant has, as the brokers tell it."""
        places = self.cluster.bookmarks(["restaurant"])["restaurant"]
        ends = self.cluster.ends()
        found = {end: places[end.topic, end.partition] for end in ends}
        return [replace(end, committed=mark.offset if mark else None) for end, mark in found.items()]

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


NewCluster = Callable[[str], Cluster]


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def new_cluster(request: pytest.FixtureRequest) -> NewCluster:
    """Opens a room's cluster, of one kind."""
    if request.param == "embedded":
        return lambda room: open_cluster(None, room)
    kafka: Brokers = request.getfixturevalue("kafka")
    return lambda room: open_cluster(External(kafka.bootstrap_servers), room)


@pytest.fixture
def room() -> str:
    return new_code()


@pytest.fixture
def cluster(new_cluster: NewCluster, room: str) -> Iterator[Cluster]:
    cluster = new_cluster(room)
    yield cluster
    cluster.close()


@pytest.fixture
def bench(cluster: Cluster) -> Iterator[Bench]:
    bench = Bench(cluster)
    yield bench
    bench.close()


@pytest.fixture
def stage(cluster: Cluster) -> Iterator[Stage]:
    from tests.contract.stage import Stage

    stage = Stage(cluster)
    yield stage
    stage.end()
