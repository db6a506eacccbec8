"""Every control that is used is told by a hop, which also says how the clients are set by then."""

from __future__ import annotations

from typing import Any

import pytest

from apps.kafka.hops import Hop, HopType
from apps.rooms import controls
from apps.scenarios.refusals import Refused
from apps.scenarios.run import ScenarioRun
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
    of_members = {name for name, *_rest in MEMBERS}
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
