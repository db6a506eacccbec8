"""The page of the two lanes, as a person uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.axe import source, violations
from tests.e2e.test_room_page import Visitor
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_start_by_keyboard_and_both_lanes_tell_their_numbers(browser: Browser, any_server: Server) -> None:
    visit = Visitor(browser, any_server, width=360, height=740, bypass_csp=True)
    visit.play("hearts")
    page = visit.page
    page.get_by_role("link", name="Without Kafka: the same flood in two lanes").click()
    page.wait_for_url("**/lanes/")  # with its scripts: a form knows nothing of them before
    page.get_by_label("Hearts a second").fill("20")
    page.get_by_label("Seconds a lane").fill("5")
    page.keyboard.press("Enter")
    words = page.locator("#lanes-words")
    page.wait_for_selector('#lanes[data-phase="with"]', timeout=60_000)
    assert "with Kafka" in words.inner_text()
    page.wait_for_selector('#lanes[data-phase="done"]', timeout=60_000)
    for lane in ("without_kafka", "with_kafka"):
        part = page.locator(f'[data-lane="{lane}"]')
        accepted, failed = (
            int(part.locator(f"[{name}]").inner_text()) for name in ("data-accepted", "data-failed")
        )
        assert accepted + failed == 100
        assert part.locator("[data-p99]").inner_text().endswith(" ms")
    assert "the database wrote" in words.inner_text()
    assert "SQLite" in page.locator("[data-database]").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, source()) == []
    page.close()
    assert visit.complaints == []
