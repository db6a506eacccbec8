"""An external cluster: any real Kafka. Topics and groups carry the room's prefix; the log outlives this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ClusterMetadata  # type: ignore[attr-defined]

from apps.kafka.admin import TIMEOUT, OffsetReader, answered, new_admin
from apps.kafka.clusters import ClusterError, External, PartitionOffsets, Settings, Traits
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.survey import group_protocol, survey
from apps.kafka.topics import RoomTopics

_AGAIN = (0.1, 0.3, 0.6)
_SILENT = 2
"""Questions in a row without an answer before we say that no broker answers: one may be lost with its broker."""
_BOOKMARK_TIMEOUT = 2.0
Place = tuple[str, int]


class ExternalCluster:
    """A room's part of a Kafka that is not ours."""

    kind = "external"

    def __init__(self, external: External, room: str) -> None:
        self._external = external
        self._survey = survey(external)
        self._room = room
        self.bootstrap_servers = external.shown
        self.client_settings: Settings = external.client_settings
        self.producer_settings: Settings = {
            "enable.idempotence": True,
            # As the Java client's delivery.timeout.ms: brokers may be away for so long without a loss.
            "message.timeout.ms": 120_000,
            "reconnect.backoff.max.ms": 1000,
        }
        self.consumer_settings: Settings = {"reconnect.backoff.max.ms": 1000}
        self._admin = new_admin(self.client_settings)
        self._offsets = OffsetReader(self._admin)
        self._bookmarks = _Bookmarks(self.client_settings)
        self._topics = RoomTopics(self._admin, external, self._survey)
        self._counted: dict[str, int] = {}
        self._own: dict[str, str] = {}
        self._protocol = ""
        self._watch = _BrokerWatch(self._admin)

    def real_name(self, name: str) -> str:
        return f"{self._external.prefix}.{self._room}.{name}"

    def traits(self) -> Traits:
        found = self._survey
        lacks = ["stop-brokers"]
        if self._protocol == "classic":
            lacks.append("consumer-protocol")
        if not found.share_groups:
            lacks.append("share-groups")
        if found.replication == 1:
            lacks.append("copies")
        facts = {
            "brokers": found.brokers,
            "replication": found.replication,
            "group_protocol": self._protocol,
            "retention": self._external.retention,
        }
        return Traits(facts, tuple(lacks))

    def has_topics(self, partitions: Mapping[str, int]) -> bool:
        return self._topics.exist(self._really(partitions))

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        self._topics.create(self._really(partitions))
        self._counted |= partitions
        self._own |= {self.real_name(topic): topic for topic in partitions}
        self._choose_protocol()

    def _really(self, partitions: Mapping[str, int]) -> dict[str, int]:
        return {self.real_name(topic): count for topic, count in partitions.items()}

    def _choose_protocol(self) -> None:
        self._protocol = group_protocol(
            self._external, self._survey, next(iter(self._own)), self.real_name("check")
        )
        self.consumer_settings = {**_GROUP_SETTINGS[self._protocol], **self.consumer_settings}

    def observe_brokers(self, observe: Observe) -> None:
        self._watch.look(self._own, observe)

    def ends(self) -> list[PartitionOffsets]:
        ends = self._log_ends()
        return [
            PartitionOffsets(topic, number, ends[self.real_name(topic), number])
            for topic, number in self._places()
        ]

    def committed(self, group: str) -> list[PartitionOffsets]:
        places = self._real()
        committed = self._bookmarks.of(self.real_name(group), places)
        ends = self._log_ends()
        return [
            PartitionOffsets(self._own[topic], number, ends[topic, number], committed.get((topic, number)))
            for topic, number in places
        ]

    def _log_ends(self) -> dict[Place, int]:
        """Asked again for a moment: not every broker knows of a topic, or of a leader, as soon as it is new."""
        for wait in _AGAIN:
            try:
                return self._offsets.ends(self._real())
            except ClusterError:
                time.sleep(wait)
        return self._offsets.ends(self._real())

    def _places(self) -> list[Place]:
        return [(topic, number) for topic, count in self._counted.items() for number in range(count)]

    def _real(self) -> list[Place]:
        return [(self.real_name(topic), number) for topic, number in self._places()]

    def close(self) -> None:
        """Topics, groups and their offsets stay: the room may come back to them."""
        del (
            self._watch,
            self._topics,
            self._offsets,
            self._admin,
        )  # an AdminClient ends with its last reference
        self._bookmarks.close()


