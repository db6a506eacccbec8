"""What the tests of broken rooms have in common."""

from __future__ import annotations

from collections.abc import Callable

from apps.kafka.clusters import BrokerControl
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.run import ScenarioRun
from apps.scenarios.team import Team
from tests.contract.stage import Stage

HEARTS = SCENARIOS["hearts"]
GROUP = "trending"


def send(run: ScenarioRun, hearts: int, stream: str = "music") -> None:
    for _ in range(hearts):
        run.act("send-heart", {"stream": stream})


def pause(stage: Stage, run: ScenarioRun) -> None:
    """Until the members mind it: what comes in the turn in which one is asked to pause it still handles."""
    team = run.team(GROUP)
    assert isinstance(team, Team)
    team.set("paused", "on")
    stage.ask_until(lambda: all(member._paused for member in team._members))


def counts(run: ScenarioRun, group: str = GROUP) -> dict[str, int]:
    found: dict[str, int] = run.ledger()["groups"][group]
    return found


def until_at_rest(stage: Stage, run: ScenarioRun) -> None:
    """Asked again and again: no hop tells that nothing comes any more."""
    stage.ask_until(lambda: run.ledger()["at_rest"])
    assert run.ledger()["balanced"], run.ledger()


def zeros(names: str) -> dict[str, int]:
    return dict.fromkeys(names.split(), 0)


def owned(stage: Stage, group: str = GROUP) -> int:
    """How many partitions the members of a group have, as last told."""
    told: dict[str, int] = {}
    for hop in list(stage.hops.all):
        if hop.group == group and hop.partitions is not None:
            told[hop.source] = len(hop.partitions)
    return sum(told.values())


def sizes(stage: Stage) -> list[int]:
    told: dict[str, int] = {}
    for hop in list(stage.hops.all):
        if hop.group == GROUP and hop.partitions is not None:
            told[hop.source] = len(hop.partitions)
    return sorted(told.values())


def stop(number: int) -> Callable[[BrokerControl], None]:
    return lambda control: control.stop(number)


def start(number: int) -> Callable[[BrokerControl], None]:
    return lambda control: control.start(number)
