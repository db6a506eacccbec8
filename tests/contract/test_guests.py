"""Somebody joins a room's group with a client of their own, by the commands that its page shows."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from apps.kafka.clusters import External, open_cluster
from apps.kafka.hops import HopType
from apps.rooms.codes import new_code
from apps.rooms.commands import joining
from apps.scenarios import guests
from apps.scenarios.run import ScenarioRun
from tests.brokers import Brokers
from tests.contract.invariants import GROUP, PARTITIONS, TINY, TOPIC
from tests.contract.picture import assigned
from tests.contract.stage import Stage

pytestmark = [pytest.mark.kafka, pytest.mark.kcat, pytest.mark.slow]
PROTOCOL = "cooperative-sticky"
"""What every kcat can join."""
EXAMPLE = {"topic": TOPIC, "key": "a", "value": '{"mine": 1}'}


@pytest.fixture
def stage(kafka: Brokers, kcat: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(guests, "EVERY", 0.0)
    with closing(open_cluster(External(kafka.bootstrap_servers), new_code())) as cluster:
        stage = Stage(cluster)
        yield stage
        stage.end()


def commands(run: ScenarioRun) -> dict[str, Any]:
    name = run.cluster.real_name
    facts = {
        "bootstrap_servers": run.cluster.bootstrap_servers,
        "cluster": run.cluster.kind,
        "topics": {topic: name(topic) for topic in run.scenario.partitions},
        "groups": {group.name: name(group.name) for group in run.scenario.groups},
    }
    return joining(facts, GROUP, [TOPIC], PROTOCOL, EXAMPLE)


def test_somebody_s_own_kcat_is_a_guest_with_what_it_has_until_it_goes(stage: Stage) -> None:
    run = stage.run(TINY)
    run.team(GROUP).set("protocol", PROTOCOL)

    def there() -> list[dict[str, Any]]:
        run.sample()
        return list(run.guests.get(GROUP, []))

    stage.ask_until(lambda: assigned(run) is not None and len(assigned(run) or {}) == PARTITIONS)
    with subprocess.Popen(["sh", "-c", f"exec {commands(run)['kcat']}"], stdout=subprocess.DEVNULL) as kcat:
        try:
            stage.ask_until(lambda: any(guest["partitions"] for guest in there()))
            (guest,) = there()
            readers = assigned(run) or {}
        finally:
            kcat.terminate()
    own = [place for place, names in readers.items() if names == [guest["client"]]]
    assert own == [f"{GROUP}/{topic}/{number}" for topic, number in guest["partitions"]]
    assert len(own) < len(readers) == PARTITIONS
    stage.ask_until(lambda: not there())
    last = stage.hops.of(HopType.GUEST, GROUP)[-1]
    assert last.data["left"] and last.partitions == ()


def test_what_kcat_sends_by_that_command_lands_where_the_app_s_records_of_that_key_do(stage: Stage) -> None:
    run = stage.run(TINY)
    subprocess.run(["sh", "-c", commands(run)["produce"]], check=True, timeout=60)

    def by_the_app() -> set[int | None]:
        run.act("send", {})
        return {hop.partition for hop in stage.hops.of(HopType.ACK) if hop.key == EXAMPLE["key"]}

    stage.ask_until(lambda: len(by_the_app()) == 1)
    read = ["kcat", "-b", run.cluster.bootstrap_servers, "-C", "-e", "-q", "-t", run.cluster.real_name(TOPIC)]
    printed = subprocess.run([*read, "-f", "%p %k %s\n"], capture_output=True, text=True, timeout=60)
    (sent,) = [line.split(" ", 2) for line in printed.stdout.splitlines() if line.endswith(EXAMPLE["value"])]
    assert (sent[1], {int(sent[0])}) == (EXAMPLE["key"], by_the_app())
