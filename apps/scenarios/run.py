"""One scenario on one cluster: the producer, the groups and what people do to them."""

from __future__ import annotations

import functools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.kafka.clusters import Cluster, PartitionOffsets
from apps.kafka.headers import new_trace
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.member import GroupMember
from apps.kafka.producer import Outgoing, QueueFull, RoomProducer, Totals
from apps.kafka.received import Received
from apps.kafka.sampling import Sampler
from apps.scenarios.base import Action, ConsumerGroup, Record, Scenario
from apps.scenarios.crowd import Crowd
from apps.scenarios.followups import FollowUps
from apps.scenarios.store import Store

PRODUCER, CROWD = "app", "crowd"
_CROWD_SETTINGS = {"linger.ms": 50, "batch.size": 500_000}
"""Large batches: the embedded cluster hands out one at a time, and looks for it from the start of its log."""
CROWD_SECONDS = 300
_LEAVING = 8.0
_ROUND_TRIP = 5.0
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_LOOK_BACK = 100
_MOST_LAG = 40_000
"""The embedded log keeps 5 MiB a partition: a crowd that outran the groups by more would overwrite unread records."""


class Refused(Exception):
    """What was asked can't be done; `code` is for programs and the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Accepted:
    """An action's record was handed to the producer. `card` is the projection to watch."""

    trace: str
    key: str | None
    card: str


