"""The embedded cluster: librdkafka's own mock cluster, which speaks the Kafka protocol on loopback TCP.

It comes inside the confluent-kafka wheel; this file is the only one that knows. A wrong call here can end the
process (an assert in C), which is why clusters live in runner processes and why arguments are checked first.
Its limits beside a real Kafka are told on the page and in docs/architecture.md.
"""

from __future__ import annotations

import ctypes
import functools
import threading
import time
from collections.abc import Mapping

from confluent_kafka import cimpl

from apps.kafka.admin import OffsetReader, new_admin
from apps.kafka.clusters import ClusterError, PartitionOffsets, Settings, Traits
from apps.kafka.hops import Hop, HopType, Observe, now

BROKERS = 3
_PRODUCER = 0  # rd_kafka_type_t RD_KAFKA_PRODUCER: the handle that hosts the cluster
_HEARTBEAT_MS = 250  # how fast a member of the new protocol (KIP-848) learns of a rebalance
_SESSION_MS = 2000
_CALL_GAP = 0.002  # back-to-back control calls can lose a wake-up and take a second

_void, _int, _text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
_SIGNATURES: dict[str, tuple[type | None, list[type]]] = {
    "rd_kafka_conf_new": (_void, []),
    "rd_kafka_conf_set": (_int, [_void, _text, _text, _text, ctypes.c_size_t]),
    "rd_kafka_new": (_void, [_int, _void, _text, ctypes.c_size_t]),
    "rd_kafka_destroy": (None, [_void]),
    "rd_kafka_mock_cluster_new": (_void, [_void, _int]),
    "rd_kafka_mock_cluster_destroy": (None, [_void]),
    "rd_kafka_mock_cluster_bootstraps": (_text, [_void]),
    "rd_kafka_mock_topic_create": (_int, [_void, _text, _int, _int]),
    "rd_kafka_mock_partition_set_leader": (_int, [_void, _text, ctypes.c_int32, ctypes.c_int32]),
    "rd_kafka_mock_set_group_consumer_heartbeat_interval_ms": (None, [_void, _int]),
    "rd_kafka_mock_set_group_consumer_session_timeout_ms": (None, [_void, _int]),
}


@functools.cache
def _library() -> ctypes.CDLL:
    """librdkafka as the wheel's extension module links it: the same code that the clients run."""
    try:
        library = ctypes.CDLL(cimpl.__file__)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise ClusterError(
            "The embedded cluster was not found in the installed confluent-kafka package "
            f"({error}). Install the wheel for Linux or macOS, or set KAFKA_BOOTSTRAP_SERVERS."
        ) from error
    return library


class EmbeddedCluster:
    """Three brokers of one room, in this process. Opens in milliseconds; the log lives in memory."""

    kind = "embedded"
    producer_settings: Settings = {
        "retry.backoff.ms": 50,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,
        "message.timeout.ms": 10000,
        "topic.metadata.refresh.interval.ms": 5000,
    }
    consumer_settings: Settings = {
        "group.protocol": "consumer",
        # The mock does not wake a waiting fetch when data comes: this wait is the latency of a poll.
        "fetch.wait.max.ms": 50,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,
        "topic.metadata.refresh.interval.ms": 5000,
    }

    def __init__(self, brokers: int = BROKERS) -> None:
        self._lib = _library()
        self._lock = threading.Lock()
        self._host = self._new_host()
        self._cluster = self._lib.rd_kafka_mock_cluster_new(self._host, brokers)
        if not self._cluster:
            self._lib.rd_kafka_destroy(self._host)
            raise ClusterError("The embedded cluster could not open its ports on this machine.")
        self._brokers = brokers
        self._partitions: list[tuple[str, int]] = []
        self.bootstrap_servers: str = self._lib.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        self._lib.rd_kafka_mock_set_group_consumer_heartbeat_interval_ms(self._cluster, _HEARTBEAT_MS)
        self._lib.rd_kafka_mock_set_group_consumer_session_timeout_ms(self._cluster, _SESSION_MS)
        self.client_settings: Settings = {"bootstrap.servers": self.bootstrap_servers}
        self._offsets = OffsetReader(new_admin(self.client_settings))
        self._observed = False

    def _new_host(self) -> int:
        reason = ctypes.create_string_buffer(512)
        settings = self._lib.rd_kafka_conf_new()
        # The host needs no brokers; without this it says so on stderr.
        self._lib.rd_kafka_conf_set(settings, b"log_level", b"2", reason, len(reason))
        host = self._lib.rd_kafka_new(_PRODUCER, settings, reason, len(reason))
        if not host:
            raise ClusterError(f"The embedded cluster did not start: {reason.value.decode()}")
        return int(host)

    def real_name(self, name: str) -> str:
        """The cluster is the room's own, so names need no prefix."""
        return name

    def traits(self) -> Traits:
        facts = {"brokers": self._brokers, "replication": self._brokers, "group_protocol": "consumer"}
        return Traits(facts, ("durable-log", "elections", "guarantees"))

    def has_topics(self, partitions: Mapping[str, int]) -> bool:
        """Never before they are made: the log began with this object."""
        made = {topic for topic, _ in self._partitions}
        return made >= set(partitions)

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Leaders are dealt round the brokers: the mock would choose them at random."""
        for topic, count in partitions.items():
            if self.has_topics({topic: count}):
                continue
            if not 1 <= count <= 64:
                raise ClusterError(f"A topic has 1 to 64 partitions, not {count}.")
            self._call("rd_kafka_mock_topic_create", topic.encode(), count, self._brokers)
            for number in range(count):
                self._call("rd_kafka_mock_partition_set_leader", topic.encode(), number, self._leader(number))
                self._partitions.append((topic, number))

    def _leader(self, partition: int) -> int:
        return partition % self._brokers + 1

    def _call(self, name: str, *arguments: bytes | int) -> None:
        with self._lock:
            error = getattr(self._lib, name)(self._cluster, *arguments)
            time.sleep(_CALL_GAP)
        if error:
            raise ClusterError(f"The embedded cluster refused {name} (librdkafka error {error}).")

    def observe_brokers(self, observe: Observe) -> None:
        """What we set ourselves, as the controller that this cluster lacks; nothing else ever changes it."""
        if self._observed:
            return
        self._observed = True
        for broker, host in enumerate(self.bootstrap_servers.split(","), start=1):
            observe(Hop(HopType.BROKER_UP, f"broker-{broker}", now(), data={"host": host}))
        for topic, number in self._partitions:
            observe(
                Hop(HopType.LEADER, f"broker-{self._leader(number)}", now(), topic=topic, partition=number)
            )

    def ends(self) -> list[PartitionOffsets]:
        ends = self._offsets.ends(self._partitions)
        return [PartitionOffsets(topic, number, ends[topic, number]) for topic, number in self._partitions]

    def committed(self, group: str) -> list[PartitionOffsets]:
        committed = self._offsets.committed(group, self._partitions)
        ends = self._offsets.ends(self._partitions)
        return [
            PartitionOffsets(topic, number, ends[topic, number], committed.get((topic, number)))
            for topic, number in self._partitions
        ]

    def close(self) -> None:
        """The cluster before its host: the other order aborts the process."""
        if self._cluster:
            del self._offsets  # an AdminClient ends with its last reference
            self._lib.rd_kafka_mock_cluster_destroy(self._cluster)
            self._lib.rd_kafka_destroy(self._host)
            self._cluster = None
