"""What a room's page weighs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from tests.e2e.test_player import Viewer
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
SCRIPTS = Path(settings.BASE_DIR) / "static/js/room"
WEIGHT = """() => {
  const entries = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind));
  return entries.reduce((sum, {encodedBodySize}) => sum + encodedBodySize, 0);
}"""

SERVED = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => /\\/(static|jsi18n)\\//.test(name))
  .map(({ name, transferSize }) => [name, transferSize])"""
"""What the page asked for of scripts, styles and words, and how many bytes that took: nought if it was kept."""


@pytest.mark.parametrize(("language", "most"), [("", 105_000), ("/hi", 118_000)])
def test_a_room_weighs_little_as_it_is_sent(
    browser: Browser, any_server: Server, language: str, most: int
) -> None:
    viewer = Viewer(browser, any_server, at_home=False)
    viewer.go(f"{language}/play/food-delivery/")
    viewer.page.wait_for_selector('kafka-diagram[data-state="live"]')
    viewer.page.wait_for_load_state("networkidle")
    assert 50_000 < viewer.page.evaluate(WEIGHT) <= most
    viewer.page.close()


@pytest.mark.parametrize(
    "path", ["/", "/play/hearts/", "/lessons/", "/hi/t/food-order/", "/hi/embed/hearts/"]
)
def test_a_second_visit_transfers_no_script_and_no_style_again(
    browser: Browser, any_server: Server, path: str
) -> None:
    viewer = Viewer(browser, any_server)
    viewer.go(path)
    viewer.page.wait_for_load_state("networkidle")
    first = viewer.page.evaluate(SERVED)
    assert len(first) > 3
    assert [name for name, sent in first if sent == 0] == []
    viewer.go(path)
    second = dict(viewer.page.evaluate(SERVED))
    assert second.keys() & dict(first).keys()
    assert [name for name, _ in first if second.get(name)] == []
    viewer.page.close()


def test_each_script_without_its_comments_is_still_one(browser: Browser, any_server: Server) -> None:
    viewer = Viewer(browser, any_server)
    viewer.play("hearts")
    one = viewer.page.locator('script[src*="/js/room/"]').first.get_attribute("src") or ""
    for path in sorted(SCRIPTS.glob("*.js")):
        viewer.page.evaluate("path => import(path)", f"{one.rpartition('/')[0]}/{path.name}")
    assert viewer.complaints == []
    viewer.page.close()
