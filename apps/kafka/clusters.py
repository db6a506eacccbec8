"""What a room needs of a cluster, whichever kind it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from confluent_kafka import KafkaException

from apps.kafka.choices import Settings
from apps.kafka.hops import Observe
from apps.kafka.identity import Log, Logs
from apps.kafka.peers import Peer


class ClusterError(Exception):
    """The cluster can't be had or won't do what was asked; the text is for people.

    `lasting` is true when only a change of settings can help, so that trying again is no use.
    """

    def __init__(self, message: str, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


def in_words(error: Exception) -> str:
    """What a person is told of it. The client's own exception holds a code and a name that help nobody."""
    return str(error.args[0].str()) if isinstance(error, KafkaException) else str(error)


@dataclass(frozen=True)
class PartitionOffsets:
    """One partition as the broker tells it. `committed` is the next offset to read, None before the first commit.

    `ours` is false where a client that is none of the room's set it. The log begins at `start`: what was before has
    been deleted.
    """

    topic: str
    partition: int
    end: int
    committed: int | None = None
    start: int = 0
    ours: bool = True

    @property
    def lag(self) -> int:
        """Records stored and not committed (librdkafka's `consumer_lag`), counted from 0 before the first commit."""
        return self.end - (self.committed or 0)


Place = tuple[str, int]
"""A topic and a partition."""
OURS = "kafkaviz"
"""What a member of a room leaves with each committed offset (Kafka's commit metadata), so that it is known by it."""


class Bookmark(NamedTuple):
    """A committed offset. `ours` is false where another client set it, or ours by its own timer."""

    offset: int
    ours: bool


Bookmarks = Mapping[Place, Bookmark | None]
"""None where the group has not committed."""


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


class BrokerControl(Protocol):
    """What may be done to brokers that are ours. Brokers are numbered from 1. Raises ClusterError."""

    def stop(self, broker: int) -> None:
        """Its connections are cut; others take over what it led."""

    def start(self, broker: int) -> None:
        """It is back, with the log that it had."""

    def slow(self, broker: int, milliseconds: int) -> None:
        """Each of its answers takes so much longer."""

    def brokers(self) -> list[Broker]:
        """How each is."""


@dataclass(frozen=True)
class Broker:
    number: int
    up: bool
    delay_ms: int


class Cluster(Protocol):
    """Brokers behind one bootstrap list, with the topics and groups of one room.

    The same producer and member code runs on every kind; what a kind needs set is in the settings. Raises
    ClusterError where brokers are asked and do not answer. `bootstrap_servers` is for people; clients have theirs in
    `client_settings`. `protocols` are the ways in which a group can share its partitions out, each with its settings,
    the usual one first; in those of `static_with` a member may be static. `finds_times` says whether brokers find
    the offset of a moment, `transactions` whether transactions hold what they promise, `share_groups` whether they
    have such groups. `control` is None where the brokers are not ours to stop.
    """

    kind: str
    bootstrap_servers: str
    client_settings: Settings
    producer_settings: Settings
    consumer_settings: Settings
    protocols: Mapping[str, Settings]
    static_with: tuple[str, ...]
    finds_times: bool
    transactions: bool
    share_groups: bool
    control: BrokerControl | None

    def real_name(self, name: str) -> str:
        """What a topic or group of the scenario is called on the brokers."""

    def traits(self) -> Traits:
        """What the page tells of this cluster."""

    def missing_topics(self, partitions: Mapping[str, int]) -> set[str]:
        """Those that are not there already, with the records of an earlier life of the room."""

    def create_topics(self, partitions: Mapping[str, int]) -> Mapping[str, Log]:
        """Make the topics that are missing (name in the scenario -> number of partitions).

        Returns each as it is, which may be with another number; nothing where a topic's log lasts as long as this
        object.
        """

    def look_at_logs(self) -> Logs:
        """Ask whether topics are still as they were when they were made, or found."""

    def remake_topics(self, partitions: Mapping[str, int]) -> None:
        """Make topics that were deleted, each with a log of its own."""

    def check_logs(self) -> bool:
        """The same for who has records in hand that may be of another log; raises InterruptedError if they are.

        True also if no broker answers in time: none can be made to.
        """

    def rewind(self, groups: Sequence[str], offsets: Mapping[Place, int]) -> None:
        """Have groups, which nobody is in, read on from there where their bookmarks are set behind it."""

    def expect_groups(self, groups: Sequence[str]) -> None:
        """These will be joined: a cluster without a controller of its own needs to know whom it coordinates."""

    def open_share_group(self, group: str) -> int:
        """Have it begin at the beginning of its topics; returns how often a record is delivered at most."""

    def share_out(self, group: str, topics: Sequence[str]) -> None:
        """Tell the members of a share group where to take records from, where the brokers do not by themselves."""

    def observe_brokers(self, observe: Observe) -> None:
        """Report the brokers and the leaders as hops: all at first, then what has changed."""

    def ends(self) -> list[PartitionOffsets]:
        """The log's beginning and end of every partition, asked of the brokers."""

    def bookmarks(self, groups: Sequence[str]) -> dict[str, Bookmarks]:
        """Those of each group, asked of the brokers."""

    def peers(self, groups: Sequence[str]) -> dict[str, list[Peer]]:
        """Who is in each group, asked of the brokers; nothing of one that is on the move, or where none can tell."""

    def close(self) -> None:
        """Give everything back; topics and what is in them stay where they can. Clients must be closed before."""


def open_cluster(external: External | None = None, room: str = "") -> Cluster:
    """A room's cluster: the external one, or an embedded one of its own.

    Raises ClusterError with a sentence that says what to change.
    """
    from apps.kafka.embedded import EmbeddedCluster
    from apps.kafka.external import ExternalCluster

    return ExternalCluster(external, room) if external else EmbeddedCluster()
