"""Many records at once are the same records as one by one."""

from __future__ import annotations

import functools
import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.kafka.batch import Batch, Run, timestamps_of
from apps.kafka.headers import Headers, build
from apps.kafka.hops import Hop, HopType
from apps.kafka.outgoing import Delivery
from apps.kafka.received import Received, receive
from apps.kafka.runs import Step, contiguous
from apps.kafka.sampledplaces import SampledPlaces
from apps.scenarios.accounts import counts_of, ranges_of
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.handling import Handler
from apps.scenarios.outlet import Outlet
from tests.memory import Memory

TOPICS = {"room.hearts": "hearts", "room.orders": "orders"}
FLOOD = 4_000


@dataclass
class Handed:
    """A message, as much of it as is looked at. Its headers may be asked for once, as of some that a client gives."""

    real: str
    number: int
    at: int
    raw_key: bytes | None = None
    raw: bytes | None = b'{"stream":"music"}'
    stamp: int = 0
    sampled: bool = False
    strange: bool = False
    asked: int = 0

    def topic(self) -> str:
        return self.real

    def partition(self) -> int:
        return self.number

    def offset(self) -> int:
        return self.at

    def key(self) -> bytes | None:
        return self.raw_key

    def value(self) -> bytes | None:
        return self.raw

    def timestamp(self) -> tuple[int, int]:
        return 1, self.stamp

    def headers(self) -> Headers:
        self.asked += 1
        if not self.strange:
            return build("heart.sent", "/rooms/AB", f"{self.at + 1:032x}", self.sampled)
        assert self.asked == 1, "the process would end here"
        raise SystemError


handed = st.builds(
    Handed,
    real=st.sampled_from(sorted(TOPICS)),
    number=st.integers(0, 2),
    at=st.integers(0, 30),
    raw_key=st.sampled_from([None, b"", b"music", b"\xff", b"\xfe"]),
    raw=st.sampled_from([None, b'{"stream":"music"}', b"junk", b"1"]),
    stamp=st.integers(0, 60_000),
    sampled=st.booleans(),
    strange=st.booleans(),
)


def batch_of(messages: Sequence[Any]) -> Batch:
    return Batch(messages, TOPICS)


def one_by_one(messages: Sequence[Any]) -> list[Received]:
    return [receive(message, TOPICS[message.topic()]) for message in messages]


def told(records: Sequence[Received]) -> list[tuple[Any, ...]]:
    return [(one.topic, one.partition, one.offset, one.key, one.raw, one.timestamp) for one in records]


@given(st.lists(handed, max_size=60, unique_by=lambda one: (one.real, one.number, one.at)))
def test_a_batch_is_its_records_in_their_order_and_in_the_same_runs(messages: list[Handed]) -> None:
    batch, single = batch_of(messages), one_by_one(messages)
    assert told(batch) == told(single) and len(batch) == len(single)
    assert [told(run) for run in contiguous(batch)] == [told(run) for run in contiguous(single)]
    assert ranges_of(batch) == ranges_of(single) and counts_of(batch) == counts_of(single)
    assert batch.raws == [one.raw for one in single]
    assert list(timestamps_of(batch)) == [one.timestamp for one in single]
    keyed = {key: told(records) for key, records in batch.by_key.items()}
    assert keyed.keys() == {one.key for one in single}
    for key, records in keyed.items():
        assert Counter(records) == Counter(told([one for one in single if one.key == key]))


@given(st.lists(handed, min_size=1, max_size=60, unique_by=lambda one: (one.real, one.number, one.at)))
def test_part_of_a_batch_asks_for_no_headers_twice(messages: list[Handed]) -> None:
    batch, places = batch_of(messages), SampledPlaces()
    for run in batch.runs:
        places.mark(run)
        assert [one.offset for one in run.samples] == [one.offset for one in run if one.shown]
    chosen = [one.at % 2 == 0 for one in messages]
    part = batch.only(chosen)
    assert [(one.offset, one.type, one.shown) for one in part] == [
        (one.offset, one.type, one.shown) for one in batch if one.offset % 2 == 0
    ]


@given(st.integers(0, FLOOD), st.integers(0, FLOOD))
def test_a_part_of_a_run_is_a_run(begin: int, end: int) -> None:
    run = flood_run()
    part = run[begin:end]
    assert isinstance(part, Run)
    assert part.offsets == run.offsets[begin:end] and len(part) == len(part.messages)
    if part:
        assert (part[0].offset, part[-1].offset) == (run[begin].offset, run[min(end, len(run)) - 1].offset)


