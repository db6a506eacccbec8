"""The page for a projector, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.client import crowd
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


# Those of the picture are as large as it is drawn. A token's letter is a mark.
SMALLEST = """least => {
  const unseen = "script, template, option, .glyph, .art, .hidden, .skip";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const small = [];
  let words = 0;
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const parent = text.parentElement;
    if (!text.data.trim() || parent.closest(unseen) || !parent.checkVisibility({ opacityProperty: true })) continue;
    const { width } = parent.getBoundingClientRect();
    if (width <= 1 || parent.closest("main > .text")) continue;
    words += 1;
    const size = parseFloat(getComputedStyle(parent).fontSize) * (parent.ownerSVGElement ? parent.getScreenCTM().a : 1);
    if (size < least - 0.1) small.push(`${text.data.trim()}: ${size.toFixed(1)} px`);
  }
  return { words, small };
}"""
LEAST = [18, 24]


def until_one_screen(page: Page) -> None:
    """On each projector, once the picture is drawn for it."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(DRAWN)
        assert wait_for(lambda: page.evaluate(FITS)), (width, height)


def open_stage(viewer: Viewer, scenario: str) -> str:
    code = viewer.play(scenario)
    viewer.go(f"/r/{code}/stage/")
    viewer.page.wait_for_selector('kafka-diagram[data-state="live"]')
    return code


def until_readable(page: Page) -> None:
    """From the back of a room: no word is smaller than 18 px at 720p, and 24 at 1080p."""
    for (width, height), least in zip(SIZES, LEAST, strict=False):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(DRAWN)
        found = page.evaluate(SMALLEST, least)
        assert found["words"] > 25, "there is no picture"
        assert found["small"] == [], (width, height)


@pytest.mark.parametrize("scenario", ["food-delivery", "hearts", "stock-prices"])
def test_the_stage_is_one_screen_that_is_read_from_the_back(
    browser: Browser, any_server: Server, scenario: str
) -> None:
    """Idle, with a record, and in a flood, of which the rate is told. The way in is large until somebody has come."""
    viewer = Viewer(browser, any_server)
    code = open_stage(viewer, scenario)
    page, way_in = viewer.page, viewer.page.locator(".join-qr")
    until_one_screen(page)
    until_readable(page)
    large = way_in.bounding_box()
    page.click("[data-action]")
    assert wait_for(lambda: viewer.lines("commit") >= 2)
    until_one_screen(page)
    assert large and wait_for(lambda: (way_in.bounding_box() or large)["width"] < large["width"])
    room = {"code": code, "token": page.evaluate("document.body.dataset.token")}
    crowd(any_server, room, 1000 if scenario == "hearts" else 100)
    big = page.locator("[data-big]")
    # A machine that can't keep up says by how many groups it is read.
    told = re.compile(r"^\s*[\d,]+ (hearts|records) a second[ ,].* on this machine: .*\d+ cores?, \w+")
    assert wait_for(lambda: told.search(big.inner_text().replace("\n", " "))), big.inner_text()
    until_one_screen(page)
    until_readable(page)
    crowd(any_server, room, 0)
    page.close()
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
