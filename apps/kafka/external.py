"""An external cluster: any real Kafka. Topics and groups carry the room's prefix; the log outlives this process."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ClusterMetadata  # type: ignore[attr-defined]

from apps.kafka.admin import TIMEOUT, EndReader, answered, new_admin
from apps.kafka.bookmarks import BookmarkReader
from apps.kafka.choices import Settings
from apps.kafka.clusters import (
    Bookmarks,
    BrokerControl,
    ClusterError,
    External,
    PartitionOffsets,
    Place,
    Traits,
    in_words,
)
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.identity import Identity, Log, Logs
from apps.kafka.peers import Peer, describer_of
from apps.kafka.sharegroups import delivery_limit, forget, from_the_beginning, turned_on
from apps.kafka.survey import group_protocol, survey
from apps.kafka.topics import RoomTopics, least_in_sync

logger = logging.getLogger(__name__)

_CHECK_SHARES = "check-shares"
_AGAIN = (0.1, 0.3, 0.6)
_PROMPT = 2.0
"""Seconds for which a member waits to hear whether a log is the same: it has records in hand."""
_SILENT = 2
"""Questions in a row without an answer before we say that no broker answers: one may be lost with its broker."""


class ExternalCluster:
    """A room's part of a Kafka that is not ours."""

    kind = "external"
    finds_times = True
    transactions = True
    static_with: tuple[str, ...] = ("consumer", "range", "cooperative-sticky")
    control: BrokerControl | None = None

    def __init__(self, external: External, room: str) -> None:
        self._external = external
        self._survey = survey(external)
        self._room = room
        self.share_groups = False
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
        self._end_reader = EndReader(self._admin)
        self._bookmark_reader = BookmarkReader(self.client_settings)
        self._topics = RoomTopics(self._admin, external, self._survey)
        self._own: dict[str, str] = {}
        self._logs: dict[str, Log] = {}
        self._identity = Identity({})
        self.protocols: Mapping[str, Settings] = _CLASSIC
        self._watch = _BrokerWatch(self._admin)
        self._describer = describer_of(self.client_settings)

    def real_name(self, name: str) -> str:
        return f"{self._external.prefix}.{self._room}.{name}"

    def traits(self) -> Traits:
        found = self._survey
        lacks = ["stop-brokers"]
        if "consumer" not in self.protocols:
            lacks.append("consumer-protocol")
        if not self.share_groups:
            lacks.append("share-groups")
        if found.replication == 1:
            lacks.append("copies")
        facts = {
            "brokers": found.brokers,
            "replication": found.replication,
            "group_protocol": next(iter(self.protocols)),
            "retention": self._external.retention,
        }
        return Traits(facts, tuple(lacks))

    def missing_topics(self, partitions: Mapping[str, int]) -> set[str]:
        missing = self._topics.missing(self._really(partitions))
        return {topic for topic in partitions if self.real_name(topic) in missing}

    def create_topics(self, partitions: Mapping[str, int]) -> Mapping[str, Log]:
        if not partitions.keys() <= self._logs.keys():
            self._own |= {self.real_name(topic): topic for topic in partitions}
            self._logs |= self._ours(self._topics.create(self._really(partitions)))
            self._identity = Identity(self._logs)
            self._choose_protocol()
        return {topic: self._logs[topic] for topic in partitions}

    def look_at_logs(self) -> Logs:
        return self._identity.see(self._ask_logs(TIMEOUT))

    def remake_topics(self, partitions: Mapping[str, int]) -> None:
        self._topics.create(self._really(partitions))

    def check_logs(self) -> bool:
        try:
            changed = self._identity.differs(self._ask_logs(_PROMPT))
        except ClusterError:
            logger.info("Nobody tells whether the logs of room %s are the same", self._room, exc_info=True)
            return True
        if changed:
            raise InterruptedError
        return True

    def _ask_logs(self, timeout: float) -> dict[str, Log]:
        return self._ours(self._topics.described(list(self._own), timeout))

    def _ours(self, logs: Mapping[str, Log]) -> dict[str, Log]:
        return {self._own[name]: log for name, log in logs.items()}

    def rewind(self, groups: Sequence[str], offsets: Mapping[Place, int]) -> None:
        real = {(self.real_name(topic), number): offset for (topic, number), offset in offsets.items()}
        for group in groups:
            self._bookmark_reader.rewind(self.real_name(group), real)

    def _really(self, partitions: Mapping[str, int]) -> dict[str, int]:
        return {self.real_name(topic): count for topic, count in partitions.items()}

    def _choose_protocol(self) -> None:
        protocol = group_protocol(
            self._external, self._survey, next(iter(self._own)), self.real_name("check")
        )
        self.protocols = {**_MODERN, **_CLASSIC} if protocol == "consumer" else _CLASSIC
        known = self._survey.share_groups
        self.share_groups = known and turned_on(self._external, self.real_name(_CHECK_SHARES))

    def expect_groups(self, groups: Sequence[str]) -> None:
        """Kafka's own controller does that."""

    def open_share_group(self, group: str) -> int:
        from_the_beginning(self._admin, self.real_name(group))
        return delivery_limit(self._admin)

    def share_out(self, group: str, topics: Sequence[str]) -> None:
        """Kafka's own coordinator does that."""

    def observe_brokers(self, observe: Observe) -> None:
        self._watch.look(self._own, observe)

    def ends(self) -> list[PartitionOffsets]:
        starts, ends = self._log_bounds()
        return [
            PartitionOffsets(*place, ends[real], start=starts[real])
            for place, real in zip(self._places(), self._real(), strict=True)
        ]

    def bookmarks(self, groups: Sequence[str]) -> dict[str, Bookmarks]:
        found = {group: self._bookmark_reader.of(self.real_name(group), self._real()) for group in groups}
        return {
            group: {(self._own[topic], number): offset for (topic, number), offset in places.items()}
            for group, places in found.items()
        }

    def peers(self, groups: Sequence[str]) -> dict[str, list[Peer]]:
        found = self._describer.ask([self.real_name(group) for group in groups])
        return {
            group: [_within(peer, self._own) for peer in found[self.real_name(group)]]
            for group in groups
            if self.real_name(group) in found
        }

    def _log_bounds(self) -> tuple[dict[Place, int], dict[Place, int]]:
        """Asked again for a moment: not every broker knows of a topic, or of a leader, as soon as it is new."""
        for wait in _AGAIN:
            try:
                return self._ask_bounds()
            except ClusterError:
                time.sleep(wait)
        return self._ask_bounds()

    def _ask_bounds(self) -> tuple[dict[Place, int], dict[Place, int]]:
        """Where the logs begin, then where they end, so that none can have got shorter than nothing."""
        return self._end_reader.starts(self._real()), self._end_reader.ends(self._real())

    def _places(self) -> list[Place]:
        return [(topic, number) for topic, log in self._logs.items() for number in range(log.partitions)]

    def _real(self) -> list[Place]:
        return [(self.real_name(topic), number) for topic, number in self._places()]

    def close(self) -> None:
        """Topics, groups and their offsets stay: the room may come back to them."""
        for asking in (self._watch, self._end_reader, self._topics):
            asking.close()
        del self._watch, self._topics, self._end_reader, self._admin
        self._bookmark_reader.close()