def flood(seed: int = 0, foreign: int = 0) -> Batch:
    """As a member gets it: of three partitions, some hundred at a time; so many of them are not the crowd's."""
    chance = random.Random(seed)
    nexts, messages = [chance.randrange(1_000) for _ in range(3)], list[Handed]()
    while len(messages) < FLOOD:
        number = chance.randrange(3)
        for _ in range(min(chance.randrange(1, 900), FLOOD - len(messages))):
            messages.append(
                Handed("room.hearts", number, nexts[number], chance.choice([b"music", b"travel"]))
            )
            nexts[number] += 1
    for one in chance.sample(messages, foreign):
        one.raw, one.sampled = b"junk", True
    return batch_of(messages)


@functools.cache
def flood_run() -> Run:
    return flood().runs[0]


@given(st.integers(0, 10**6), st.integers(0, 40))
@settings(max_examples=8)
def test_of_a_flood_each_record_is_counted_once_and_each_sample_told(seed: int, foreign: int) -> None:
    batch = flood(seed, foreign)
    for run in batch.runs:
        SampledPlaces().mark(run)
    hops = Step(HopType.POLL, "heart-counter-1", 7, "heart-counter").hops(contiguous(batch))
    counted = Counter[tuple[str | None, int | None]]()
    for hop in hops:
        counted[hop.topic, hop.partition] += hop.count or 0
    assert counted == counts_of(batch)
    assert sum(hop.trace is not None for hop in hops) == foreign


def test_nothing_is_made_of_the_records_of_a_flood_but_of_the_ends_of_its_runs() -> None:
    batch = flood()
    for run in batch.runs:
        SampledPlaces().mark(run)
    Step(HopType.POLL, "heart-counter-1", 7, "heart-counter").hops(contiguous(batch))
    assert sum(map(len, batch._made.values())) <= 2 * len(batch.runs)


_GROUPS = [group for scenario in SCENARIOS.values() for group in scenario.all_groups]
_AT_ONCE = {group.name: group for group in _GROUPS if group.fold_all}


@pytest.mark.parametrize("group", _AT_ONCE.values(), ids=list(_AT_ONCE))
@given(stamps=st.lists(st.lists(st.integers(0, 60_000), min_size=1, max_size=20), min_size=1, max_size=4))
def test_many_records_at_once_are_folded_as_one_after_the_other(
    group: ConsumerGroup, stamps: list[list[int]]
) -> None:
    assert group.fold_all
    at_once = single = None
    for part in stamps:
        batch = batch_of([Handed("room.hearts", 0, at, stamp=stamp) for at, stamp in enumerate(part)])
        at_once = group.fold_all(at_once, batch)
        for record in batch:
            single = group.fold(single, record)
        assert at_once == single


def handled(group: ConsumerGroup, batch: Sequence[Received]) -> tuple[dict[Any, Any], list[Any], Any]:
    """What is made of a batch, what is told of it as failed, and the accounts after it."""
    hops, store = list[Hop](), Memory()
    deaf = Outlet(lambda _sent, delivered: delivered(Delivery(0, 0)))
    handler = Handler(group, SCENARIOS["hearts"].kinds, store, deaf, hops.append, 1.0)
    handler.handle(f"{group.name}-1", batch, threading.Event())
    failed = [(hop.partition, hop.offset, hop.error) for hop in hops if hop.type is HopType.FAIL]
    return store.values, failed, store.accounts(group.name)


@pytest.mark.parametrize("group", SCENARIOS["hearts"].groups, ids=lambda group: group.name)
def test_what_others_write_into_a_flood_is_told_one_by_one_with_its_fault(
    group: ConsumerGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.scenarios.handling.FIRST_WAIT", 0.0)
    batch = flood(3, foreign=20)
    batch._messages[7].raw = b'{"stream":"music","poison":true}'  # type: ignore[attr-defined]
    batch._messages[9].raw = None  # type: ignore[attr-defined]
    values, failed, accounts = handled(group, batch)
    assert (values, failed, accounts) == handled(group, list(batch))
    assert len(failed) == 22
    assert sum(account.dead for account in accounts.values()) == 22
