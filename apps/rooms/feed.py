"""From hops as they are seen to frames and a backlog. Knows nothing of sockets or Kafka; lives in the runner."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any

from apps.kafka.hops import RECORD_TYPES, Hop, HopType, join_runs, unnamed
from apps.rooms.limits import Bucket

BYTES_A_SECOND = 16_500
"""What a viewer gets at most in the long run. A frame that is large makes the next one wait; hops join meanwhile."""
BURST = 0.5
"""Seconds of that which may go out at once after a quiet time, so that one order is told without delay."""
AHEAD = 0.5
"""Seconds before its turn that a frame may go with a card that somebody waits for; what comes next waits longer."""
PROJECTIONS = 12
RECORDS = 18
CRASHED = 4
"""How many of the last projections a group, whole records a partition and crashed members a group a newcomer gets."""
_FEW, _MOST_HOPS = 24, 120
"""Up to few hops in a frame every step of a projection is told, then the last; past the most, the rest can go."""
_SPARED = 12_000
"""Bytes of a frame that may be of projections that nobody waits for."""
_STRANGERS, _TROUBLES = (1_000, 12_000), (1_500, 24_000)
"""Bytes a second, and at once after a quiet time, of strangers' records that are told whole, and of failures. Who
writes what no group can read would fill each frame with both, and what people press would wait for its turn."""
_LEAST = 100
"""Bytes that each hop takes in a frame."""
_LONG_AGO = float("-inf")
_MINDED = 24
"""Of the last presses the cards are not spared: whoever pressed waits for them."""


class Feed:
    """One room's hops in order. `add` may be called from any thread; the rest belongs to one."""

    def __init__(self, origin: int) -> None:
        self.origin = origin
        self.seq = 0
        self._incoming: deque[Hop] = deque()
        self.add = self._incoming.append
        self._state: OrderedDict[tuple[Any, ...], dict[str, Any]] = OrderedDict()
        self._recent: dict[tuple[Any, ...], OrderedDict[Any, None]] = {}
        self._waiting: list[Hop] = []
        self._runs: dict[tuple[Any, ...], int] = {}
        self._minded: OrderedDict[str | None, None] = OrderedDict()
        self._left, self._awaited = _SPARED, False
        self._strangers, self._troubles = (Bucket(*of, now=_LONG_AGO) for of in (_STRANGERS, _TROUBLES))
        self._now = _LONG_AGO
        self._paid_until = 0.0
        self.is_own: Callable[[str], bool] = lambda _trace: True
        """Whether a trace is of the room's own presses; strangers' records are told whole while there is place."""
        self.bytes_a_second = BYTES_A_SECOND
        """What each viewer may be sent in the long run."""

    def mind(self, card: str) -> None:
        """Somebody waits for what becomes of this key."""
        self._minded[card] = None
        self._minded.move_to_end(card)
        if len(self._minded) > _MINDED:
            self._minded.popitem(last=False)

    def tick(self, now: float) -> str | None:
        """The next frame as JSON, or None when there is nothing to say or it is too soon. `now` in seconds."""
        self._now = max(self._now, now)
        self._drain()
        ahead = BURST + AHEAD if self._awaited else BURST
        if not self._waiting or self._paid_until > now + ahead:
            return None
        hops = [self._number(hop) for hop in sorted(self._waiting, key=lambda hop: hop.at)]
        self._waiting, self._runs, self._left, self._awaited = [], {}, _SPARED, False
        frame = encode({"type": "hops", "seq": self.seq, "hops": hops})
        self._paid_until = max(self._paid_until, now) + len(frame) / self.bytes_a_second
        return frame

    def _drain(self) -> None:
        for _ in range(len(self._incoming)):
            hop = self._incoming.popleft()
            if not self._join(hop):
                self._wait(hop)

    def _join(self, hop: Hop) -> bool:
        """Join with the run that waits at the same place, or replace what says the same but older."""
        at = self._runs.get(hop.compaction_key) if _joins(hop) else None
        if at is None:
            return False
        if hop.is_run:
            joined = join_runs(self._waiting[at], hop)
        else:
            joined = hop if hop.type is HopType.LAG or len(self._waiting) > _FEW else None
        if joined is None:
            return False
        self._waiting[at] = joined
        return True

    def _wait(self, hop: Hop) -> None:
        if not hop.is_run and self._is_too_much(hop):
            if self._can_go(hop) or hop.count == 0:
                self._drop(hop)
                return
            hop = unnamed(hop)
            if self._join(hop):
                return
        if _joins(hop):
            self._runs[hop.compaction_key] = len(self._waiting)
        self._awaited = self._awaited or (hop.type is HopType.PROJECTION and hop.key in self._minded)
        self._waiting.append(hop)

    def _can_go(self, hop: Hop) -> bool:
        return _is_trouble(hop) or (hop.type is HopType.PROJECTION and hop.key not in self._minded)

    def _is_a_strangers(self, hop: Hop) -> bool:
        return hop.trace is not None and hop.type in RECORD_TYPES and not self.is_own(hop.trace)

    def _is_too_much(self, hop: Hop) -> bool:
        """What could be done without has so many bytes; all else has them while a frame has place."""
        has_place = len(self._waiting) < _MOST_HOPS
        if _is_trouble(hop):
            return not (has_place and self._pays(self._troubles, hop))
        if self._is_a_strangers(hop):
            return not (has_place and self._pays(self._strangers, hop))
        if self._can_go(hop) and self._left > 0:
            self._left -= self._size(hop)
        return not has_place or (self._can_go(hop) and self._left <= 0)

    def _pays(self, bucket: Bucket, hop: Hop) -> bool:
        """Of a flood most can't, and cost nothing to find out."""
        return bucket.holds(_LEAST, self._now) and bucket.take(self._size(hop), self._now)

    def _size(self, hop: Hop) -> int:
        """In bytes, as it would be told."""
        return len(encode(hop.to_wire(self.seq, self.origin)).encode())

    def _drop(self, hop: Hop) -> None:
        """What a frame can spare: a projection is stored and can be asked for; a sample is counted in its run."""
        if hop.type is HopType.PROJECTION:
            self._remember(hop, self.seq)

    def _number(self, hop: Hop) -> dict[str, Any]:
        self.seq += 1
        return self._remember(hop, self.seq)

    def _remember(self, hop: Hop, seq: int) -> dict[str, Any]:
        wire = hop.to_wire(seq, self.origin)
        if hop.type in _PASSING and not _is_of_brokers(hop):
            return wire
        if hop.type is HopType.LEAVE or (hop.type is HopType.GUEST and hop.data.get("left")):
            self._state.pop(hop.compaction_key, None)
            return wire
        if hop.type is HopType.CRASH:
            self._put_recent(("crashed", hop.group), hop.compaction_key, wire, CRASHED)
            return wire
        if hop.count != 0 and not self._is_older(hop):
            self._put(hop.compaction_key, wire)
        if hop.type is HopType.ACKNOWLEDGE or (hop.type is HopType.ACK and hop.trace):
            self._put_recent(
                (hop.type, hop.topic, hop.partition, hop.group),
                ("record", hop.type, hop.topic, hop.partition, hop.group, hop.offset),
                wire,
                RECORDS,
            )
        if hop.type is HopType.PROJECTION:
            self._put_recent(("projections", hop.group), hop.compaction_key, wire, PROJECTIONS)
        return wire

    def _is_older(self, hop: Hop) -> bool:
        """An ack is told with the time of the broker's answer, so a run that was read later may end earlier."""
        known = self._state.get(hop.compaction_key) if hop.type is HopType.ACK else None
        return known is not None and known["offset"] > (hop.offset or 0)

    def _put(self, key: tuple[Any, ...], wire: dict[str, Any]) -> None:
        self._state[key] = wire
        self._state.move_to_end(key)

    def _put_recent(
        self, family: tuple[Any, ...], key: tuple[Any, ...], wire: dict[str, Any], most: int
    ) -> None:
        """Of a family that could grow without end, keep the last."""
        self._put(key, wire)
        keys = self._recent.setdefault(family, OrderedDict())
        keys[key] = None
        keys.move_to_end(key)
        if len(keys) > most:
            del self._state[keys.popitem(last=False)[0]]

    def backlog(self, room: dict[str, Any]) -> str:
        """Everything a newcomer needs, at `seq`, as JSON."""
        hops: Iterable[dict[str, Any]] = {id(wire): wire for wire in self._state.values()}.values()
        ordered = sorted(hops, key=lambda wire: wire["seq"])
        return encode({"type": "backlog", "seq": self.seq, "room": room, "hops": ordered})


_LATEST_ONLY = frozenset({HopType.PROJECTION, HopType.LAG})
_PASSING = frozenset({HopType.FAIL, HopType.RETRY})


def _is_of_brokers(hop: Hop) -> bool:
    """That no broker answers, or that records wait for one: as much a state as who leads a partition."""
    if hop.type is HopType.FAIL:
        return hop.source == "brokers"
    return hop.type is HopType.RETRY and "waiting" in (hop.data or {})


def _is_a_loss(hop: Hop) -> bool:
    """Records that left the log before a group read them: told however many failures there are."""
    return hop.type is HopType.FAIL and hop.count is not None


def _is_trouble(hop: Hop) -> bool:
    return hop.type in _PASSING and not _is_of_brokers(hop) and not _is_a_loss(hop)


def _joins(hop: Hop) -> bool:
    return hop.is_run or hop.type in _LATEST_ONLY


def encode(message: dict[str, Any]) -> str:
    """JSON that every browser parses: no NaN, no line of its own, characters as they are."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
