"""Every control that is used is told by a hop, which also says how the clients are set by then."""

from __future__ import annotations

from typing import Any

import pytest

from apps.kafka.hops import MEMBER_TYPES, Hop, HopType
from apps.rooms import controls
from apps.scenarios.refusals import Refused
from apps.scenarios.run import ScenarioRun
from apps.scenarios.team import Team
from tests.contract.breaking import GROUP, HEARTS, owned
from tests.contract.stage import Stage

TOLD_BY_RECORDS = {"press"}
OF_GROUP = {"group": GROUP}
MEMBERS: list[tuple[str, dict[str, Any], str, str]] = [
    ("add-member", {}, "add", f"{GROUP}-2"),
    ("restart-member", {}, "restart", f"{GROUP}-2"),
    ("remove-member", {}, "remove", f"{GROUP}-2"),
    ("lend", {"by_hand": True}, "add", f"{GROUP}-3"),
    ("dismiss", {"member": f"{GROUP}-3"}, "remove", f"{GROUP}-3"),
    ("crash-member", {"at": "between"}, "crash-between", f"{GROUP}-1"),
    ("add-member", {}, "add", f"{GROUP}-4"),
    ("crash-member", {"at": "now"}, "crash", f"{GROUP}-4"),
    ("add-member", {}, "add", f"{GROUP}-5"),
    ("add-member", {}, "add", f"{GROUP}-6"),
    ("remove-member", {"member": f"{GROUP}-5"}, "remove", f"{GROUP}-5"),
    ("remove-group", {}, "remove", f"{GROUP}-6"),
]
PACES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("pause-member", {}, {"change": "pause"}, {f"{GROUP}-2": {"paused": True}}),
    (
        "slow-member",
        {"member": f"{GROUP}-1", "seconds": 0.5},
        {"change": "slow", "seconds": 0.5},
        {f"{GROUP}-2": {"paused": True}, f"{GROUP}-1": {"work": 0.5}},
    ),
    (
        "resume-member",
        {"member": f"{GROUP}-2"},
        {"change": "resume"},
        {f"{GROUP}-2": {"paused": False}, f"{GROUP}-1": {"work": 0.5}},
    ),
]


def told(stage: Stage, name: str, group: str | None = None) -> list[Hop]:
    return [
        hop
        for hop in list(stage.hops.all)
        if (hop.type, hop.group) == (HopType.SETTING, group) and hop.data["name"] == name
    ]


def begun(stage: Stage) -> ScenarioRun:
    run = stage.run(HEARTS)
    stage.hops.until(lambda: owned(stage) == 3)
    return run


def test_what_is_done_to_members_is_told_with_their_names(stage: Stage) -> None:
    run = begun(stage)
    assert told(stage, "members", GROUP) == []
    for name, values, change, member in MEMBERS:
        controls.use(run, name, OF_GROUP | values)
        last = told(stage, "members", GROUP)[-1]
        assert last.data == {"name": "members", "value": change, "member": member}
    assert len(told(stage, "members", GROUP)) == len(MEMBERS)


def test_how_single_members_differ_from_their_group_is_told_whole_until_all_work_alike(stage: Stage) -> None:
    run = begun(stage)
    controls.use(run, "add-member", OF_GROUP)
    for name, values, more, paces in PACES:
        controls.use(run, name, OF_GROUP | values)
        last = told(stage, "pace", GROUP)[-1].data
        assert (last["value"], {key: last[key] for key in more}) == (paces, more)
    controls.use(run, "group", OF_GROUP | {"setting": "paused", "value": "off"})
    assert told(stage, "pace", GROUP)[-1].data["value"] == {f"{GROUP}-1": {"work": 0.5}}
    controls.use(run, "group", OF_GROUP | {"setting": "work", "value": "0"})
    assert told(stage, "pace", GROUP)[-1].data == {"name": "pace", "value": {}, "change": "alike"}


def test_one_member_that_pauses_leaves_its_partitions_unread_and_the_others_go_on(stage: Stage) -> None:
    run = begun(stage)
    controls.use(run, "add-member", OF_GROUP)
    stage.hops.until(lambda: sorted(map(len, assigned(stage).values())) == [1, 2])
    first = f"{GROUP}-1"
    controls.use(run, "pause-member", OF_GROUP | {"member": first})
    stage.ask_until(lambda: minds(run, first))
    mine = assigned(stage)[first]
    send_until(stage, run, {0, 1, 2})
    others = {0, 1, 2} - mine
    stage.hops.until(lambda: partitions_read(stage) == others)
    assert not run.ledger()["at_rest"]
    controls.use(run, "resume-member", OF_GROUP | {"member": first})
    stage.hops.until(lambda: partitions_read(stage) == {0, 1, 2})
    stage.ask_until(lambda: run.ledger()["at_rest"])


def minds(run: ScenarioRun, member: str) -> bool:
    """That it is to pause: what came in the turn in which it was asked it still handles."""
    team = run.team(GROUP)
    assert isinstance(team, Team)
    return next(one for one in team._members if one.name == member)._paused


def assigned(stage: Stage) -> dict[str, set[int]]:
    """Each member's partitions, as last told."""
    told_of = [hop for hop in list(stage.hops.all) if hop.group == GROUP and hop.type in MEMBER_TYPES]
    return {hop.source: {number for _topic, number in hop.partitions or ()} for hop in told_of}


