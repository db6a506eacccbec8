"""What is told last of a setting is what is so, also where two set it at once."""

from __future__ import annotations

from typing import Any

from apps.kafka.embedded import EmbeddedCluster
from apps.kafka.hops import Hop, HopType
from apps.scenarios.run import ScenarioRun
from tests.contract.breaking import HEARTS
from tests.memory import Memory


def test_a_change_is_told_before_anybody_else_can_make_the_next_one() -> None:
    cluster = EmbeddedCluster()
    open_to_others: list[Any] = []
    locks: dict[str, Any] = {}

    def observe(hop: Hop) -> None:
        name = (hop.data or {}).get("name")
        if hop.type is HopType.SETTING and name in locks and not locks[name].locked():
            open_to_others.append(name)

    run = ScenarioRun(HEARTS, cluster, Memory(), observe, "TEST", 3)
    try:
        team = run.team("heart-counter")
        locks |= {"crowd": run._lock, "acks": run._producers._lock, "work": team._lock}
        run.crowd(HEARTS.actions[0].slug, 1, 10)
        assert run.send_crowd_home()
        run.set_producer("acks", "1")
        team.set("work", "0.1")
    finally:
        run.close()
        cluster.close()
    assert not open_to_others
