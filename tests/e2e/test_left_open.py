"""A page that is left open: overnight, while the network is away, and through another life of its room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_room_page import Visitor, visit
from tests.servers import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["visit"]
pytestmark = pytest.mark.browser
LIVE = 'kafka-diagram[data-state="live"]'
LOST = 'kafka-diagram[data-state="reconnecting"]'
# The room begins anew with an empty log, as far as this page is told.
ANEW = """() => {
  const diagram = document.querySelector("kafka-diagram");
  const partitions = Object.fromEntries(diagram.topology.topics.map((topic) => [topic.name, topic.partitions]));
  const room = { incarnation: 99, now: 0, partitions, crowd: null, notice: null };
  diagram.takeBacklog({ seq: 0, hops: [], room });
}"""
# The log keeps a few hops from now on, and answers where its newest is.
KEEP_FEW = """() => {
  const { log } = document.querySelector("kafka-diagram").player.playback;
  log.bounds.most = 5;
  return log.end;
}"""
HAS_FORGOTTEN = "(position) => document.querySelector('kafka-diagram').player.playback.log.first > position"


def test_a_room_that_was_left_until_its_token_was_old_comes_back_and_its_panels_work(
    browser: Browser, make_server: Any
) -> None:
    server = make_server(KAFKAVIZ_TOKEN_AGE=2)
    visitor = Visitor(browser, server)
    code = visitor.play("hearts")
    token = visitor.page.evaluate("document.body.dataset.token")
    assert wait_for(lambda: "expired" in server.post_form(f"/r/{code}/crowd/", token).text)
    visitor.page.context.set_offline(True)
    visitor.page.wait_for_selector(LOST)
    visitor.page.context.set_offline(False)
    visitor.page.wait_for_selector(LIVE)
    assert visitor.page.evaluate("document.body.dataset.token") != token
    visitor.page.locator("#crowd-10").press("Enter")
    visitor.page.wait_for_selector('#crowd-10[aria-pressed="true"]')
    visitor.page.close()


def test_a_press_in_a_panel_that_did_not_arrive_says_so(visit: Visitor) -> None:
    visit.play("hearts")
    visit.page.locator("#crowd-10").press("Enter")
    visit.page.wait_for_selector('#crowd-10[aria-pressed="true"]')
    visit.page.context.set_offline(True)
    visit.page.locator("#crowd-0").press("Enter")
    assert "Not connected" in visit.page.locator("#crowd [role=alert]").inner_text()
    visit.page.context.set_offline(False)
    visit.page.wait_for_selector(LIVE)
    visit.page.locator("#crowd-0").press("Enter")
    visit.page.wait_for_selector("#crowd-0:disabled")
    visit.page.locator("#crowd [role=alert]").wait_for(state="detached")
    visit.complaints.clear()  # of the network that was not there


def test_who_saves_by_keyboard_stays_at_the_button(visit: Visitor) -> None:
    visit.play("hearts")
    visit.page.click('[data-action="send-heart"]')
    visit.page.wait_for_selector("[data-card][data-value]")
    visit.page.click('[data-tab="share"]')
    visit.page.locator("#save-run").press("Enter")
    visit.page.wait_for_selector("[data-saved]")
    assert visit.page.evaluate("document.activeElement.id") == "save-run"


def test_a_record_is_followed_until_its_log_is_another(visit: Visitor) -> None:
    visit.play("hearts")
    visit.page.click('[data-action="send-heart"]')
    visit.page.wait_for_selector("[data-card][data-value]")
    visit.page.click(".card-follow")
    visit.page.wait_for_selector("[data-journey]:visible")
    visit.page.evaluate(ANEW)
    visit.page.wait_for_selector("[data-journey]", state="hidden")


def test_a_card_tells_where_its_record_is_when_the_log_has_forgotten_that(visit: Visitor) -> None:
    visit.play("hearts")
    visit.page.click('[data-action="send-heart"]')
    visit.page.wait_for_selector("[data-card][data-value]")
    place = visit.page.locator(".card-where")
    assert wait_for(lambda: "offset 0" in place.inner_text())
    position = visit.page.evaluate(KEEP_FEW)
    visit.page.locator("#crowd-10").press("Enter")
    visit.page.wait_for_function(HAS_FORGOTTEN, arg=position)
    visit.page.locator("kafka-diagram").focus()
    visit.page.keyboard.press("Shift+ArrowLeft")
    visit.page.keyboard.press("l")
    assert "offset 0" in place.inner_text()
