"""A frame whose reader has no connection by the time the button is pressed, or whose socket nobody lets through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from apps.embeds.snippet import SANDBOX
from tests.e2e.blog import Blog
from tests.e2e.test_embed import frame_of
from tests.servers import PATIENCE, Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Page

pytestmark = pytest.mark.browser
RECORDED = 'kafka-diagram[data-state="recorded"]'
PLAYER_IS_THERE = "() => customElements.get('kafka-diagram') !== undefined"
SANDBOXES = [f'sandbox="{SANDBOX}"', 'sandbox="allow-scripts"']


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1000, "height": 720})
    page.set_default_timeout(PATIENCE * 1000)
    yield page
    page.close()


def read(page: Page, address: str) -> FrameLocator:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page.frame_locator("iframe")


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_pressed_offline_the_poster_stays_and_says_so_and_leads_on_when_there_is_a_connection(
    page: Page, blog: Blog, any_server: Server, sandbox: str
) -> None:
    frame = read(page, blog.post("/offline", frame_of(any_server, "/embed/hearts/", sandbox)))
    assert frame.locator("[data-unreachable]").is_hidden()
    page.context.set_offline(True)
    frame.locator("[data-begin]").click()
    frame.locator("[data-unreachable]").wait_for()
    assert frame.locator("[data-unreachable]").inner_text().startswith("No connection")
    assert frame.locator(".poster .cell").count() > 0
    assert frame.locator("[data-begin]").inner_text() == "Try again"
    page.context.set_offline(False)
    frame.locator("[data-begin]").click()
    frame.locator('kafka-diagram[data-state="live"]').wait_for()


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_with_the_player_there_a_press_offline_shows_a_real_run_marked_as_recorded(
    page: Page, blog: Blog, any_server: Server, sandbox: str
) -> None:
    """It is fetched when somebody points at the button."""
    frame = read(page, blog.post("/pointed", frame_of(any_server, "/embed/food-delivery/", sandbox)))
    before = frame.locator(".embed-head").bounding_box()
    frame.locator("[data-begin]").hover()
    assert wait_for(lambda: frame.locator("body").evaluate(PLAYER_IS_THERE))
    assert frame.locator(".embed-head").bounding_box() == before
    page.context.set_offline(True)
    frame.locator("[data-begin]").click()
    frame.locator(RECORDED).wait_for()
    assert "a real run that was recorded" in frame.locator("[data-recorded]").inner_text()
    assert "Apache Kafka" in frame.locator("[data-run-facts]").inner_text()
    frame.locator("[data-play]").click()
    frame.locator(".words summary").click()
    frame.locator('#log li[data-type="ack"]').first.wait_for()
    page.context.set_offline(False)
    frame.locator("[data-begin]").click()
    frame.locator('kafka-diagram[data-state="live"]').wait_for()


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_a_saved_run_that_can_t_be_fetched_stays_a_poster_and_plays_when_it_can(
    page: Page, blog: Blog, any_server: Server, sandbox: str
) -> None:
    frame = read(page, blog.post("/run", frame_of(any_server, "/embed/t/broker-dies/", sandbox)))
    page.context.set_offline(True)
    frame.locator("[data-play-run]").click()
    frame.locator("[data-unreachable]").wait_for()
    assert frame.locator(".poster .cell").count() > 0
    frame.get_by_role("button", name="Try again").click()
    assert wait_for(lambda: frame.locator("[data-unreachable]").is_visible())
    page.context.set_offline(False)
    frame.get_by_role("button", name="Try again").click()
    frame.locator(RECORDED).wait_for()
    assert frame.locator("[data-play-run]").count() == 0


def test_where_no_socket_is_let_through_a_real_run_is_shown_instead(
    page: Page, blog: Blog, any_server: Server
) -> None:
    page.route_web_socket("**/ws/rooms/**", lambda socket: socket.close())
    frame = read(page, blog.post("/refused", frame_of(any_server, "/embed/food-delivery/")))
    frame.locator("[data-begin]").click()
    frame.locator("[data-action]").wait_for()
    frame.locator(RECORDED).wait_for()
    assert "a real run that was recorded" in frame.locator("[data-instead] .notice").inner_text()
    assert "Apache Kafka" in frame.locator("[data-run-facts]").inner_text()
    assert frame.locator("[data-action]").count() == 0
