"""Pages in other words: plain ones, and those of another language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_room_page import Visitor
from tests.e2e.test_stage import FITS
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
LIVE = 'kafka-diagram[data-state="live"]'


class Reader(Visitor):
    @property
    def picture(self) -> str:
        """Its words, as soon as it knows every group's lag."""
        self.page.wait_for_selector(LIVE)
        diagram = self.page.locator("kafka-diagram")
        assert wait_for(lambda: "–" not in diagram.inner_text())
        return diagram.inner_text()

    def unfold(self) -> None:
        self.page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")

    def fits(self, width: int) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth") <= width)


@pytest.fixture
def reader(browser: Browser, any_server: Server) -> Iterator[Reader]:
    reader = Reader(browser, any_server)
    yield reader
    reader.page.close()
    assert reader.complaints == []


def test_plain_words_change_the_words_and_nothing_else(reader: Reader) -> None:
    reader.play("food-delivery")
    reader.until_joined()
    before, room = reader.picture, reader.page.locator(".where-code").inner_text()
    reader.page.locator('[data-words="plain"]').press("Enter")
    reader.page.wait_for_url("**/en-plain/**")
    assert reader.picture != before
    assert reader.page.locator(".where-code strong").inner_text() in room
    reader.page.locator('[data-words="kafka"]').press("Enter")
    reader.page.wait_for_url(lambda url: "/en-plain/" not in url)
    assert wait_for(lambda: reader.picture == before), (before, reader.picture)


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_in_hindi_is_wider_than_its_screen(browser: Browser, any_server: Server, width: int) -> None:
    reader = Reader(browser, any_server, width=width)
    for path in ("", "lessons/", "teach/", "j/", "t/open/", "embed/food-delivery/", "t/broker-dies/"):
        reader.go(f"/hi/{path}")
        assert reader.page.locator("html").get_attribute("lang") == "hi"
        reader.unfold()
        assert reader.fits(width), path
    for scenario in ("food-delivery", "hearts", "stock-prices"):
        reader.go(f"/hi/play/{scenario}/")
        reader.page.wait_for_selector(LIVE)
        reader.unfold()
        reader.page.locator("[data-action]").first.click()
        assert wait_for(lambda: reader.lines("commit") > 0)
        assert reader.fits(width), scenario
    reader.page.close()
    assert reader.complaints == []


def test_a_projector_shows_hindi_on_one_screen(reader: Reader) -> None:
    reader.go("/hi/play/food-delivery/")
    reader.page.wait_for_selector(LIVE)
    reader.page.goto(reader.page.url.split("?")[0] + "stage/")
    reader.page.wait_for_selector(LIVE)
    assert wait_for(lambda: reader.page.evaluate(FITS))
    reader.page.locator("[data-action]").first.click()
    assert wait_for(lambda: reader.lines("commit") > 0)
    assert wait_for(lambda: reader.page.evaluate(FITS))
