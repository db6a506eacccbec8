"""What a room needs of a cluster, whichever kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from apps.kafka.hops import Observe


class ClusterError(Exception):
    """The cluster can't be had or won't do what was asked; the text is for people."""


@dataclass(frozen=True)
class PartitionOffsets:
    """One partition as the broker tells it. `committed` is the next offset to read, None before the first commit."""

    topic: str
    partition: int
    end: int
    committed: int | None = None

    @property
    def lag(self) -> int:
        """Records stored and not committed (librdkafka's `consumer_lag`), counted from 0 before the first commit."""
        return self.end - (self.committed or 0)


class Cluster(Protocol):
    """Brokers behind one bootstrap list, with the topics and groups of one room.

    The same producer and member code runs on every kind; what a kind needs set is in the two settings.
    """

    kind: str
    bootstrap_servers: str
    producer_settings: Mapping[str, str | int | float | bool]
    consumer_settings: Mapping[str, str | int | float | bool]

    def real_name(self, name: str) -> str:
        """What a topic or group of the scenario is called on the brokers."""

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Make topics (name in the scenario -> number of partitions)."""

    def observe_brokers(self, observe: Observe) -> None:
        """Report the brokers and the leaders as hops."""

    def ends(self) -> list[PartitionOffsets]:
        """The log end of every partition, asked of the brokers."""

    def committed(self, group: str) -> list[PartitionOffsets]:
        """End and committed offset of every partition that the group has read, asked of the brokers."""

    def close(self) -> None:
        """Give everything back. Clients must be closed before."""


def open_cluster(bootstrap_servers: str | None = None) -> Cluster:
    """The embedded cluster, or (not yet) the one behind `bootstrap_servers`.

    Raises ClusterError with a sentence that says what to change.
    """
    from apps.kafka.embedded import EmbeddedCluster

    if bootstrap_servers:
        raise ClusterError("An external Kafka is not supported yet: unset KAFKA_BOOTSTRAP_SERVERS.")
    return EmbeddedCluster()
