"""A real Apache Kafka whose brokers a test may kill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka.admin import AdminClient

from scripts.apache_kafka import ApacheKafka


class Mortal(ApacheKafka):
    """Three brokers of a test's own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 3)
        self._dead: set[int] = set()

    def kill(self, *nodes: int) -> None:
        for node in nodes:
            super().kill(node)
            self._dead.add(node)

    def revive(self) -> None:
        """All dead ones at once: a node that is alone has no quorum and does not get ready."""
        for node in self._dead:
            self.launch(node)
        for node in self._dead:
            self.wait(node)
        self._dead.clear()

    def whole(self) -> bool:
        """Every replica of every partition is in sync, those of Kafka's own topics too."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 2})
        topics = admin.list_topics(timeout=10).topics.values()
        partitions = [partition for topic in topics for partition in topic.partitions.values()]
        return all(set(partition.isrs) == set(partition.replicas) for partition in partitions)


@contextmanager
def mortal_brokers(folder: Path) -> Iterator[Mortal]:
    kafka = Mortal(folder)
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.stop()