def _within(peer: Peer, own: Mapping[str, str]) -> Peer:
    """What it has of this room's topics."""
    places = tuple((own[topic], number) for topic, number in peer.places if topic in own)
    return Peer(peer.id, peer.client, places)


def forget_room(external: External, room: str, share_groups: Sequence[str] = ()) -> None:
    """Delete a room's topics and groups. Raises ClusterError if the brokers do not do it.

    `share_groups` are those that it may have had: the client does not list such groups.
    """
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
        raise ClusterError(f"The topics of room {room} could not be found: {in_words(error)}") from error
    for name, deletion in deletions.items():
        answered(deletion, f"that {name} is deleted")
    forget(admin, [begin + name for name in (*share_groups, _CHECK_SHARES)])


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
                why = f"No broker answers: {in_words(error)}"
                observe(Hop(HopType.FAIL, "brokers", now(), error=why))
            return
        self._silent = 0
        for hop in [*self._broker_hops(found), *self._partition_hops(found)]:
            key = hop.compaction_key
            known = self._told.get(key)
            if not known or (known.type, known.source, known.data) != (hop.type, hop.source, hop.data):
                self._told[key] = hop
                observe(hop)

    def close(self) -> None:
        """As `EndReader.close`."""
        del self._admin

    def _broker_hops(self, found: list[tuple[str, ClusterMetadata]]) -> list[Hop]:
        """A broker that was down before we came is known by the replicas that it should have."""
        brokers = found[-1][1].brokers.values()
        up = {f"broker-{node.id}": {"host": f"{node.host}:{node.port}"} for node in brokers}
        self._known = {**{name: {"host": ""} for name in _keepers(found)}, **self._known, **up}
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
                data: dict[str, Any] = {
                    "in_sync": sorted(partition.isrs),
                    "replicas": list(partition.replicas),
                }
                least = least_in_sync(len(partition.replicas))
                if len(partition.isrs) < least:
                    data["min_in_sync"] = least
                where = (topic, partition.id)
                hops.append(Hop(HopType.LEADER, leader, now(), *where))
                hops.append(Hop(HopType.ISR, leader, now(), *where, data=data))
        return hops


def _keepers(found: list[tuple[str, ClusterMetadata]]) -> set[str]:
    """Names of the brokers that are to have replicas of these topics."""
    return {
        f"broker-{number}"
        for _topic, cluster in found
        for topic in cluster.topics.values()
        for partition in topic.partitions.values()
        for number in partition.replicas
    }


_MODERN: Mapping[str, Settings] = {"consumer": {"group.protocol": "consumer"}}
_TIMES: Settings = {
    # The least that brokers allow unless told otherwise (group.min.session.timeout.ms).
    "session.timeout.ms": 6000,
    "heartbeat.interval.ms": 2000,
}
_CLASSIC: Mapping[str, Settings] = {
    strategy: {"group.protocol": "classic", "partition.assignment.strategy": strategy, **_TIMES}
    for strategy in ("cooperative-sticky", "range")
}
