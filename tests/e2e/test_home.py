"""The home page as a person uses it: one press places an order, and the picture can be stopped and stepped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.measuring import WORDS
from tests.e2e.test_player import DELIVERED
from tests.e2e.test_room_page import Visitor, visiting
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
LIVE = 'kafka-diagram[data-state="live"]'
BEATS = 9
# A mark that is drawn in the colour of what is behind it is not to be seen.
UNSEEN = """() => [...document.querySelectorAll("[data-beats] svg :is(rect, circle, path, text:not(.token text))")]
  .filter((node) => node.checkVisibility())
  .map((node) => getComputedStyle(node))
  .filter(({ fill, stroke }) => [fill, stroke].every((colour) => ["none", "rgb(0, 0, 0)"].includes(colour)))
  .length"""

# Without going anywhere, so that there is time to look.
PRESS = """() => {
  addEventListener("submit", (event) => event.preventDefault());
  const button = document.querySelector("[data-place-order]");
  const look = () => [button.textContent.trim(), button.getAttribute("aria-busy")];
  const first = look();
  button.click();
  const pressed = look();
  dispatchEvent(new PageTransitionEvent("pageshow"));
  return [first, pressed, look()];
}"""


@pytest.fixture
def visit(browser: Browser, any_server: Server) -> Iterator[Visitor]:
    with visiting(browser, any_server) as visitor:
        yield visitor


def test_one_press_opens_a_room_and_places_the_order_once(visit: Visitor) -> None:
    visit.go("/")
    visit.page.click("[data-place-order]")
    visit.page.wait_for_selector(DELIVERED)
    assert visit.page.evaluate("location.hash") == ""
    assert visit.page.locator("[data-card]").count() == 1
    code = visit.page.url.rstrip("/").rsplit("/", 1)[-1]
    # The address with its word, kept or handed on, presses nothing in a room where something was pressed.
    visit.go("/")
    visit.go(f"/r/{code}/#first")
    visit.page.wait_for_selector(LIVE)
    assert wait_for(lambda: visit.page.evaluate("location.hash") == "")
    assert visit.page.locator("[data-card]").count() == 0
    assert sum(row["end"] for row in visit.api(code)["topics_state"]["orders"]) == 1


def test_whoever_pressed_is_told_that_a_room_opens_and_finds_the_button_again(visit: Visitor) -> None:
    visit.go("/")
    first, pressed, again = visit.page.evaluate(PRESS)
    assert pressed == ["Opening your room…", "true"]
    assert again == first == ["Place an order", None]


def test_the_picture_plays_by_itself_and_a_press_stops_and_steps_it(visit: Visitor) -> None:
    visit.go("/")
    figure = visit.page.locator("[data-beats]")
    assert figure.get_attribute("data-beat") == "1"
    assert wait_for(lambda: figure.get_attribute("data-beat") == "2")
    figure.locator("[data-beats-play]").click()
    assert "stopped" in str(figure.get_attribute("class"))
    shown = int(figure.get_attribute("data-beat") or 0)
    figure.locator("[data-beats-on]").click()
    assert figure.get_attribute("data-beat") == str(shown + 1)
    figure.locator("[data-beats-back]").click()
    assert figure.get_attribute("data-beat") == str(shown)
    assert figure.locator("li.now").count() == 1


def test_without_motion_the_picture_stands_still_whole_and_steps_by_a_press(
    browser: Browser, any_server: Server
) -> None:
    visit = Visitor(browser, any_server, reduced_motion="reduce", forced_colors="active", color_scheme="dark")
    visit.go("/")
    figure = visit.page.locator("[data-beats]")
    figure.locator("[data-beats-on]").wait_for()
    assert figure.get_attribute("data-beat") is None
    assert figure.locator("li").last.is_visible()
    assert visit.page.evaluate(UNSEEN) == 0
    figure.locator("[data-beats-back]").click()
    assert figure.get_attribute("data-beat") == str(BEATS - 1)
    assert (
        visit.page.evaluate(
            "document.getAnimations().filter((one) => !(one instanceof CSSTransition)).length"
        )
        == 0
    )
    visit.page.close()


@pytest.mark.parametrize("language", ["", "/hi", "/en-plain"])
@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_the_home_page_is_short_and_nothing_is_cut(
    browser: Browser, any_server: Server, width: int, language: str
) -> None:
    visit = Visitor(browser, any_server, width=width, height=844, has_touch=True, is_mobile=True)
    visit.go(f"{language}/")
    visit.page.wait_for_selector("[data-beats-on]")
    assert visit.page.evaluate(WORDS) == []
    if width == 390:
        assert visit.page.evaluate("document.documentElement.scrollHeight") <= (
            1_900 if not language else 2_050
        )
    visit.page.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_the_first_screen_has_the_order_the_picture_and_what_to_look_for(
    browser: Browser, any_server: Server, width: int, height: int
) -> None:
    visit = Visitor(browser, any_server, width=width, height=height)
    visit.go("/")
    for part in ("[data-place-order]", "[data-beats]", ".ideas", "[data-join] input"):
        box = visit.page.locator(part).bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= height, part
    visit.page.close()


def test_a_wrong_code_is_told_at_home_and_the_keys_are_where_it_is_mended(visit: Visitor) -> None:
    visit.go("/")
    visit.page.fill("[data-join] input", "222-22")
    visit.page.keyboard.press("Enter")
    visit.page.locator("[data-join] [role=alert]").wait_for()
    assert visit.page.evaluate("document.activeElement.name") == "code"
    assert visit.page.locator("[data-join] input").input_value() == "222-22"
    visit.complaints.clear()  # a browser complains of each 400