def send_until(stage: Stage, run: ScenarioRun, partitions: set[int]) -> None:
    """Hearts of all streams, until each of these partitions has some."""
    for _ in range(100):
        run.act("send-heart", {})
        stage.hops.until(lambda: stage.hops.count(HopType.ACK) == stage.hops.count(HopType.SEND))
        if {hop.partition for hop in stage.hops.of(HopType.ACK)} >= partitions:
            return
    raise AssertionError("some partition got nothing")


def partitions_read(stage: Stage) -> set[int | None]:
    return {hop.partition for hop in stage.hops.of(HopType.PROCESS, GROUP)}


def test_a_member_that_is_not_there_is_told_so_with_those_that_are(stage: Stage) -> None:
    run = begun(stage)
    for name, values in (
        ("remove-member", {}),
        ("restart-member", {}),
        ("crash-member", {"at": "now"}),
        ("pause-member", {}),
        ("slow-member", {"seconds": 1.0}),
    ):
        with pytest.raises(Refused, match=f"no such member. There are: {GROUP}-1"):
            controls.use(run, name, OF_GROUP | values | {"member": "<b>nobody</b>"})
    with pytest.raises(Refused, match="0 to 60 seconds"):
        controls.use(run, "slow-member", OF_GROUP | {"seconds": 61.0})
    assert told(stage, "members", GROUP) == told(stage, "pace", GROUP) == []


def test_what_is_refused_is_not_told(stage: Stage) -> None:
    run = begun(stage)
    controls.use(run, "remove-member", OF_GROUP)
    known = len(list(stage.hops.of(HopType.SETTING)))
    for name, values in (
        ("remove-member", {}),
        ("restart-member", {}),
        ("crash-member", {"at": "between"}),
        ("group", {"setting": "work", "value": "never"}),
        ("rewind", {"to": "end", "topic": "", "partition": 0}),
    ):
        with pytest.raises(Refused):
            controls.use(run, name, OF_GROUP | values)
    controls.use(run, "dismiss", OF_GROUP | {"member": "nobody"})
    assert len(list(stage.hops.of(HopType.SETTING))) == known


def test_a_step_by_hand_poison_and_dead_letters_that_are_sent_again_are_told(stage: Stage) -> None:
    run = begun(stage)
    controls.use(run, "remove-member", OF_GROUP)
    member = controls.use(run, "lend", OF_GROUP | {"by_hand": True})["member"]
    stage.hops.until(lambda: owned(stage) == 3)
    controls.use(run, "poison", {"action": "send-heart"})
    assert told(stage, "poison record")[-1].data["value"] == "send-heart"
    stage.hops.until(lambda: bool(stage.hops.of(HopType.POLL, GROUP)))
    stage.ask_until(lambda: steps(run, member, "handle"))
    assert told(stage, "step", GROUP)[-1].data == {"name": "step", "value": "handle", "member": member}
    stage.hops.until(
        lambda: len([hop for hop in stage.hops.of(HopType.ACK) if hop.topic == "dead-letters"]) >= 2
    )
    controls.use(run, "replay-dead-letters", {})
    assert told(stage, "dead letters")[-1].data["value"] >= 2


def steps(run: ScenarioRun, member: str, step: str) -> bool:
    """Whether the member waited for that: when it is seen to have read it need not yet."""
    try:
        controls.use(run, "step", OF_GROUP | {"member": member, "step": step})
    except Refused:
        return False
    return True


def test_each_change_of_a_setting_tells_how_that_client_is_set_by_then(stage: Stage) -> None:
    run = begun(stage)
    (first,) = told(stage, "began", GROUP)
    assert first.data["value"]["commit"] == "after"
    assert first.data["settings"][GROUP]["enable.auto.commit"] is False
    controls.use(run, "group", OF_GROUP | {"setting": "commit", "value": "auto"})
    assert told(stage, "commit", GROUP)[-1].data["settings"][GROUP]["enable.auto.commit"] is True
    assert run.settings["heart-counter"]["enable.auto.commit"] is False
    (began,) = told(stage, "began")
    assert set(began.data["settings"]) == {"app", "crowd"}
    controls.use(run, "producer", {"setting": "idempotence", "value": "off"})
    controls.use(run, "producer", {"setting": "acks", "value": "0"})
    last = told(stage, "acks")[-1].data["settings"]
    assert {last[name]["acks"] for name in ("app", "crowd")} == {"0"}
    assert last == {name: dict(run.settings[name]) for name in last}


def test_a_group_without_members_tells_how_they_would_be_set(stage: Stage) -> None:
    run = begun(stage)
    controls.use(run, "group", {"group": "latecomer", "setting": "start", "value": "latest"})
    assert (
        told(stage, "start", "latecomer")[-1].data["settings"]["latecomer"]["auto.offset.reset"] == "latest"
    )


def test_every_control_is_told_by_some_hop() -> None:
    """Whoever adds one finds out here that a trace should tell of it."""
    of_members = {name for name, *_rest in (*MEMBERS, *PACES)}
    others = {
        "broker",
        "crowd",
        "group",
        "guarantee",
        "poison",
        "producer",
        "replay-dead-letters",
        "rewind",
        "send-crowd-home",
        "step",
    }
    assert of_members | others | TOLD_BY_RECORDS == set(controls._CONTROLS)
