"""The hop: one observed step, as it is seen and as it goes over the wire (docs/protocol.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from apps.kafka.evidence import By
from apps.kafka.keycounts import KeyCounts, join_keys, told_keys
from apps.kafka.shortening import MOST_ERROR, short, shortened


class HopType(StrEnum):
    """Operation names follow OpenTelemetry's messaging conventions, the rest Kafka's own words."""

    SEND = "send"
    ACK = "ack"
    POLL = "poll"
    PROCESS = "process"
    ACKNOWLEDGE = "acknowledge"
    COMMIT = "commit"
    RETRY = "retry"
    FAIL = "fail"
    JOIN = "join"
    ASSIGN = "assign"
    REVOKE = "revoke"
    LOST = "lost"
    LEAVE = "leave"
    CRASH = "crash"
    BROKER_DOWN = "broker_down"
    BROKER_UP = "broker_up"
    LEADER = "leader"
    ISR = "isr"
    SETTING = "setting"
    PROJECTION = "projection"
    LAG = "lag"
    SEEK = "seek"
    COORDINATOR = "coordinator"
    LEDGER = "ledger"
    TRANSACTION = "transaction"
    VOID = "void"
    DELETE = "delete"
    GUEST = "guest"


MEMBER_TYPES = frozenset(
    {HopType.JOIN, HopType.ASSIGN, HopType.REVOKE, HopType.LOST, HopType.LEAVE, HopType.CRASH}
)
RECORD_TYPES = frozenset(
    {HopType.SEND, HopType.ACK, HopType.POLL, HopType.PROCESS, HopType.ACKNOWLEDGE, HopType.COMMIT}
)
BEGAN = "began"
"""The name of the `setting` hop that says how a client is set when the room begins: no control was used for it."""
OF_SHARES = ("deliveries", "as", "limit")
"""What in `data` is the same of all records that one hop of a share group stands for."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a record, of a run of records `first..offset`, or of a member, broker or projection.

    `at` is `time.monotonic_ns()`; `count` is how many records the hop stands for: 0 for a sample, which is a
    record that is shown whole and already counted in a run; None where the hop is not of records. `keys` counts the
    records of a run of acks by their key, as far as it is known.
    """

    type: HopType
    source: str
    at: int
    topic: str | None = None
    partition: int | None = None
    first: int | None = None
    offset: int | None = None
    count: int | None = None
    key: str | None = None
    keys: KeyCounts | None = None
    group: str | None = None
    trace: str | None = None
    data: Any = None
    partitions: tuple[tuple[str, int], ...] | None = None
    error: str | None = None
    by: By | None = None
    """How that is known, where it is not as usual for the type (evidence.py)."""

    @property
    def is_run(self) -> bool:
        """A run stands for its records without naming any of them, so runs that meet can be joined."""
        return self.type in RECORD_TYPES and self.trace is None and self.error is None

    @property
    def compaction_key(self) -> tuple[Any, ...]:
        """Two hops with the same key say the same kind of thing: only the later one is needed for the state."""
        match self.type:
            case HopType.PROJECTION:
                return (self.type, self.group, self.key)
            case type_ if type_ in MEMBER_TYPES or type_ is HopType.GUEST:
                return ("member", self.source)
            case HopType.BROKER_UP | HopType.BROKER_DOWN:
                return ("broker", self.source)
            case HopType.SEND:
                return (self.type, self.topic, self.source)
            case HopType.SETTING:
                return (self.type, self.group, self.data.get("name"))
            case HopType.COORDINATOR | HopType.LEDGER:
                return (self.type, self.group)
            case HopType.TRANSACTION:
                return (self.type, self.source)
            case HopType.SEEK:
                # It says where a group reads next, as a commit does, and the later of the two holds.
                return (HopType.COMMIT, self.topic, self.partition, self.group)
            case HopType.RETRY | HopType.FAIL if self.topic is None:
                return (self.type, self.source)
            case _:
                return (self.type, self.topic, self.partition, self.group)

    def to_wire(self, seq: int, origin: int) -> dict[str, Any]:
        """The JSON object of docs/protocol.md; `origin` is the monotonic ns of `time` 0."""
        wire: dict[str, Any] = {
            "seq": seq,
            "time": round((self.at - origin) / 1e9, 6),
            "type": self.type.value,
        }
        for name in _WIRE_FIELDS:
            value = getattr(self, name)
            if value is not None:
                wire[name] = value
        if self.data and self.type is HopType.PROJECTION:
            wire["data"] = short(self.data)
        elif self.data and self.type is HopType.SEND and "value" in self.data:
            wire["data"] = {**self.data, "value": short(self.data["value"])}
        if self.error is not None:
            wire["error"] = shortened(self.error, MOST_ERROR)
        if self.trace is not None:
            wire["key"] = self.key
        if self.keys and (keys := told_keys(self.keys, self.count or 0)):
            wire["keys"] = keys
        return wire


_WIRE_FIELDS = (
    "source",
    "topic",
    "partition",
    "first",
    "offset",
    "count",
    "key",
    "group",
    "trace",
    "data",
    "partitions",
    "error",
    "by",
)

Observe = Callable[[Hop], None]
"""Takes a hop from any thread; must not block."""


def now() -> int:
    """Nanoseconds of the one monotonic clock that every hop is stamped with."""
    return time.monotonic_ns()


def join_runs(earlier: Hop, later: Hop) -> Hop | None:
    """One run for two that meet (or for two counts of sends); None if records lie between or are repeated."""
    if earlier.type is HopType.SEND:
        return replace(later, count=(earlier.count or 0) + (later.count or 0))
    if earlier.offset is None or later.offset is None:
        return None
    later_first = later.offset if later.first is None else later.first
    if later_first != earlier.offset + 1 or _of_shares(earlier) != _of_shares(later):
        return None
    first = earlier.offset if earlier.first is None else earlier.first
    count = (earlier.count or 0) + (later.count or 0)
    data = later.data if later.type is HopType.COMMIT else _join_data(earlier.data, later.data)
    keys = _join_keys(earlier, later)
    return replace(later, first=first, count=count, data=data, keys=keys)


_OF_RUNS = frozenset({"total", "latency_ms", "redelivered", "next", *OF_SHARES})


def unnamed(hop: Hop) -> Hop:
    """A whole record as a run of one, so that it can join others when there are too many to name."""
    if hop.type not in RECORD_TYPES:
        return hop
    data = {name: value for name, value in (hop.data or {}).items() if name in _OF_RUNS}
    keys = {hop.key: 1} if hop.type is HopType.ACK else None
    return replace(hop, trace=None, key=None, keys=keys, data=data or None)


def _join_keys(earlier: Hop, later: Hop) -> KeyCounts | None:
    if earlier.type is not HopType.ACK:
        return None
    return join_keys(earlier.keys or {}, earlier.count or 0, later.keys or {}, later.count or 0)


def _of_shares(hop: Hop) -> list[Any]:
    return [(hop.data or {}).get(name) for name in OF_SHARES]


def _join_data(
    earlier: Mapping[str, Any] | None, later: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    if not earlier or not later:
        return later or earlier
    joined = dict(later)
    if "latency_ms" in earlier:
        joined["latency_ms"] = max(earlier["latency_ms"], later.get("latency_ms", 0.0))
    if "redelivered" in earlier:
        joined["redelivered"] = earlier["redelivered"] + later.get("redelivered", 0)
    return joined
