"""A frame at a fixed height, with no script in the page around it, and what that page may choose in the address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.measuring import WORDS, faults
from tests.e2e.test_player import Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
SIZES = [(760, 640), (360, 640), (700, 480)]
LIVE = 'kafka-diagram[data-state="live"]'
RECORDED = 'kafka-diagram[data-state="recorded"]'
TALL = "() => [document.documentElement.scrollHeight, document.documentElement.clientHeight]"
PAPER = "() => getComputedStyle(document.body).backgroundColor"


class Framed(Viewer):
    """The document that is in a frame, in a window as large as that."""

    def see(self, path: str) -> Page:
        self.go(path)
        self.page.locator("kafka-diagram").first.wait_for()
        return self.page

    def live(self, path: str) -> Page:
        self.see(path).click("[data-begin]")
        self.page.wait_for_selector(LIVE)
        return self.page

    def played(self, path: str) -> Page:
        self.see(path).click("[data-play-run]")
        self.page.wait_for_selector(RECORDED)
        return self.page


Framing = Callable[..., Framed]


@pytest.fixture
def framed(browser: Browser, any_server: Server) -> Iterator[Framing]:
    opened: list[Framed] = []

    def frame(width: int = 760, height: int = 640, **context: object) -> Framed:
        opened.append(Framed(browser, any_server, width, height, **context))
        return opened[-1]

    yield frame
    for one in opened:
        one.page.close()
        assert one.complaints == []


def fits(page: Page) -> bool:
    within, room = page.evaluate(TALL)
    return bool(within == room)


@pytest.mark.parametrize("path", ["/embed/food-delivery/", "/embed/t/broker-dies/", "/hi/embed/hearts/"])
def test_a_poster_is_right_at_a_fixed_height(framed: Framing, path: str) -> None:
    page = framed().see(path)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page)
        assert page.evaluate(WORDS) == []
        button = page.locator("[data-begin]:visible, [data-play-run]").bounding_box()
        assert button
        assert button["height"] >= 36
        assert button["x"] + button["width"] <= width


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_room_is_right_at_a_fixed_height(framed: Framing, width: int, height: int) -> None:
    viewer = framed(width, height)
    page = viewer.live("/embed/food-delivery/")
    page.click("[data-action]")
    assert wait_for(lambda: viewer.lines("commit") > 0)
    assert fits(page)
    assert faults(page) == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_saved_run_is_right_at_a_fixed_height(framed: Framing, width: int, height: int) -> None:
    viewer = framed(width, height)
    page = viewer.played("/embed/t/broker-dies/")
    assert wait_for(lambda: viewer.lines("ack") > 0)
    page.click('[data-play][data-does="pause"]')
    assert fits(page)
    assert faults(page) == []


def test_the_language_is_chosen_in_the_address_and_goes_on_into_the_room(framed: Framing) -> None:
    viewer = framed()
    page = viewer.see("/embed/hearts/?lang=hi")
    words = page.locator("[data-begin]").inner_text()
    assert page.locator("html").get_attribute("lang") == "hi"
    page.click("[data-begin]")
    page.wait_for_selector(LIVE)
    assert page.locator("html").get_attribute("lang") == "hi"
    page.locator(".words summary").click()
    page.click("[data-action]")
    assert wait_for(lambda: viewer.lines("commit") > 0)
    plain = viewer.see("/embed/hearts/?lang=en-plain")
    assert plain.locator("html").get_attribute("lang") == "en-plain"
    assert plain.locator("[data-begin]").inner_text() != words


def test_without_controls_there_is_the_picture_and_its_button(framed: Framing) -> None:
    page = framed().live("/embed/hearts/?controls=0")
    assert page.locator("button:visible, select:visible, summary:visible, input:visible").count() == 1
    page.click("[data-action]")
    assert wait_for(lambda: "1 sent" in (page.locator("kafka-diagram svg").text_content() or ""))
    page = framed().played("/embed/t/food-order/?controls=0")
    assert page.locator("button:visible, select:visible, summary:visible, input:visible").count() == 1
    page.locator('[data-play][data-does="play"]').click()
    page.wait_for_selector('[data-play][data-does="pause"]')


def test_a_theme_counts_more_than_the_readers_system(framed: Framing) -> None:
    light = framed(color_scheme="dark").see("/embed/hearts/?theme=light")
    assert light.evaluate(PAPER) == "rgb(255, 255, 255)"
    dark = framed(color_scheme="light").see("/embed/hearts/?theme=dark")
    assert dark.evaluate(PAPER) == "rgb(18, 22, 28)"
    light = framed(color_scheme="dark").live("/embed/hearts/?theme=light")
    assert light.evaluate(PAPER) == "rgb(255, 255, 255)"


def test_a_room_is_shown_as_slowly_as_the_address_says(framed: Framing) -> None:
    page = framed().live("/embed/hearts/?speed=50")
    assert page.locator("select[data-speed]").input_value() == "50"
    page.click("[data-action]")
    page.wait_for_selector("kafka-diagram .token", state="attached")
    assert wait_for(lambda: "50× slower" in page.locator("[data-moment]").inner_text())