class ScenarioRun:
    """Owns the clients of one room. Methods may be called from any thread but block for milliseconds to seconds.

    `continued`: the topics hold the records of an earlier life of the room. Raises ClusterError.
    """

    def __init__(
        self,
        scenario: Scenario,
        cluster: Cluster,
        store: Store,
        observe: Observe,
        room: str,
        member_limit: int,
        continued: bool = False,
    ) -> None:
        self.scenario, self.cluster, self._store, self._room = scenario, cluster, store, room
        self._limit, self._feed = member_limit, observe
        self._random = random.Random(random.SystemRandom().getrandbits(64))
        self._sampler, self._crowd_sampler = Sampler(), Sampler(per_second=1, burst=4)
        self._counts: Counter[tuple[str, str | None]] = Counter()
        self._numbers: Counter[str] = Counter()
        self._sampled: dict[tuple[str, str, int], PartitionOffsets] = {}
        self._crowd: Crowd | None = None
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._patience = float(cluster.producer_settings["message.timeout.ms"]) / 1000 + _ROUND_TRIP
        cluster.create_topics({topic.name: topic.partitions for topic in scenario.topics})
        if continued:
            self._take_up()
        self.look()
        totals = Totals()
        self._producer = RoomProducer(cluster, room, self._observe, PRODUCER, totals)
        self._crowd_producer = RoomProducer(cluster, room, self._observe, CROWD, totals, **_CROWD_SETTINGS)
        self._members: dict[str, list[GroupMember]] = {group.name: [] for group in scenario.groups}
        for group in scenario.groups:
            for _ in range(group.members):
                self.add_member(group.name)

    def _take_up(self) -> None:
        """Count on from what the brokers hold."""
        for found in self.ends():
            self._counts[found.topic, None] += found.end
        for group, offsets in self.committed().items():
            for found in offsets:
                self._counts[found.topic, group] += found.committed or 0

    @property
    def settings(self) -> dict[str, Mapping[str, Any]]:
        """The client settings in force that differ from the client's own defaults."""
        consumer = next(iter(self._members.values()))
        return {"producer": self._producer.settings, "consumer": consumer[0].settings if consumer else {}}

    @property
    def crowd_rate(self) -> int:
        """Records a second asked of the crowd, 0 when there is none."""
        return self._crowd.rate if self._crowd else 0

    def members(self) -> dict[str, int]:
        return {group: len(members) for group, members in self._members.items()}

    # What people do

    def act(self, slug: str, data: Mapping[str, Any]) -> Accepted:
        """Press an action once. Raises Refused."""
        action = self._action(slug)
        record = action.press(self._random, _chosen(action, data))
        trace = new_trace()
        try:
            self._send(record, trace, self._sampler.choose())
        except QueueFull as error:
            raise Refused(
                "busy", "The room takes no more records just now. Try again in a moment."
            ) from error
        group = self.scenario.group(action.own)
        return Accepted(trace, record.key, group.keyed(record) if group else "")

    def crowd(self, slug: str, rate: int, seconds: float) -> None:
        """Let a crowd press an action `rate` times a second; 0 sends it home. Raises Refused."""
        action = self._action(slug)
        if not 0 <= rate <= action.crowd_limit:
            raise Refused(
                "bad-rate", f"A crowd of this scenario sends 0 to {action.crowd_limit:,} records a second."
            )
        if not 0 < seconds <= CROWD_SECONDS:
            raise Refused("bad-seconds", f"A crowd stays for 1 to {CROWD_SECONDS} seconds.")
        with self._lock:
            if self._crowd:
                self._crowd.stop()
                self._crowd = None
            if rate:
                self._crowd = Crowd(functools.partial(self._press, action), rate, seconds, self._crowd_gone)
        self._setting("crowd", rate)

    def _crowd_gone(self) -> None:
        self._crowd = None
        self._setting("crowd", 0)

    def _press(self, action: Action, times: int) -> int:
        """Up to `times`; fewer when the groups are so far behind that the log would forget what they have not read."""
        sampled = self._crowd_sampler.choose()
        for done in range(times):
            record = action.press(self._random, {})
            if done % _LOOK_BACK == 0 and self._behind(record.topic) > _MOST_LAG:
                return done
            try:
                self._send(record, new_trace(), sampled and not done, CROWD)
            except QueueFull:
                return done
        return times

    def _behind(self, topic: str) -> int:
        """How far the slowest group of a topic is behind, by our own hops."""
        done = (self._counts[topic, group.name] for group in self.scenario.groups if topic in group.topics)
        return self._counts[topic, None] - min(done, default=0)

    def add_member(self, group_name: str) -> None:
        """One more consumer in a group. Raises Refused."""
        group = self._group(group_name)
        with self._lock:
            members = self._members[group_name]
            if len(members) >= self._limit:
                raise Refused("too-many-members", f"A group here has at most {self._limit} members.")
            self._numbers[group_name] += 1
            name = f"{group_name}-{self._numbers[group_name]}"
            handle = functools.partial(self._handle, group, name)
            members.append(GroupMember(self.cluster, group_name, name, group.topics, handle, self._observe))

    def remove_member(self, group_name: str) -> None:
        """The newest member of a group leaves in good order. Raises Refused."""
        self._group(group_name)
        with self._lock:
            if not self._members[group_name]:
                raise Refused("no-member", "This group has no member left to take away.")
            self._members[group_name].pop().stop()

    # What the groups do

    def _handle(
        self, group: ConsumerGroup, member: str, batch: list[Received], stopping: threading.Event
    ) -> Mapping[tuple[str, int], int]:
        """React, wait until the follow-ups are stored, then store the projections: what is committed is done."""
        fresh = self._store.fresh(group.name, batch)
        follow_ups = FollowUps(group.react, fresh, self._patience)
        follow_ups.send(functools.partial(self._send_follow_up, member), stopping)
        stored = self._store.apply(group, fresh, follow_ups.sound)
        self._tell_failures(group.name, member, [*follow_ups.failed, *stored.failed])
        for key, value in stored.changed.items():
            self._observe(Hop(HopType.PROJECTION, member, now(), key=key, group=group.name, data=dict(value)))
        return _by_partition(batch) - _by_partition(fresh) if len(fresh) < len(batch) else {}

    def _tell_failures(self, group: str, member: str, failed: list[tuple[Received, str]]) -> None:
        for record, why in failed:
            self._observe(
                Hop(
                    HopType.FAIL,
                    member,
                    now(),
                    record.topic,
                    record.partition,
                    offset=record.offset,
                    key=record.key,
                    group=group,
                    error=f"{why} It was passed over.",
                )
            )

    def _send_follow_up(self, member: str, record: Record, cause: Received, delivered: Any) -> None:
        self._send(record, cause.trace or new_trace(), bool(cause.shown), member, delivered)

    def _send(
        self, record: Record, trace: str, sampled: bool, source: str = PRODUCER, delivered: Any = None
    ) -> None:
        value = _JSON.encode(record.value).encode()
        outgoing = Outgoing(
            record.topic, record.key, value, record.type, trace, sampled, source, record.value
        )
        producer = self._crowd_producer if source == CROWD else self._producer
        producer.send(outgoing, delivered)

    # What can be seen

    def _observe(self, hop: Hop) -> None:
        if hop.type is HopType.ACK or hop.type is HopType.PROCESS:
            with self._counting:
                self._counts[hop.topic or "", hop.group] += hop.count or 0
        self._feed(hop)

    def _setting(self, name: str, value: Any) -> None:
        self._observe(Hop(HopType.SETTING, PRODUCER, now(), data={"name": name, "value": value}))

    def acked(self, topic: str) -> int:
        """Records stored in a topic, by our own hops."""
        return self._counts[topic, None]

    def ends(self) -> list[PartitionOffsets]:
        return self.cluster.ends()

    def committed(self) -> dict[str, list[PartitionOffsets]]:
        """Each group's offsets in the topics that it reads, asked of the brokers."""
        return {
            group.name: [found for found in self.cluster.committed(group.name) if found.topic in group.topics]
            for group in self.scenario.groups
        }

    def look(self) -> None:
        """Ask for the brokers and their leaders, and report what changed as hops."""
        self.cluster.observe_brokers(self._observe)

    def sample(self) -> None:
        """Ask for every group's lag, and report what changed as hops."""
        for group, offsets in self.committed().items():
            for found in offsets:
                if self._sampled.get((group, found.topic, found.partition)) == found:
                    continue
                self._sampled[group, found.topic, found.partition] = found
                self._observe(
                    Hop(
                        HopType.LAG,
                        "brokers",
                        now(),
                        found.topic,
                        found.partition,
                        offset=found.committed or 0,
                        group=group,
                        data={"end": found.end, "lag": found.lag},
                    )
                )

    def close(self) -> None:
        """Members leave and the producers finish. Takes up to some seconds; the cluster is whose it was."""
        if self._crowd:
            self._crowd.stop()
        members = [member for group in self._members.values() for member in group]
        for member in members:
            member.stop()
        until = time.monotonic() + _LEAVING
        for member in members:
            member.join(max(0.0, until - time.monotonic()))
        self._crowd_producer.close()
        self._producer.close()

    def _action(self, slug: str) -> Action:
        action = self.scenario.action(slug)
        if not action:
            raise Refused("unknown-action", "This scenario has no such action.")
        return action

    def _group(self, name: str) -> ConsumerGroup:
        group = self.scenario.group(name)
        if not group:
            raise Refused("unknown-group", "This scenario has no such group.")
        return group


def _chosen(action: Action, data: Mapping[str, Any]) -> dict[str, str]:
    """Only what the action offers. Raises Refused."""
    choices = {field.name: field.choices for field in action.fields}
    for name, value in data.items():
        if name not in choices:
            raise Refused("bad-data", f"{action.title} takes no field {name[:40]!r}.")
        if value not in choices[name]:
            raise Refused("bad-data", f"{name} must be one of: {', '.join(choices[name])}.")
    return dict(data)


def _by_partition(records: list[Received]) -> Counter[tuple[str, int]]:
    return Counter((record.topic, record.partition) for record in records)
