"""The page for a projector, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_player import DRAWN, Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
SIZES = [(1280, 720), (1920, 1080), (1024, 768)]
FITS = """() => {
  const root = document.documentElement;
  const box = (name) => document.querySelector(name).getBoundingClientRect();
  const fits = root.scrollHeight <= innerHeight && root.scrollWidth <= innerWidth;
  return fits && box("kafka-diagram svg").bottom <= box("kafka-diagram").bottom + 1;
}"""


def until_one_screen(page: Page) -> None:
    """On each projector, once the picture is drawn for it."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(DRAWN)
        assert wait_for(lambda: page.evaluate(FITS)), (width, height)


def open_stage(viewer: Viewer, scenario: str) -> None:
    code = viewer.play(scenario)
    viewer.go(f"/r/{code}/stage/")
    viewer.page.wait_for_selector('kafka-diagram[data-state="live"]')


@pytest.mark.parametrize("scenario", ["food-delivery", "hearts"])
def test_the_stage_is_one_screen(browser: Browser, any_server: Server, scenario: str) -> None:
    viewer = Viewer(browser, any_server)
    open_stage(viewer, scenario)
    until_one_screen(viewer.page)
    viewer.page.click("[data-action]")
    assert wait_for(lambda: viewer.lines("commit") >= 3)
    until_one_screen(viewer.page)
    viewer.page.close()
    assert viewer.complaints == []


def test_a_presenter_steps_with_a_remote_control(browser: Browser, any_server: Server) -> None:
    viewer = Viewer(browser, any_server)
    open_stage(viewer, "food-delivery")
    viewer.page.click("[data-action]")
    assert wait_for(lambda: viewer.lines("commit") >= 5)
    viewer.page.locator("body").evaluate("() => document.activeElement.blur()")
    viewer.page.keyboard.press("PageUp")
    assert viewer.moment.startswith("Paused")
    before = viewer.lines("commit")
    viewer.page.keyboard.press("PageUp")
    assert viewer.lines("commit") <= before
    viewer.page.keyboard.press("PageDown")
    assert viewer.moment.startswith("Paused")
    viewer.page.keyboard.press("l")
    assert viewer.moment.startswith("Paused")
    viewer.page.close()


def test_the_stage_tells_how_to_join(browser: Browser, any_server: Server) -> None:
    viewer = Viewer(browser, any_server)
    code = viewer.play("hearts")
    viewer.go(f"/r/{code.lower()}/stage/")
    link = viewer.page.locator(".join a")
    assert link.inner_text().endswith(f"/r/{code}")
    assert link.get_attribute("href") == f"{any_server.url}/r/{code}/"
    viewer.page.close()
