"""A scenario's run for the contract tests, on whatever cluster."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from apps.kafka.clusters import Cluster
from apps.kafka.hops import HopType
from apps.scenarios.base import Scenario
from apps.scenarios.run import ScenarioRun
from tests.contract.conftest import PATIENCE, Hops
from tests.memory import Memory

_ASK_EVERY = 0.1


class Stage:
    """A run, its hops and its store; a second run on the same cluster is the room's next life."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.hops, self.store = cluster, Hops(), Memory()
        self._runs: list[ScenarioRun] = []

    def run(self, scenario: Scenario, continued: bool = False) -> ScenarioRun:
        run = ScenarioRun(scenario, self.cluster, self.store, self.hops.add, "TEST", 3, continued)
        self._runs.append(run)
        return run

    def end(self) -> None:
        """Members leave and producers finish."""
        while self._runs:
            self._runs.pop().close()

    def tally(self, group: str) -> int:
        return sum(value["hearts"] for (name, _), value in self.store.values.items() if name == group)

    def ask_until(self, met: Callable[[], bool]) -> None:
        """For what no hop announces: ask the brokers until it is so."""
        until = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < until, [run.ledger() for run in self._runs]
            threading.Event().wait(_ASK_EVERY)


def all_committed(run: ScenarioRun, hops: Hops, records: int) -> Callable[[], bool]:
    return lambda: all(hops.count(HopType.COMMIT, group.name) == records for group in run.scenario.groups)