def forget_room(external: External, room: str) -> None:
    """Delete a room's topics and groups. Raises ClusterError if the brokers do not do it."""
    admin = new_admin(external.client_settings)
    begin = f"{external.prefix}.{room}."
    try:
        topics = [name for name in admin.list_topics(timeout=TIMEOUT).topics if name.startswith(begin)]
        listed = admin.list_consumer_groups(request_timeout=TIMEOUT).result(TIMEOUT + 1)
        groups = [group.group_id for group in listed.valid if group.group_id.startswith(begin)]
        deletions = {
            **(admin.delete_topics(topics, operation_timeout=TIMEOUT) if topics else {}),
            **(admin.delete_consumer_groups(groups, request_timeout=TIMEOUT) if groups else {}),
        }
    except KafkaException as error:
        raise ClusterError(f"The topics of room {room} could not be found: {error.args[0].str()}") from error
    for name, deletion in deletions.items():
        answered(deletion, f"that {name} is deleted")


class _Bookmarks:
    """Committed offsets, each group's asked by a consumer of that group which never joins it.

    Not by the AdminClient: there librdkafka ends the process when a group's coordinator has moved to another broker,
    as it does whenever a broker restarts (https://github.com/confluentinc/librdkafka/issues/5040).
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumers: dict[str, Consumer] = {}
        self._lock = threading.Lock()

    def of(self, group: str, places: Sequence[Place]) -> dict[Place, int | None]:
        """None where the group has not committed. Raises ClusterError."""
        asked = [TopicPartition(topic, number) for topic, number in places]
        with self._lock:
            try:
                found = self._consumer(group).committed(asked, timeout=_BOOKMARK_TIMEOUT)
            except KafkaException as error:
                raise ClusterError(
                    f"The brokers did not tell the offsets of {group}: {error.args[0].str()}"
                ) from error
        return {(tp.topic, tp.partition): tp.offset if tp.offset >= 0 else None for tp in found}

    def _consumer(self, group: str) -> Consumer:
        if group not in self._consumers:
            own = {"group.id": group, "enable.auto.commit": False, "log_level": 2}
            self._consumers[group] = Consumer({**self._settings, **own})
        return self._consumers[group]

    def close(self) -> None:
        with self._lock:
            for consumer in self._consumers.values():
                consumer.close()
            self._consumers.clear()


class _BrokerWatch:
    """Asks for brokers, leaders and in-sync replicas, and reports what has changed since it was asked last.

    By Metadata requests, which any broker answers: the client puts describe_cluster and describe_topics to the one
    that it takes for the controller, and waits for it without end when that is the one which is down.
    """

    def __init__(self, admin: AdminClient) -> None:
        self._admin = admin
        self._told: dict[Any, Hop] = {}
        self._known: dict[str, dict[str, str]] = {}
        self._silent = 0

    def look(self, topics: Mapping[str, str], observe: Observe) -> None:
        """`topics`: real name -> name in the scenario."""
        try:
            found = [(topics[name], self._admin.list_topics(name, timeout=TIMEOUT)) for name in topics]
        except KafkaException as error:
            self._silent += 1
            if self._silent == _SILENT:
                self._told.clear()
                why = f"No broker answers: {error.args[0].str()}"
                observe(Hop(HopType.FAIL, "brokers", now(), error=why))
            return
        self._silent = 0
        for hop in [*self._broker_hops(found[-1][1]), *self._partition_hops(found)]:
            key = hop.compaction_key
            known = self._told.get(key)
            if not known or (known.type, known.source, known.data) != (hop.type, hop.source, hop.data):
                self._told[key] = hop
                observe(hop)

    def _broker_hops(self, cluster: ClusterMetadata) -> list[Hop]:
        up = {f"broker-{node.id}": {"host": f"{node.host}:{node.port}"} for node in cluster.brokers.values()}
        self._known |= up
        gone = {name: data for name, data in self._known.items() if name not in up}
        return [
            *(Hop(HopType.BROKER_UP, name, now(), data=data) for name, data in sorted(up.items())),
            *(Hop(HopType.BROKER_DOWN, name, now(), data=data) for name, data in sorted(gone.items())),
        ]

    def _partition_hops(self, found: list[tuple[str, ClusterMetadata]]) -> list[Hop]:
        hops = []
        for topic, cluster in found:
            for partition in next(iter(cluster.topics.values())).partitions.values():
                leader = f"broker-{partition.leader}" if partition.leader >= 0 else "none"
                data = {"in_sync": sorted(partition.isrs), "replicas": sorted(partition.replicas)}
                where = (topic, partition.id)
                hops.append(Hop(HopType.LEADER, leader, now(), *where))
                hops.append(Hop(HopType.ISR, leader, now(), *where, data=data))
        return hops


_GROUP_SETTINGS: Mapping[str, Settings] = {
    "consumer": {"group.protocol": "consumer"},
    "classic": {
        "group.protocol": "classic",
        "partition.assignment.strategy": "cooperative-sticky",
        # The least that brokers allow unless told otherwise (group.min.session.timeout.ms).
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 2000,
    },
}
