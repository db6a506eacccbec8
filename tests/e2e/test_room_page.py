"""The page as a person uses it, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.client import settled
from tests.e2e.measuring import PICTURED
from tests.servers import PATIENCE, Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = pytest.mark.browser
GROUPS = ("restaurant", "delivery", "order-status")
# Of what comes in one second the text tells forty lines and counts the rest: whether it is done with those that came.
IS_A_NEW_SECOND = (
    "() => performance.now() - document.querySelector('kafka-diagram').views.log.window.since > 1000"
)


# In a sandbox nothing can be kept.
AT_HOME = """
  try {
    localStorage.setItem("kafkaviz.drawer", localStorage.getItem("kafkaviz.drawer") ?? "controls");
    for (const story of ["food-delivery", "hearts", "stock-prices", "rebalance", "death"])
      localStorage.setItem(`kafkaviz.directed.${story}`, "shown");
  } catch {}
"""


class Visitor:
    """A page, and everything its console complained about. `at_home`: they have been here before.

    They left what a room has beside its picture open, and have been shown what is told in beats.
    """

    def __init__(
        self, browser: Browser, server: Server, width: int = 1280, height: int = 720, **context: Any
    ) -> None:
        at_home = context.pop("at_home", True)
        self.server = server
        self.page: Page = browser.new_page(viewport={"width": width, "height": height}, **context)
        self.page.set_default_timeout(PATIENCE * 1000)
        if at_home:
            self.page.add_init_script(AT_HOME)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.complaints.append(line.text)

    def go(self, path: str) -> None:
        self.page.goto(self.server.url + path)

    def play(self, scenario: str) -> str:
        """Into a new room; returns its code once the picture is live."""
        self.go(f"/play/{scenario}/")
        self.page.wait_for_selector('kafka-diagram[data-state="live"]')
        return self.page.url.rstrip("/").rsplit("/", 1)[-1]

    def lines(self, type_: str, group: str = "") -> int:
        of_group = f'[data-group="{group}"]' if group else ""
        return self.page.locator(f'#log li[data-type="{type_}"]{of_group}').count()

    def until_joined(self) -> None:
        """Each group of a food delivery has its reader."""
        assert wait_for(lambda: self.pictured().count("orders P0 P1 P2") == len(GROUPS)), self.pictured()

    def pictured(self) -> list[str]:
        """What the picture says of ends, lags, members and groups, in words that the table can be held to."""
        return list(self.page.evaluate(PICTURED, ".text").values())

    def api(self, code: str) -> dict[str, dict[str, list[dict[str, int]]]]:
        found = self.server.get(f"/api/rooms/{code}/").json()
        assert isinstance(found, dict)
        return found


@contextmanager
def visiting(browser: Browser, server: Server) -> Iterator[Visitor]:
    visitor = Visitor(browser, server)
    yield visitor
    visitor.page.close()
    assert visitor.complaints == []


@pytest.fixture
def visit(browser: Browser, any_server: Server) -> Iterator[Visitor]:
    with visiting(browser, any_server) as visitor:
        yield visitor


@pytest.fixture
def visit_both(browser: Browser, server: Server) -> Iterator[Visitor]:
    """In both worlds: for what depends on the brokers."""
    with visiting(browser, server) as visitor:
        yield visitor


def until_nothing_is_told(visit: Visitor) -> None:
    """Who joined has been told, and that is no part of the second in which what is done next is told."""
    visit.until_joined()
    assert wait_for(lambda: visit.page.evaluate(IS_A_NEW_SECOND))


def test_an_order_crosses_three_groups_and_the_card_is_delivered(visit_both: Visitor) -> None:
    visit = visit_both
    code = visit.play("food-delivery")
    until_nothing_is_told(visit)
    visit.page.click('[data-action="place-order"]')
    visit.page.wait_for_selector('[data-card][data-status="delivered"]')
    stored = visit.page.locator('#log li[data-type="ack"]').last
    partition, offset = stored.get_attribute("data-partition"), stored.get_attribute("data-offset")
    assert (partition, offset) != (None, None)
    assert wait_for(lambda: visit.lines("send") == 5)
    for group in GROUPS:
        for step in ("poll", "process", "commit"):
            assert wait_for(lambda step=step, group=group: visit.lines(step, group)), (step, group)
    ends = visit.api(code)["topics_state"]["orders"]
    assert sum(found["end"] for found in ends) == 1


def test_the_table_tells_what_the_brokers_tell(visit_both: Visitor) -> None:
    visit = visit_both
    code = visit.play("food-delivery")
    for _ in range(3):
        visit.page.click('[data-action="place-order"]')
    assert wait_for(lambda: visit.page.locator('[data-card][data-status="delivered"]').count() == 3)
    told = settled(visit.server, {"code": code})["topics_state"]
    # The dead letters are shown from when there are some.
    for topic in ("orders", "order-events"):
        for found in told[topic]:
            cell = f'[data-total-end="{topic}/{found["partition"]}"]'
            assert wait_for(
                lambda cell=cell, found=found: (
                    visit.page.locator(cell).first.text_content() == str(found["end"])
                )
            )


def test_a_heart_is_counted_on_ones_own_card(visit: Visitor) -> None:
    visit.play("hearts")
    visit.page.click('[data-action="send-heart"]')
    card = visit.page.wait_for_selector("[data-card][data-value]")
    assert card is not None
    assert wait_for(lambda: card.get_attribute("data-value") == "1")


def test_a_crowd_is_drawn_as_counts_and_totals_stay_exact(visit_both: Visitor) -> None:
    visit = visit_both
    code = visit.play("hearts")
    visit.page.get_by_role("button", name="1,000", exact=True).click()
    assert wait_for(lambda: "1,000" in (visit.page.locator("[data-rate-asked]").first.text_content() or ""))
    assert wait_for(lambda: sum(found["end"] for found in visit.api(code)["topics_state"]["hearts"]) > 3000)
    visit.page.get_by_role("button", name="Stop").click()

    def drawn() -> list[str]:
        cells = [visit.page.locator(f'[data-total-end="hearts/{number}"]').first for number in range(3)]
        return [(cell.text_content() or "").replace(",", "") for cell in cells]

    def stored() -> list[str]:
        return [str(found["end"]) for found in visit.api(code)["topics_state"]["hearts"]]

    assert wait_for(lambda: drawn() == stored()), (drawn(), stored())
    for group in ("heart-counter", "trending", "notifications"):
        assert wait_for(
            lambda group=group: visit.page.locator(f'[data-lag="{group}/hearts/0"]').text_content() == "0"
        )


def test_another_member_takes_some_of_the_partitions(visit: Visitor) -> None:
    visit.play("hearts")
    visit.page.locator("#groups button").filter(has_text="+").first.click()
    assert wait_for(lambda: visit.lines("assign", "heart-counter") >= 2)
    visit.page.get_by_text("heart-counter-2").first.wait_for()


def test_the_whole_way_works_by_keyboard(visit: Visitor) -> None:
    visit.play("food-delivery")
    visit.page.locator('[data-action="place-order"]').focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector('[data-card][data-status="delivered"]')


def test_pausing_stops_the_picture_and_the_text_and_loses_nothing(visit: Visitor) -> None:
    visit.play("food-delivery")
    visit.page.get_by_role("button", name="Pause", exact=True).click()
    visit.page.click('[data-action="place-order"]')
    visit.page.wait_for_selector("[data-card]")
    assert visit.lines("ack") == 0
    visit.page.get_by_role("button", name="Live", exact=True).click()
    visit.page.wait_for_selector('[data-card][data-status="delivered"]')
    end = visit.page.locator('[data-total-end^="orders/"]')
    assert wait_for(lambda: "1" in end.all_text_contents())


@pytest.mark.parametrize("width", [1280, 900, 360, 320])
def test_no_page_scrolls_sideways(browser: Browser, any_server: Server, width: int) -> None:
    visitor = Visitor(browser, any_server, width, 740)

    def widths() -> list[int]:
        """In the light and in the dark."""
        found = []
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme)
            found.append(visitor.page.evaluate("document.documentElement.scrollWidth"))
        return found

    for path in ("/", "/r/222222/"):
        visitor.go(path)
        assert max(widths()) <= width
    visitor.play("food-delivery")
    visitor.page.click("[data-action]")
    visitor.page.wait_for_selector('[data-card][data-status="delivered"]')
    assert max(widths()) <= width
    visitor.page.close()


def test_with_reduced_motion_nothing_travels_and_everything_is_told(
    browser: Browser, any_server: Server
) -> None:
    visitor = Visitor(browser, any_server, reduced_motion="reduce")
    visitor.play("food-delivery")
    visitor.page.uncheck("[data-steps]")
    visitor.page.click("[data-action]")
    visitor.page.wait_for_selector('[data-card][data-status="delivered"]')
    assert wait_for(lambda: visitor.lines("commit", "order-status"))
    visitor.page.close()


def test_two_people_see_the_same_order(browser: Browser, visit: Visitor) -> None:
    code = visit.play("food-delivery")
    other = Visitor(browser, visit.server)
    other.go(f"/r/{code}/")
    other.page.wait_for_selector('kafka-diagram[data-state="live"]')
    visit.page.click("[data-action]")
    assert wait_for(lambda: other.lines("commit", "order-status") > 0)
    other.page.close()


def test_a_code_that_is_no_room_gets_a_page_that_says_so(visit: Visitor) -> None:
    visit.go("/r/222222/")
    said = visit.page.locator("main").inner_text()
    visit.complaints.clear()  # the browser reports the 404 itself
    assert "There is no room here" in said
