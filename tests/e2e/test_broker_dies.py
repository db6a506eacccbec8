"""A broker of a real Apache Kafka is killed in a flood: what people see of it, and what became of the records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.accounts import GROUPS
from tests.e2e.breaker import Breaker
from tests.mortal import Mortal, mortal_brokers
from tests.servers import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.conftest import MakeServer

pytestmark = [pytest.mark.browser, pytest.mark.kafka, pytest.mark.slow]
FLOOD = 1000
PATIENCE = 90.0
PLACES = [f"leader-hearts/{number}" for number in range(3)]


class Watcher(Breaker):
    """Sees a flood on Kafka, and says what of it."""

    def until(self, condition: Callable[[], object]) -> None:
        assert wait_for(condition, PATIENCE), (self.pictured(), self.said[:30], self.health)

    @property
    def health(self) -> str:
        return self.page.locator("[data-health]").inner_text()

    def leaders(self) -> list[int]:
        """Of the partitions, in the picture; 0 where nobody leads."""
        found = [re.match(r"B(\d)", self.mark(place)) for place in PLACES]
        return [int(one[1]) if one else 0 for one in found]

    def is_down(self, node: int) -> bool:
        return "down" in self.mark(f"broker-broker-{node}")

    def stored(self) -> int:
        return sum(self.numbers_of('data-total-end^="hearts/"'))

    def until_more_are_stored(self) -> None:
        known = self.stored()
        self.until(lambda: self.stored() >= known + FLOOD)

    def until_all_is_accounted_for(self) -> None:
        verdict = self.page.locator("[data-ledger-verdict]")
        self.until(lambda: verdict.inner_text() == "✓ It adds up: each record is accounted for.")
        told = self.page.locator('[data-ledger="topic/hearts"]').inner_text()
        assert "GONE" not in told and "given up" not in told, told
        produced, stored = (re.search(rf"([\d,]+) {word}", told) for word in ("produced", "stored"))
        assert produced and stored and produced[1] == stored[1], told
        for group in GROUPS:
            self.until_told(f"group/{group}", f"{stored[1]} handled")
            self.until_told(f"group/{group}", " 0 lost")


@pytest.fixture
def brokers(kafka_here: None, tmp_path: Path) -> Iterator[Mortal]:
    with mortal_brokers(tmp_path / "mortal") as kafka:
        yield kafka


@pytest.fixture
def watcher(browser: Browser, brokers: Mortal, make_server: MakeServer) -> Iterator[Watcher]:
    server = make_server(KAFKA_BOOTSTRAP_SERVERS=brokers.bootstrap_servers, KAFKAVIZ_RUNNERS=1)
    watcher = Watcher(browser, server)
    watcher.begin()
    yield watcher
    watcher.page.close()
    assert watcher.complaints == []


def test_a_broker_killed_in_a_flood_is_seen_to_fall_and_to_come_back_and_no_acked_record_is_lost(
    watcher: Watcher, brokers: Mortal
) -> None:
    watcher.page.click(f"#crowd-{FLOOD}")
    watcher.until_more_are_stored()
    node = watcher.leaders()[0]
    brokers.kill(node)
    watcher.until(lambda: watcher.is_down(node))
    watcher.until(lambda: not {0, node} & set(watcher.leaders()))
    watcher.until_said(f"Broker {node} is down")
    watcher.until(lambda: any("now leads hearts 0" in line for line in watcher.said))
    watcher.until(lambda: f"Broker {node} is down." in watcher.health)
    watcher.until(lambda: "2 of 3 replicas are in sync" in watcher.health)
    watcher.until_more_are_stored()
    assert watcher.is_down(node)
    brokers.revive()
    watcher.until(lambda: not watcher.is_down(node))
    watcher.until_said(f"Broker {node} is up")
    watcher.until(lambda: "down" not in watcher.health and "not in sync" not in watcher.health)
    watcher.until_more_are_stored()
    watcher.page.click("#crowd-0")
    watcher.until_all_is_accounted_for()
