"""A share group (KIP-932) keeps its promises on every kind of cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from apps.kafka.hops import Hop, HopType
from apps.kafka.life import Crash
from apps.kafka.sharetelling import Answer
from apps.scenarios.refusals import Refused
from tests.contract.breaking import HEARTS, counts, send, until_at_rest, zeros
from tests.contract.conftest import Bench
from tests.contract.sharers import GROUP, Sharers
from tests.contract.stage import Stage


@pytest.fixture
def sharers(bench: Bench) -> Iterator[Sharers]:
    sharers = Sharers(bench)
    yield sharers
    sharers.close()


def offsets(hops: list[Hop]) -> Counter[tuple[int, int]]:
    """How often each record was told."""
    found: Counter[tuple[int, int]] = Counter()
    for hop in hops:
        last = hop.offset or 0
        for offset in range(last if hop.first is None else hop.first, last + 1) if hop.count else ():
            found[hop.partition or 0, offset] += 1
    return found


def test_what_is_accepted_is_answered_for_once_and_from_the_beginning(sharers: Sharers) -> None:
    """Brokers give a record to another when its lock is over, as on a machine that stands still for a while."""
    sharers.bench.send(20)
    sharers.add("queue-1")
    sharers.add("queue-2")
    sharers.until_answered(Answer.ACCEPT, 20)
    answered = offsets(sharers.answered(Answer.ACCEPT))
    assert (len(answered), set(answered.values())) == (20, {1})
    delivered: Counter[tuple[int, int]] = Counter()
    for hop in sharers.hops.of(HopType.POLL, GROUP):
        delivered += offsets([hop])
        assert {delivered[place] for place in offsets([hop])} == {hop.data["deliveries"]}
    assert set(delivered) == set(answered)
    assert offsets(sharers.hops.of(HopType.PROCESS, GROUP)) == Counter(
        (record.partition, record.offset) for batch in sharers.bench.batches for record in batch
    )


def test_what_is_released_is_delivered_again_until_the_limit(sharers: Sharers) -> None:
    sharers.bench.send(1)
    member = sharers.add("queue-1", Answer.RELEASE)
    sharers.until_answered(Answer.RELEASE, sharers.limit)
    told = [hop.data["deliveries"] for hop in sharers.hops.of(HopType.POLL, GROUP)]
    assert told == list(range(1, sharers.limit + 1))
    assert [answer for answer, _ in sharers.aside] == [Answer.RELEASE]
    member.answer = Answer.ACCEPT
    sharers.bench.send(1, key="another")
    sharers.until_answered(Answer.ACCEPT, 1)
    assert sharers.hops.count(HopType.POLL, GROUP) == sharers.limit + 1


def test_what_is_rejected_is_never_delivered_again(sharers: Sharers) -> None:
    sharers.bench.send(3)
    member = sharers.add("queue-1", Answer.REJECT)
    sharers.until_answered(Answer.REJECT, 3)
    member.answer = Answer.ACCEPT
    sharers.bench.send(1)
    sharers.until_answered(Answer.ACCEPT, 1)
    assert sharers.hops.count(HopType.POLL, GROUP) == 4
    assert [answer for answer, _ in sharers.aside] == [Answer.REJECT] * 3
    assert sum(map(len, sharers.bench.batches)) == 1


def test_four_members_all_get_records_of_three_partitions(sharers: Sharers) -> None:
    names = {f"queue-{number}" for number in range(1, 5)}
    for name in sorted(names):
        sharers.add(name, work_time=0.05)
    # One by one: Kafka gives a batch that was sent as one to one member.
    for number in range(200):
        sharers.bench.send(1, key=f"k{number}")
        sharers.hops.until(lambda number=number: sharers.hops.count(HopType.ACK) > number)  # type: ignore[misc]
        if {hop.source for hop in sharers.hops.of(HopType.POLL, GROUP)} == names:
            return
    pytest.fail("not all of them got some")


def test_what_a_crashed_member_held_comes_to_others_for_the_second_time(sharers: Sharers) -> None:
    sharers.bench.send(3, key="one-key")
    sharers.bench.hops.until(lambda: sharers.hops.count(HopType.ACK) == 3)
    victim = sharers.add("queue-1", work_time=30)
    sharers.hops.until(lambda: sharers.hops.count(HopType.POLL, GROUP) > 0)
    victim.crash(Crash.NOW)
    sharers.add("queue-2")
    sharers.until_answered(Answer.ACCEPT, 3)
    (crash,) = sharers.hops.of(HopType.CRASH)
    held = offsets([hop for hop in sharers.hops.of(HopType.POLL, GROUP) if hop.source == "queue-1"])
    assert crash.data == {"held": held.total()}
    again = [hop for hop in sharers.hops.of(HopType.POLL, GROUP) if hop.data["deliveries"] == 2]
    assert {hop.source for hop in again} == {"queue-2"}
    assert offsets(again) == held


def test_each_record_of_a_share_group_is_accounted_for_beside_groups_that_read_all(stage: Stage) -> None:
    run = stage.run(HEARTS)
    queue = run.team(GROUP)
    assert GROUP not in run.ledger()["groups"]
    queue.add()
    queue.add()
    send(run, 6)
    stage.ask_until(lambda: counts(run, GROUP)["processed"] == 6)
    for answer, hearts, name in (("reject", 2, "rejected"), ("release", 1, "given_up")):
        queue.set("answer", answer)
        send(run, hearts)
        stage.ask_until(lambda name=name, hearts=hearts: counts(run, GROUP)[name] == hearts)  # type: ignore[misc]
    until_at_rest(stage, run)
    assert counts(run, GROUP) == zeros("again dead waiting") | {"processed": 6, "rejected": 2, "given_up": 1}
    assert stage.store.values[GROUP, "all"] == {"records": 6}
    assert counts(run, "heart-counter")["processed"] == 9


def test_a_share_group_has_no_bookmark_and_none_of_the_settings_of_one(stage: Stage) -> None:
    run = stage.run(HEARTS)
    with pytest.raises(Refused, match="no bookmark"):
        run.rewind(GROUP, "beginning")
    with pytest.raises(Refused, match="can be set: work, answer"):
        run.team(GROUP).set("commit", "before")
    with pytest.raises(Refused, match="accept, release, reject"):
        run.team(GROUP).set("answer", "perhaps")
