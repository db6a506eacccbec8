"""Anything people do to a room, in any order: afterwards each record is accounted for.

KAFKAVIZ_STATEFUL_RUNS says how many rooms are broken so (100; on a real Kafka, whose groups take longer to notice
anything, one for each twenty-five).
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.kafka import embedded
from apps.kafka.clusters import BrokerControl, Cluster, ClusterError, External, open_cluster
from apps.kafka.life import Crash
from apps.rooms.codes import new_code
from apps.scenarios.refusals import Refused
from apps.scenarios.run import ScenarioRun
from tests.brokers import Brokers
from tests.conftest import require
from tests.contract.invariants import GROUP, PARTITIONS, TINY, TOPIC, check, until_quiet, who_reads
from tests.contract.picture import Reducer, check_picture
from tests.contract.stage import Stage

RUNS = int(os.environ.get("KAFKAVIZ_STATEFUL_RUNS", "100"))
RUNS_ON_KAFKA = RUNS // 12
AT_ONCE, AT_ONCE_ON_KAFKA = 8, 4
"""Rooms that are open side by side: what happens in one is mostly waiting."""
STEPS = 10


def broken(steps: int, runs: int) -> settings:
    return settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        # To run a story again takes seconds: that it fails is told with its steps, and not made shorter.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


class Room(RuleBasedStateMachine):
    """A room, and people who break it.

    `unheard`: a broker may have set a bookmark for a member, and its answer reached nobody any more. In a group that
    sets its bookmark first a crash may lose records. Who comes or goes loses none, but for a broker that stopped with
    the answer whether the bookmark is set.
    """

    open: Callable[[], Cluster]
    reducer: Reducer
    sound: list[bool]

    def __init__(self) -> None:
        super().__init__()
        self.crashed_first = self.moved_first = self.stopped = self.may_skip = self.unheard = False
        self.stage: Stage | None = None

    @initialize()
    def opens(self) -> None:
        self.stage = Stage(type(self).open())
        self.run = self.stage.run(TINY)

    @rule(count=st.integers(1, 5))
    def somebody_acts(self, count: int) -> None:
        for _ in range(count):
            self.run.act("send", {})

    @rule()
    def somebody_sends_poison(self) -> None:
        self.run.act("send", {}, poison=True)

    @rule(rate=st.sampled_from([0, 50, 500]))
    def a_crowd_comes_or_goes(self, rate: int) -> None:
        self.run.crowd("send", rate, 60)

    @rule()
    def a_member_is_added(self) -> None:
        self.moved_first |= self.commits_first
        allowed(self.run.team(GROUP).add, "too-many-members")

    @rule()
    def a_member_is_taken_away(self) -> None:
        self.unheard = True
        self.moved_first |= self.commits_first
        allowed(self.run.team(GROUP).remove, "no-member")

    @rule(at=st.sampled_from(list(Crash)))
    def a_member_crashes(self, at: Crash) -> None:
        self.unheard = True
        self.crashed_first |= self.commits_first
        allowed(lambda: self.run.team(GROUP).crash(at), "no-member")

    @property
    def commits_first(self) -> bool:
        return bool(self.run.state["groups"][GROUP]["choices"]["commit"] == "before")

    @property
    def slow_to_leave(self) -> tuple[str, ...]:
        """Who has set its bookmark handles what is behind it first, and with no broker sends nothing on."""
        return ("no-answer",) if self.stage and not any_broker(self.stage) else ()

    @rule()
    def a_member_restarts(self) -> None:
        self.unheard = True
        self.moved_first |= self.commits_first
        allowed(self.run.team(GROUP).restart, "no-member", *self.slow_to_leave)

    @rule(paused=st.sampled_from(["on", "off"]))
    def the_group_is_paused_or_goes_on(self, paused: str) -> None:
        self.run.team(GROUP).set("paused", paused)

    @rule(work=st.sampled_from(["0", "0.1"]))
    def work_takes_its_time(self, work: str) -> None:
        self.run.team(GROUP).set("work", work)

    @rule(commit=st.sampled_from(["after", "before"]))
    def the_bookmark_moves_first_or_last(self, commit: str) -> None:
        self.unheard = True
        self.moved_first |= self.commits_first
        allowed(lambda: self.run.team(GROUP).set("commit", commit), *self.slow_to_leave)

    @rule(to=st.sampled_from(["beginning", "3", "-1", "-600"]), partition=st.integers(-1, PARTITIONS - 1))
    def the_bookmark_goes_back(self, to: str, partition: int) -> None:
        self.may_skip = True  # an offset may be beyond what was read
        topic = TOPIC if partition >= 0 else ""
        allowed(lambda: self.run.rewind(GROUP, to, topic, max(0, partition)), "no-member")

    @rule()
    def the_bookmark_goes_to_the_end(self) -> None:
        self.may_skip = True
        allowed(lambda: self.run.rewind(GROUP, "end"), "no-member")

    @precondition(lambda self: self.stage and self.stage.cluster.control)
    @rule(number=st.integers(1, 3), up=st.booleans())
    def a_broker_stops_or_starts(self, number: int, up: bool) -> None:
        self.unheard = True
        self.stopped |= not up
        set_broker(self.run, number, up)

    @precondition(lambda self: self.stage and any_broker(self.stage))
    @rule()
    def the_brokers_are_asked(self) -> None:
        """As once a second in a runner."""
        with suppress(ClusterError):
            self.run.look()
            self.run.sample()

    def teardown(self) -> None:
        if self.stage is None:
            return
        try:
            self.calm()
            until_quiet(self.stage, self.run)
            may_lose = self.crashed_first or (self.moved_first and self.stopped)
            check(self.stage, self.run, may_lose, self.may_skip)
            self.compare(self.stage)
            self.sound.append(True)
        finally:
            self.stage.end()
            self.stage.cluster.close()

    def compare(self, stage: Stage) -> None:
        """By what was told of records, and again by what the brokers answered."""
        self.run.look()
        if not self.unheard:
            check_picture(self.reducer, self.run, stage.hops.all)
        read_by = who_reads(stage, self.run)
        check_picture(self.reducer, self.run, stage.hops.all, read_by)
        self.run.sample()
        check_picture(self.reducer, self.run, stage.hops.all, read_by)

    def calm(self) -> None:
        self.run.crowd("send", 0, 60)
        if self.run.cluster.control:
            # One may stay away: the others do its work.
            for number in down(self.run)[1:]:
                set_broker(self.run, number, True)
        team = self.run.team(GROUP)
        team.set("paused", "off")
        team.set("work", "0")
        if not len(team):
            team.add()


def set_broker(run: ScenarioRun, number: int, up: bool) -> None:
    def work(control: BrokerControl) -> None:
        (control.start if up else control.stop)(number)

    run.control_broker(number, work, "started" if up else "stopped")


def down(run: ScenarioRun) -> list[int]:
    return (
        [broker.number for broker in run.cluster.control.brokers() if not broker.up]
        if run.cluster.control
        else []
    )


def any_broker(stage: Stage) -> bool:
    control = stage.cluster.control
    return not control or any(broker.up for broker in control.brokers())


def allowed(work: Callable[[], object], *codes: str) -> None:
    """Done, or refused for a reason that there is."""
    try:
        work()
    except Refused as refused:
        assert refused.code in codes, refused


def break_some(external: External | None, runs: int) -> int:
    """In a process of its own. Returns how many rooms were broken and found sound."""
    embedded._SESSION_MS, embedded._HEARTBEAT_MS = 600, 100
    with closing(Reducer()) as own_reducer:

        class Opened(Room):
            open = staticmethod(lambda: open_cluster(external, new_code()))
            reducer = own_reducer
            sound: list[bool] = []

        run_state_machine_as_test(Opened, settings=broken(STEPS, runs))
        return len(Opened.sound)


def break_rooms(external: External | None, runs: int, at_once: int) -> None:
    """Not in threads: on Python 3.11 two that parse Python at the same time disturb each other, and Hypothesis does."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(at_once, context) as processes:
        parts = [processes.submit(break_some, external, -(-runs // at_once)) for _ in range(at_once)]
    assert sum(part.result() for part in parts) >= runs


@pytest.fixture
def node() -> None:
    if not shutil.which("node"):
        require("node", "node is not installed")


@pytest.mark.slow
@pytest.mark.usefixtures("node")
def test_whatever_is_done_to_a_room_each_record_is_accounted_for_and_the_picture_is_true() -> None:
    break_rooms(None, RUNS, AT_ONCE)


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.usefixtures("node")
def test_whatever_is_done_to_a_room_on_kafka_each_record_is_accounted_for_and_the_picture_is_true(
    kafka: Brokers,
) -> None:
    break_rooms(External(kafka.bootstrap_servers), RUNS_ON_KAFKA, AT_ONCE_ON_KAFKA)
