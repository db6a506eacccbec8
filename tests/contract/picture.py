"""What the diagram says of a room beside what its brokers say: the real feed, and the page's own reducer in node."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from confluent_kafka import ConsumerGroupState

from apps.kafka.admin import answered, new_admin
from apps.kafka.hops import Hop
from apps.rooms.feed import Feed
from apps.scenarios.run import ScenarioRun
from tests.servers import ROOT

PIPE = ROOT / "tests" / "js" / "reducerpipe.js"
_TICK = 50_000_000
"""Nanoseconds between a room's frames."""
_TIMEOUT = 10.0
Said = dict[str, dict[str, Any]]
"""Ends, bookmarks, leaders, ..., each by place; `impossible`: marks that contradict each other, as sentences."""


class Reducer:
    """One node process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(PIPE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def shown(self, frames: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """What each viewer's diagram says, by the frames that it got."""
        asked = ",".join(f"{json.dumps(name)}:[{','.join(got)}]" for name, got in frames.items())
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{{{asked}}}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the reducer ended without a word"
        told: dict[str, Any] = json.loads(answer)
        return told

    def close(self) -> None:
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()
        assert self._process.returncode == 0


def frames_of(hops: Sequence[Hop]) -> dict[str, list[str]]:
    """Of those who were there from the beginning, who came in the middle, and who comes now."""
    feed, frames = Feed(hops[0].at), list[str]()
    middle = (0, feed.backlog({}))
    for tick in _ticks(hops):
        for hop in tick:
            feed.add(hop)
        frame = feed.tick(max(hop.at for hop in tick) / 1e9)
        frames += [frame] if frame else []
        if not middle[0] and hops[len(hops) // 2] in tick:
            middle = (len(frames), feed.backlog({}))
    at_last = feed.tick(float("inf"))
    frames += [at_last] if at_last else []
    return {
        "was there from the beginning": frames,
        "came in the middle": [middle[1], *frames[middle[0] :]],
        "comes now": [feed.backlog({})],
    }


def _ticks(hops: Sequence[Hop]) -> Iterator[list[Hop]]:
    """In the order in which they were told; an acknowledgement has the time of its answer, and comes later."""
    tick, end = list[Hop](), hops[0].at + _TICK
    for hop in hops:
        if hop.at >= end:
            yield tick
            tick, end = [], hop.at + _TICK
        tick.append(hop)
    yield tick


def said_by_brokers(run: ScenarioRun) -> Said:
    """Each fact asked of the brokers anew."""
    cluster = run.cluster
    admin = new_admin(cluster.client_settings)
    found = {topic: admin.list_topics(cluster.real_name(topic), timeout=_TIMEOUT) for topic in _topics(run)}
    return {
        "starts": {f"{one.topic}/{one.partition}": one.start for one in run.ends()},
        "ends": {f"{one.topic}/{one.partition}": one.end for one in run.ends()},
        "committed": {
            f"{group}/{one.topic}/{one.partition}": one.committed
            for group, places in run.committed().items()
            for one in places
        },
        "leaders": {
            f"{topic}/{number}": f"broker-{partition.leader}"
            for topic, answer in found.items()
            for number, partition in answer.topics[cluster.real_name(topic)].partitions.items()
        },
        "brokers": {f"broker-{number}": True for answer in found.values() for number in answer.brokers},
    }


def _topics(run: ScenarioRun) -> list[str]:
    return list(run.scenario.partitions)


def assigned(run: ScenarioRun) -> dict[str, list[str]] | None:
    """Who reads what, by the brokers, nobody while they move partitions; None where they have no answer to this."""
    if run.cluster.kind == "embedded":
        return None
    name = run.cluster.real_name
    own = {name(topic): topic for topic in _topics(run)}
    groups = {name(group.name): group.name for group in run.scenario.groups}
    admin = new_admin(run.cluster.client_settings)
    answers = admin.describe_consumer_groups(list(groups), request_timeout=_TIMEOUT)
    readers: dict[str, list[str]] = {}
    for real, answer in answers.items():
        group = answered(answer, "who reads what")
        members = group.members if group.state is ConsumerGroupState.STABLE else []
        for member, place in [(one, place) for one in members for place in one.assignment.topic_partitions]:
            where = f"{groups[real]}/{own[place.topic]}/{place.partition}"
            readers.setdefault(where, []).append(member.client_id)
    return readers


def check_picture(
    reducer: Reducer, run: ScenarioRun, hops: Sequence[Hop], read_by: Mapping[str, list[str]] | None = None
) -> None:
    """Whoever looks and whenever they came, it says what the brokers say. `read_by`: who was handed what, last."""
    brokers = said_by_brokers(run)
    if read_by:
        brokers["readers"] = dict(read_by)
    for viewer, shown in reducer.shown(frames_of(hops)).items():
        assert not shown["impossible"], (
            f"shown to who {viewer}: {shown['impossible'][:5]} after {_before(shown['impossible'][0], hops)}"
        )
        wrong = {kind: _differing(shown[kind], said, kind == "committed") for kind, said in brokers.items()}
        assert not any(wrong.values()), f"shown, and said by the brokers, to who {viewer}: {wrong}"


def _before(wrong: str, hops: Sequence[Hop]) -> str:
    """The hops that led to what can't be, which begins with the number of one."""
    until = int(wrong.split(" ", 1)[0])
    return "\n".join(map(str, hops[max(0, until - 30) : until + 10]))


def _differing(
    shown: Mapping[str, Any], said: Mapping[str, Any], strictly: bool
) -> dict[str, tuple[Any, Any]]:
    """What is empty or a broker that is down need not be named; strictly, 0 is not nothing: a bookmark there is one."""
    pairs = {at: (shown.get(at), said.get(at)) for at in {*shown, *said}}
    if not strictly:
        pairs = {at: (one or None, other or None) for at, (one, other) in pairs.items()}
    return {at: pair for at, pair in pairs.items() if pair[0] != pair[1]}
