"""What may be changed of a running room: a name and values from the web process, a call of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apps.kafka.hand import Hand, Step
from apps.kafka.life import Crash
from apps.scenarios.guarantees import SETTINGS, Guarantee
from apps.scenarios.refusals import Refused
from apps.scenarios.run import ScenarioRun

Values = Mapping[str, Any]


def use(run: ScenarioRun, name: str, values: Values) -> dict[str, Any]:
    """What the control tells, besides the state of the run; `state` changes nothing. Raises Refused."""
    if name == "state":
        return {}
    control = _CONTROLS.get(name)
    if not control:
        raise Refused("unknown-control", "There is no such control.")
    return control(run, values) or {}


def _crowd(run: ScenarioRun, values: Values) -> None:
    run.crowd(values["action"], values["rate"], values["seconds"])


def _send_crowd_home(run: ScenarioRun, _values: Values) -> dict[str, Any]:
    return {"went": run.send_crowd_home()}


def _crash(run: ScenarioRun, values: Values) -> None:
    run.team(values["group"]).crash(Crash(values["at"]), _member(values))


def _member(values: Values) -> str:
    """Its name; empty for the newest."""
    return str(values.get("member", ""))


def _group(run: ScenarioRun, values: Values) -> None:
    run.team(values["group"]).set(values["setting"], values["value"])


def _guarantee(run: ScenarioRun, values: Values) -> None:
    for setting, value in SETTINGS[Guarantee(values["promise"])].items():
        run.team(run.scenario.lab.name).set(setting, value)


def _producer(run: ScenarioRun, values: Values) -> None:
    run.set_producer(values["setting"], values["value"])


def _rewind(run: ScenarioRun, values: Values) -> None:
    run.rewind(values["group"], values["to"], values["topic"], values["partition"])


def _broker(run: ScenarioRun, values: Values) -> None:
    number = values["broker"]
    match values["change"]:
        case "stop":
            run.control_broker(number, lambda control: control.stop(number), "stopped")
        case "start":
            run.control_broker(number, lambda control: control.start(number), "started")
        case "slow":
            delay = values["delay"]
            run.control_broker(number, lambda control: control.slow(number, delay), f"{delay} ms slower")


def _press(run: ScenarioRun, values: Values) -> None:
    run.act(values["action"], {})


def _poison(run: ScenarioRun, values: Values) -> None:
    run.act(values["action"], {}, poison=True)


def _replay(run: ScenarioRun, _values: Values) -> None:
    run.replay_dead_letters()


def _add(run: ScenarioRun, values: Values) -> None:
    run.team(values["group"]).add()


def _remove_group(run: ScenarioRun, values: Values) -> None:
    run.team(values["group"]).remove_all()


def _lend(run: ScenarioRun, values: Values) -> dict[str, Any]:
    """A member for one person: whole, or to be led by hand."""
    return {"member": run.team(values["group"]).add(Hand() if values["by_hand"] else None)}


_CONTROLS: Mapping[str, Callable[[ScenarioRun, Values], dict[str, Any] | None]] = {
    "add-member": _add,
    "broker": _broker,
    "crash-member": _crash,
    "crowd": _crowd,
    "dismiss": lambda run, values: run.team(values["group"]).dismiss(values["member"]),
    "group": _group,
    "guarantee": _guarantee,
    "lend": _lend,
    "pause-member": lambda run, values: run.team(values["group"]).pause(True, _member(values)),
    "poison": _poison,
    "press": _press,
    "producer": _producer,
    "remove-group": _remove_group,
    "remove-member": lambda run, values: run.team(values["group"]).remove(_member(values)),
    "replay-dead-letters": _replay,
    "restart-member": lambda run, values: run.team(values["group"]).restart(_member(values)),
    "resume-member": lambda run, values: run.team(values["group"]).pause(False, _member(values)),
    "rewind": _rewind,
    "send-crowd-home": _send_crowd_home,
    "slow-member": lambda run, values: run.team(values["group"]).slow(values["seconds"], _member(values)),
    "step": lambda run, values: run.team(values["group"]).step(values["member"], Step(values["step"])),
}
