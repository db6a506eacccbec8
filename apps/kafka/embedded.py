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
from collections.abc import Mapping, Sequence

from confluent_kafka import cimpl

from apps.kafka.admin import EndReader, new_admin
from apps.kafka.assignor import shared_out
from apps.kafka.bookmarks import BookmarkReader
from apps.kafka.choices import Settings
from apps.kafka.clusters import Bookmarks, BrokerControl, ClusterError, PartitionOffsets, Place, Traits
from apps.kafka.controller import Controller
from apps.kafka.hops import Observe
from apps.kafka.identity import MOST_PARTITIONS, Log, Logs
from apps.kafka.peers import Peer

BROKERS = 3
_EARLIEST = 1  # of rd_kafka_mock_sharegroup_set_auto_offset_reset; 0 is the end
_PRODUCER = 0  # rd_kafka_type_t RD_KAFKA_PRODUCER: the handle that hosts the cluster
_HEARTBEAT_MS = 250  # how fast a member of the new protocol (KIP-848) learns of a rebalance
_SESSION_MS = 2000
_SHARE_HEARTBEAT_MS = 100
_LOCK_MS = 3000  # how long a record stays with the member of a share group that took it
_DELIVERIES = 5  # Kafka's own default
_SETTLED = 3 * _SHARE_HEARTBEAT_MS / 1000  # a member that misses one of two assignments is thrown out
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
    "rd_kafka_mock_broker_set_down": (_int, [_void, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_up": (_int, [_void, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_rtt": (_int, [_void, ctypes.c_int32, _int]),
    "rd_kafka_mock_coordinator_set": (_int, [_void, _text, _text, ctypes.c_int32]),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [_void, ctypes.c_int32]),
    "rd_kafka_mock_partition_set_leader": (_int, [_void, _text, ctypes.c_int32, ctypes.c_int32]),
    "rd_kafka_mock_set_group_consumer_heartbeat_interval_ms": (None, [_void, _int]),
    "rd_kafka_mock_set_group_consumer_session_timeout_ms": (None, [_void, _int]),
    "rd_kafka_mock_sharegroup_set_auto_offset_reset": (None, [_void, _int]),
    "rd_kafka_mock_sharegroup_set_heartbeat_interval": (None, [_void, _int]),
    "rd_kafka_mock_sharegroup_set_session_timeout": (None, [_void, _int]),
    "rd_kafka_mock_sharegroup_set_record_lock_duration": (None, [_void, _int]),
    "rd_kafka_mock_sharegroup_set_max_delivery_attempts": (None, [_void, _int]),
    "rd_kafka_mock_sharegroup_get_member_ids": (
        _int,
        [_void, _text, ctypes.POINTER(ctypes.POINTER(_void)), ctypes.POINTER(ctypes.c_size_t)],
    ),
    "rd_kafka_mock_sharegroup_target_assignment": (
        None,
        [_void, _text, ctypes.POINTER(_text), ctypes.POINTER(_void), ctypes.c_size_t],
    ),
    "rd_kafka_mem_free": (None, [_void, _void]),
    "rd_kafka_topic_partition_list_new": (_void, [_int]),
    "rd_kafka_topic_partition_list_add": (_void, [_void, _text, ctypes.c_int32]),
    "rd_kafka_topic_partition_list_destroy": (None, [_void]),
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
        # The mock does not wake a waiting fetch when data comes: this wait is the latency of a poll.
        "fetch.wait.max.ms": 50,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,
        "topic.metadata.refresh.interval.ms": 5000,
    }
    # A classic group on the mock stands still for its session timeout less a second at each rebalance.
    protocols: Mapping[str, Settings] = {
        "consumer": {"group.protocol": "consumer"},
        **{
            strategy: {
                "group.protocol": "classic",
                "partition.assignment.strategy": strategy,
                "session.timeout.ms": 1500,
                "heartbeat.interval.ms": 100,
            }
            for strategy in ("cooperative-sticky", "range")
        },
    }
    finds_times = False
    transactions = False
    share_groups = True
    static_with: tuple[str, ...] = ("consumer",)

    def __init__(self, brokers: int = BROKERS) -> None:
        self._lib = _library()
        self._lock = threading.Lock()
        self._host = self._new_host()
        self._cluster = self._lib.rd_kafka_mock_cluster_new(self._host, brokers)
        if not self._cluster:
            self._lib.rd_kafka_destroy(self._host)
            raise ClusterError("The embedded cluster could not open its ports on this machine.")
        self.bootstrap_servers: str = self._lib.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        self._lib.rd_kafka_mock_set_group_consumer_heartbeat_interval_ms(self._cluster, _HEARTBEAT_MS)
        self._lib.rd_kafka_mock_set_group_consumer_session_timeout_ms(self._cluster, _SESSION_MS)
        self._lib.rd_kafka_mock_sharegroup_set_auto_offset_reset(self._cluster, _EARLIEST)
        self._lib.rd_kafka_mock_sharegroup_set_heartbeat_interval(self._cluster, _SHARE_HEARTBEAT_MS)
        # Here a lock ends with the session at the latest, and a session with the last fetch.
        self._lib.rd_kafka_mock_sharegroup_set_session_timeout(self._cluster, _LOCK_MS)
        self._lib.rd_kafka_mock_sharegroup_set_record_lock_duration(self._cluster, _LOCK_MS)
        self._lib.rd_kafka_mock_sharegroup_set_max_delivery_attempts(self._cluster, _DELIVERIES)
        self._shared: dict[str, tuple[list[str], float]] = {}
        # A first join that waits longer than a session lasts would never end.
        self._lib.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        self._controller = Controller(self._call, self.bootstrap_servers.split(","))
        self.control: BrokerControl | None = self._controller
        self._brokers = brokers
        self.client_settings: Settings = {"bootstrap.servers": self.bootstrap_servers}
        self._bookmark_reader = BookmarkReader(self.client_settings)
        self._refresh()

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
        facts = {"brokers": self._brokers, "one_log": True, "group_protocol": "consumer"}
        return Traits(facts, ("durable-log", "elections", "guarantees"))

    def missing_topics(self, partitions: Mapping[str, int]) -> set[str]:
        """All before they are made: the log began with this object."""
        return set(partitions) - {topic for topic, _ in self._controller.places}

    def create_topics(self, partitions: Mapping[str, int]) -> Mapping[str, Log]:
        missing = self.missing_topics(partitions)
        for topic, count in partitions.items():
            if topic not in missing:
                continue
            if not 1 <= count <= MOST_PARTITIONS:
                raise ClusterError(f"A topic has 1 to {MOST_PARTITIONS} partitions, not {count}.")
            self._call("rd_kafka_mock_topic_create", topic.encode(), count, self._brokers)
            for number in range(count):
                self._controller.add_partition(topic, number)
        return {}

    def look_at_logs(self) -> Logs:
        """Nobody can delete a topic."""
        return Logs()

    def remake_topics(self, partitions: Mapping[str, int]) -> None:
        """Never needed."""

    def check_logs(self) -> bool:
        return True

    def rewind(self, groups: Sequence[str], offsets: Mapping[Place, int]) -> None:
        """Never needed: bookmarks last as long as the logs."""

    def expect_groups(self, groups: Sequence[str]) -> None:
        for group in groups:
            self._controller.add_group(group)

    def open_share_group(self, group: str) -> int:
        """Every share group of this cluster begins at the beginning."""
        return _DELIVERIES

    def share_out(self, group: str, topics: Sequence[str]) -> None:
        """By itself the cluster gives each partition to one member only. To be called again and again."""
        with self._lock:
            if not self._cluster:
                return
            members = self._members(group)
            known, since = self._shared.get(group, ([], 0.0))
            if members == known or time.monotonic() - since < _SETTLED:
                return
            self._shared[group] = members, time.monotonic()
            self._assign(group, shared_out(members, [p for p in self._controller.places if p[0] in topics]))

    def _members(self, group: str) -> list[str]:
        """As the brokers know them by now."""
        found, count = ctypes.POINTER(_void)(), ctypes.c_size_t()
        self._lib.rd_kafka_mock_sharegroup_get_member_ids(
            self._cluster, group.encode(), ctypes.byref(found), ctypes.byref(count)
        )
        texts = [found[index] for index in range(count.value)]
        members = [ctypes.string_at(text).decode() for text in texts]
        for memory in (*texts, found):
            self._lib.rd_kafka_mem_free(None, memory)
        return members

    def _assign(self, group: str, given: Mapping[str, Sequence[tuple[str, int]]]) -> None:
        lists = [self._partition_list(places) for places in given.values()]
        names = (_text * len(given))(*(member.encode() for member in given))
        self._lib.rd_kafka_mock_sharegroup_target_assignment(
            self._cluster, group.encode(), names, (_void * len(lists))(*lists), len(lists)
        )
        for one in lists:
            self._lib.rd_kafka_topic_partition_list_destroy(one)

    def _partition_list(self, places: Sequence[tuple[str, int]]) -> int:
        made: int = self._lib.rd_kafka_topic_partition_list_new(len(places))
        for topic, partition in places:
            self._lib.rd_kafka_topic_partition_list_add(made, topic.encode(), partition)
        return made

    def _call(self, name: str, *arguments: bytes | int) -> None:
        with self._lock:
            if not self._cluster:
                # The library would take the whole process with it.
                raise ClusterError("The embedded cluster is closed.")
            error = getattr(self._lib, name)(self._cluster, *arguments)
            time.sleep(_CALL_GAP)
        if error:
            raise ClusterError(f"The embedded cluster refused {name} (librdkafka error {error}).")

    def observe_brokers(self, observe: Observe) -> None:
        """What we set ourselves, as the controller that this cluster lacks; nothing else ever changes it."""
        if self._controller.tell(observe) and any(broker.up for broker in self._controller.brokers()):
            self._refresh()

    def _refresh(self) -> None:
        """An AdminClient would ask a leader for minutes that is one no more: a new one."""
        self._end_reader = EndReader(new_admin(self.client_settings))

    def ends(self) -> list[PartitionOffsets]:
        places = self._controller.places
        starts = self._end_reader.starts(places)
        ends = self._end_reader.ends(places)
        return [PartitionOffsets(*place, ends[place], start=starts[place]) for place in places]

    def bookmarks(self, groups: Sequence[str]) -> dict[str, Bookmarks]:
        return {group: self._bookmark_reader.of(group, self._controller.places) for group in groups}

    def peers(self, groups: Sequence[str]) -> dict[str, list[Peer]]:
        """The mock answers no such request."""
        return {}

    def close(self) -> None:
        """Once, whoever else does or uses it meanwhile. The cluster before its host: the other order aborts."""
        with self._lock:
            cluster, self._cluster = self._cluster, None
        if cluster:
            self._bookmark_reader.close()
            self._end_reader.close()
            self._lib.rd_kafka_mock_cluster_destroy(cluster)
            self._lib.rd_kafka_destroy(self._host)


def warm_up() -> None:
    """What a process's first cluster and its clients cost once, before somebody waits for them. Raises ClusterError."""
    cluster = EmbeddedCluster()
    try:
        cluster.create_topics({"warm-up": 1})
        cluster.bookmarks(["warm-up"])
    finally:
        cluster.close()
