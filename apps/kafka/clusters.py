"""What a room needs of a cluster, whichever kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.kafka.hops import Observe

Settings = Mapping[str, str | int | float | bool]
"""librdkafka's own names, such as `security.protocol`, and values."""


class ClusterError(Exception):
    """The cluster can't be had or won't do what was asked; the text is for people.

    `lasting` is true when only a change of settings can help, so that trying again is no use.
    """

    def __init__(self, message: str, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


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


@dataclass(frozen=True)
class External:
    """A Kafka that is not ours: how to reach it, and what rooms may do there.

    `public` is where people reach the same brokers, if not where we do.

    `security` are the client settings for TLS and SASL. A topic or group is called `<prefix>.<room>.<name>`.
    `replication` None means three copies, or as many as there are brokers. `retention` is in minutes.
    """

    bootstrap_servers: str
    security: Mapping[str, str] = field(default_factory=dict)
    prefix: str = "kafkaviz"
    replication: int | None = None
    retention: int = 60
    public: str = ""

    @property
    def shown(self) -> str:
        """The address for people and their own clients."""
        return self.public or self.bootstrap_servers

    @property
    def client_settings(self) -> Settings:
        return {**self.security, "bootstrap.servers": self.bootstrap_servers}


@dataclass(frozen=True)
class Traits:
    """What a cluster is and can't do, for the page to put into words.

    `facts` are plain values by name; `lacks` names what real Kafka, or another Kafka, can do and this cluster can't.
    """

    facts: Mapping[str, Any]
    lacks: tuple[str, ...]


class Cluster(Protocol):
    """Brokers behind one bootstrap list, with the topics and groups of one room.

    The same producer and member code runs on every kind; what a kind needs set is in the settings. Raises
    ClusterError where brokers are asked and do not answer. `bootstrap_servers` is for people; clients have theirs in
    `client_settings`.
    """

    kind: str
    bootstrap_servers: str
    client_settings: Settings
    producer_settings: Settings
    consumer_settings: Settings

    def real_name(self, name: str) -> str:
        """What a topic or group of the scenario is called on the brokers."""

    def traits(self) -> Traits:
        """What the page tells of this cluster."""

    def has_topics(self, partitions: Mapping[str, int]) -> bool:
        """Whether all of them are there already, with the records of an earlier life of the room."""

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Make the topics that are missing (name in the scenario -> number of partitions)."""

    def observe_brokers(self, observe: Observe) -> None:
        """Report the brokers and the leaders as hops: all at first, then what has changed."""

    def ends(self) -> list[PartitionOffsets]:
        """The log end of every partition, asked of the brokers."""

    def committed(self, group: str) -> list[PartitionOffsets]:
        """End and committed offset of every partition that the group has read, asked of the brokers."""

    def close(self) -> None:
        """Give everything back; topics and what is in them stay where they can. Clients must be closed before."""


def open_cluster(external: External | None = None, room: str = "") -> Cluster:
    """A room's cluster: the external one, or an embedded one of its own.

    Raises ClusterError with a sentence that says what to change.
    """
    from apps.kafka.embedded import EmbeddedCluster
    from apps.kafka.external import ExternalCluster

    return ExternalCluster(external, room) if external else EmbeddedCluster()
