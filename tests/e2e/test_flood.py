"""A flood in a real browser: it is drawn as a flow, with the brokers' numbers, and slowed it is single again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from apps.scenarios.run import CROWD_SECONDS
from tests.client import Room, crowd, set_producer
from tests.e2e.test_player import Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
RATE = 8_000
FLOWS = "kafka-diagram .flow"


class Watcher(Viewer):
    """Calls crowds of hearts and reads what is drawn of them."""

    def flood(self) -> str:
        """As long as may be: when all of it has been seen it is stopped, and the machine says how long that takes."""
        code = self.play("hearts")
        crowd(self.server, self.room(code), RATE, CROWD_SECONDS)
        return code

    def room(self, code: str) -> Room:
        return {"code": code, "token": self.page.evaluate("document.body.dataset.token")}

    def strips(self) -> list[str]:
        """Of each row, the keys of what came lately."""
        return self.page.locator("kafka-diagram .keys").all_text_contents()

    def flows(self) -> int:
        return self.page.locator(FLOWS).count()

    def boxes_stand_for(self) -> int:
        """Records."""
        found = re.search(r"1 box = ([\d,]+) records", " ".join(self.pictured()))
        return int(found[1].replace(",", "")) if found else 1

    def ends(self) -> list[int]:
        cells = self.page.locator("#state tr:not([hidden]) [data-total-end]").all_text_contents()
        return [int(text.replace(",", "")) for text in cells[::3]]

    def drawn_ends(self) -> list[int]:
        found = [re.match(r"end ([\d,]+)", text) for text in self.pictured()]
        return [int(match[1].replace(",", "")) for match in found if match]


@pytest.fixture
def watcher(browser: Browser, server: Server) -> Iterator[Watcher]:
    watcher = Watcher(browser, server)
    yield watcher
    watcher.page.close()
    assert watcher.complaints == []


def test_a_flood_is_a_flow_with_numbers_and_boxes_for_many(watcher: Watcher) -> None:
    code = watcher.flood()
    assert wait_for(lambda: watcher.flows() >= 3)
    assert wait_for(lambda: watcher.boxes_stand_for() >= 100)
    assert wait_for(lambda: sum(text.endswith("/s") for text in watcher.pictured()) >= 4)
    assert "flow" in watcher.page.locator("[data-narrator]").inner_text()
    watcher.page.click("[data-play]")
    assert watcher.drawn_ends() == watcher.ends()
    assert watcher.flows() >= 1
    crowd(watcher.server, watcher.room(code), 0)


def test_after_the_flood_every_heart_is_counted_and_single_ones_are_seen_again(watcher: Watcher) -> None:
    code = watcher.flood()

    def stored() -> list[int]:
        return [part["end"] for part in watcher.api(code)["topics_state"]["hearts"]]

    assert wait_for(lambda: watcher.flows() >= 1)
    assert wait_for(lambda: sum(stored()) > RATE)
    crowd(watcher.server, watcher.room(code), 0)
    assert wait_for(lambda: watcher.flows() == 0 and watcher.boxes_stand_for() == 1)
    assert wait_for(lambda: watcher.ends() == stored())
    assert wait_for(lambda: "Too fast" in watcher.page.locator("[data-narrator]").inner_text())
    watcher.page.click('[data-action="send-heart"]')
    watcher.page.wait_for_selector("kafka-diagram .token", state="attached")


def test_slowed_a_flood_is_capsules_and_then_single_records(watcher: Watcher) -> None:
    code = watcher.flood()
    assert wait_for(lambda: watcher.flows() >= 1)
    watcher.page.select_option("[data-speed]", "100")
    assert wait_for(lambda: watcher.flows() == 0)
    watcher.page.wait_for_selector("kafka-diagram .capsule", state="attached")
    assert re.match(r"Shown 100× slower · [\d.]+ s behind live", watcher.moment)
    crowd(watcher.server, watcher.room(code), 0)


def test_a_hot_key_is_one_fat_strip_and_is_named_in_words(watcher: Watcher) -> None:
    code = watcher.flood()
    assert wait_for(lambda: len(watcher.strips()) >= 4), watcher.strips()
    assert "one-star" not in watcher.page.locator("[data-narrator]").inner_text()
    assert watcher.page.locator('kafka-diagram .cell rect[data-heat="5"]').count() >= 1
    set_producer(watcher.server, watcher.room(code), "keys", "one")
    hot = re.compile(r"Key [A-Z] \(one-star\): \d+% of hearts partition \d\.")
    narrator = watcher.page.locator("[data-narrator]")
    assert wait_for(lambda: hot.search(narrator.inner_text())), narrator.inner_text()
    assert wait_for(lambda: any(text.endswith("100%") for text in watcher.strips())), watcher.strips()
    digests = watcher.page.locator('#log [data-type="digest"]')
    assert wait_for(lambda: any("(key one-star: " in text for text in digests.all_text_contents()))
    crowd(watcher.server, watcher.room(code), 0)
