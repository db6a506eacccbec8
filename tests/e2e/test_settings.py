"""Every setting in force is visible, of the producers and of every group, at the moment that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.breaker import GROUP, Breaker
from tests.e2e.test_player import SCRUB
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
IN_FORCE = "node => [...node.querySelectorAll('div')].map((line) => line.textContent)"
CHANGED = "node => [...node.querySelectorAll('strong')].map((line) => line.textContent)"


@pytest.fixture
def breaker(browser: Browser, any_server: Server) -> Iterator[Breaker]:
    breaker = Breaker(browser, any_server)
    yield breaker
    breaker.page.close()
    assert breaker.complaints == []


def sheet(breaker: Breaker, name: str, what: str = IN_FORCE) -> list[str]:
    panel = breaker.page.locator("details:has([data-settings])")
    panel.evaluate("node => { node.open = true; node.scrollIntoView(); }")
    found: list[str] = breaker.page.locator(f'[data-settings-of="{name}"]').evaluate(what)
    return found


def set_in_picture(breaker: Breaker) -> str:
    """The lines below the producer and in the groups that say what is set."""
    lines = breaker.page.locator("kafka-diagram .text.set text").all_text_contents()
    return " · ".join(lines).replace("\u00a0", " ")


def change_acks_and_the_moment_of_the_bookmark(breaker: Breaker) -> None:
    breaker.set("idempotence", "off", "producer")
    breaker.until_said("idempotence was set to off")
    breaker.set("acks", "0", "producer")
    breaker.until_said("acks was set to 0")
    breaker.set("commit", "auto")
    breaker.until_said(f"{GROUP}: commit was set to auto")


def test_a_change_is_seen_in_the_settings_and_the_picture_and_what_was_before_it_by_scrubbing_back(
    breaker: Breaker,
) -> None:
    breaker.begin()
    assert "acks = all" in sheet(breaker, "app") and sheet(breaker, "app", CHANGED) == []
    assert "enable.auto.commit = false" in sheet(breaker, GROUP)
    assert set_in_picture(breaker) == ""
    low = float(breaker.page.locator("[data-scrub]").get_attribute("max") or 0)
    change_acks_and_the_moment_of_the_bookmark(breaker)
    breaker.until(lambda: "acks = 0" in sheet(breaker, "app", CHANGED))
    breaker.until(lambda: "enable.auto.commit = true" in sheet(breaker, GROUP, CHANGED))
    assert "acks = 0" in sheet(breaker, "crowd")
    assert "enable.auto.commit = false" in sheet(breaker, "heart-counter")
    assert sheet(breaker, "heart-counter", CHANGED) == []
    breaker.until(lambda: "acks=0" in set_in_picture(breaker))
    assert "commits by a timer" in set_in_picture(breaker)
    breaker.page.locator("[data-scrub]").evaluate(SCRUB, str(low))
    assert breaker.moment.startswith("Paused")
    assert "acks = all" in sheet(breaker, "app")
    assert "enable.auto.commit = false" in sheet(breaker, GROUP)
    assert set_in_picture(breaker) == ""


def test_a_setting_that_is_as_it_was_at_first_is_not_in_the_picture(breaker: Breaker) -> None:
    breaker.begin()
    breaker.set("work", "0.5")
    breaker.until(lambda: set_in_picture(breaker) == "0.5 s a record")
    assert sheet(breaker, GROUP, CHANGED) == ["work = 0.5"]
    breaker.set("commit", "before")
    breaker.until(lambda: set_in_picture(breaker) == "commits before · 0.5 s a record")
    assert sheet(breaker, GROUP, CHANGED) == ["commit = before", "work = 0.5"]
    breaker.set("commit", "after")
    breaker.set("work", "0")
    breaker.until(lambda: set_in_picture(breaker) == "")
    assert sheet(breaker, GROUP, CHANGED) == []


def test_who_comes_later_and_who_sees_the_saved_run_see_the_same_settings(
    browser: Browser, breaker: Breaker, any_server: Server
) -> None:
    breaker.begin()
    change_acks_and_the_moment_of_the_bookmark(breaker)
    breaker.until(lambda: "acks = 0" in sheet(breaker, "app"))
    told = {name: sheet(breaker, name) for name in ("app", "crowd", GROUP, "heart-counter")}
    words = set_in_picture(breaker)
    late = Breaker(browser, any_server)
    late.go(breaker.page.url.removeprefix(any_server.url))
    late.until(lambda: set_in_picture(late) == words)
    assert {name: sheet(late, name) for name in told} == told
    late.page.evaluate("for (const node of document.querySelectorAll('details')) node.open = true")
    late.page.locator("#save button").click()
    late.page.goto(late.page.locator("[data-saved] a").first.get_attribute("href") or "")
    late.page.wait_for_selector('kafka-diagram[data-state="recorded"]')
    assert set_in_picture(late) == ""
    late.page.locator("[data-scrub]").evaluate(SCRUB, "9999")
    late.until(lambda: set_in_picture(late) == words)
    assert {name: sheet(late, name) for name in told} == told
    late.page.close()
    assert late.complaints == []
