"""What must hold of a room whatever was done to it, once it is quiet again."""

from __future__ import annotations

from collections import Counter

from apps.kafka.hops import MEMBER_TYPES, Hop, HopType
from apps.scenarios.base import Action, ConsumerGroup, Record, Scenario, Show, Topic, count_all, everything
from apps.scenarios.run import ScenarioRun
from tests.contract.picture import assigned
from tests.contract.stage import Stage

TOPIC, GROUP = "things", "counter"
PARTITIONS = 2
KEYS = ("a", "b", "d")
"""The last goes to the one partition, the others to the other."""
TINY = Scenario(
    slug="tiny",
    title="Tiny",
    icon="·",
    summary="The least that has all there is.",
    topics=(Topic(TOPIC, "Things", PARTITIONS),),
    actions=(
        Action(
            "send",
            "Send",
            "·",
            lambda random, _data: Record(TOPIC, random.choice(KEYS), "thing.sent", {}),
            own=GROUP,
            crowd_limit=1000,
        ),
    ),
    groups=(
        ConsumerGroup(
            GROUP, "Counter", "·", "counts", (TOPIC,), count_all, Show("records"), keyed=everything
        ),
    ),
)


def until_quiet(stage: Stage, run: ScenarioRun) -> None:
    """Nothing is under way, and each partition has one reader."""
    stage.ask_until(lambda: run.ledger()["at_rest"])
    stage.hops.until(lambda: readers(stage.hops.all) == dict.fromkeys(range(PARTITIONS), 1))
    stage.ask_until(lambda: run.ledger()["at_rest"])
    sent = run.ledger()["topics"][TOPIC]["sent"]
    stage.hops.until(lambda: stage.hops.count(HopType.SEND) == sent + dead_letters(run))


def who_reads(stage: Stage, run: ScenarioRun) -> dict[str, list[str]]:
    """Who is handed what comes next, by place, and so say the brokers: found out by sending something to each."""
    found: dict[str, list[str]] = {}

    def settled() -> bool:
        known = len(stage.hops.all)
        send_to_each(stage, run)
        until_quiet(stage, run)
        news = stage.hops.all[known:]
        polls = [hop for hop in news if hop.type is HopType.POLL and hop.count]
        found.update({f"{GROUP}/{hop.topic}/{hop.partition}": [hop.source] for hop in polls})
        # Who was to die with its next batch may have, and who was sent elsewhere may have gone there.
        moved = any(hop.type in MEMBER_TYPES or hop.type is HopType.SEEK for hop in news)
        if moved or len({hop.partition for hop in polls}) < PARTITIONS:
            return False
        return assigned(run) in (None, found)

    try:
        stage.ask_until(settled)
    except AssertionError as unsettled:
        raise AssertionError(("read", found, "by the brokers", assigned(run))) from unsettled
    return found


def send_to_each(stage: Stage, run: ScenarioRun) -> None:
    known = len(stage.hops.all)

    def stored() -> set[int | None]:
        acks = [hop for hop in stage.hops.all[known:] if hop.type is HopType.ACK and hop.topic == TOPIC]
        return {hop.partition for hop in acks}

    def sent() -> bool:
        run.act("send", {})
        return stored() == set(range(PARTITIONS))

    stage.ask_until(sent)


def dead_letters(run: ScenarioRun) -> int:
    return int(run.ledger()["topics"]["dead-letters"]["sent"])


def readers(hops: list[Hop]) -> Counter[int]:
    """How many members have each partition, as last told."""
    told: dict[str, list[int]] = {}
    for hop in list(hops):
        if hop.type in MEMBER_TYPES and hop.group == GROUP:
            told[hop.source] = [number for _, number in hop.partitions or ()]
    return Counter(number for numbers in told.values() for number in numbers)


def check(stage: Stage, run: ScenarioRun, may_lose: bool, may_skip: bool) -> None:
    account = run.ledger()
    assert account["balanced"] and account["at_rest"], account
    topic, group = account["topics"][TOPIC], account["groups"][GROUP]
    assert topic["sent"] == topic["stored"] == topic["end"], account
    assert topic["failed"] == topic["unknown"] == topic["others"] == 0, account
    assert may_lose or group["lost"] == 0, account
    assert may_skip or group["skipped"] == 0, account
    assert stage.store.values.get((GROUP, "all"), {"records": 0}) == {"records": group["processed"]}
    assert account["topics"]["dead-letters"]["end"] >= group["dead"]
    each_offset_is_acked_once(stage, run)
    no_member_reads_backwards(stage.hops.all)
    leaders_are_those_of_the_brokers(stage)
    for found in run.committed()[GROUP]:
        assert found.committed is None or found.committed <= found.end


def each_offset_is_acked_once(stage: Stage, run: ScenarioRun) -> None:
    acked = Counter(
        (hop.partition, offset)
        for hop in stage.hops.of(HopType.ACK)
        if hop.topic == TOPIC and hop.count
        for offset in offsets_of(hop)
    )
    ends = {found.partition: found.end for found in run.ends() if found.topic == TOPIC}
    assert acked == {(number, offset): 1 for number, end in ends.items() for offset in range(end)}


def offsets_of(hop: Hop) -> range:
    last = hop.offset or 0
    return range(last if hop.first is None else hop.first, last + 1)


def no_member_reads_backwards(hops: list[Hop]) -> None:
    """Offsets rise in each partition for as long as a member has it and is not sent elsewhere."""
    last: dict[tuple[str, int], int] = {}
    for hop in hops:
        if hop.group != GROUP:
            continue
        if hop.type in MEMBER_TYPES:
            for place in [place for place in last if place[0] == hop.source]:
                del last[place]
        elif hop.type is HopType.SEEK:
            last.pop((hop.source, hop.partition or 0), None)
        elif hop.type is HopType.POLL and hop.count:
            offsets, where = offsets_of(hop), (hop.source, hop.partition or 0)
            assert offsets[0] > last.get(where, -1), (hop, [one for one in hops if one.group == GROUP][-60:])
            last[where] = offsets[-1]


def leaders_are_those_of_the_brokers(stage: Stage) -> None:
    control = stage.cluster.control
    if not control:
        return
    up = {f"broker-{broker.number}" for broker in control.brokers() if broker.up}
    told = {(hop.topic, hop.partition): hop.source for hop in stage.hops.of(HopType.LEADER)}
    assert set(told.values()) <= up
