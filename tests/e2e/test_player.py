"""The player as a person uses it, in a real browser: pause, step, slow down, replay, follow, and back to live."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_room_page import Visitor
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
DRAWN = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
)
"""Until what was asked for is on the screen."""
PLAYBACK = "document.querySelector('kafka-diagram').player.playback"
WAITING = f"""() => {{
  const {{ log, position, steps }} = {PLAYBACK};
  return log.between(position, log.end).filter(steps).length;
}}"""
"""Steps that have come and are not shown."""
HAS_COME = f"type => {PLAYBACK}.log.entries.some(({{ hop }}) => hop.type === type)"
SCRUB = """(node, value) => {
  node.value = value;
  node.dispatchEvent(new Event("input"));
  node.dispatchEvent(new Event("change"));
}"""
DELIVERED = '[data-card]:first-child[data-status="delivered"]'
STEPS = 4


class Viewer(Visitor):
    def order(self) -> None:
        """Placed and delivered: this one, for the card that was the first before may be of one that was, too."""
        known = self.newest_card
        self.page.click('[data-action="place-order"]')
        assert wait_for(lambda: self.newest_card != known)
        self.page.wait_for_selector(DELIVERED)

    @property
    def newest_card(self) -> str:
        """The order that it is of."""
        return str(self.page.evaluate("document.querySelector('[data-card]')?.dataset.card"))

    def until_read(self) -> None:
        """Every group has set its bookmark behind everything, as the table tells."""
        lags = self.page.locator("#state tr:not([hidden]) [data-lag]")
        assert wait_for(lambda: set(lags.all_text_contents()) == {"0"}), lags.all_text_contents()

    def until_answered(self) -> None:
        """A panel is shown anew with its answer: who presses a button of the one before just then presses none."""
        assert wait_for(lambda: self.page.locator(".htmx-request").count() == 0)

    def step(self) -> None:
        """One on, if there is one, and it is shown."""
        self.page.click("[data-next]")
        assert wait_for(lambda: not self.page.evaluate(f"{PLAYBACK}.isRunning"))

    def until_waiting(self, steps: int) -> None:
        """So many have come, or more, and none of them is shown."""
        assert wait_for(lambda: self.page.evaluate(WAITING) >= steps), self.moment

    @property
    def moment(self) -> str:
        return self.page.locator("[data-moment]").inner_text()

    def numbers(self) -> list[str]:
        return self.page.locator("#state td").all_text_contents()

    @property
    def narrated(self) -> str:
        """Where the picture stands still, the step that was shown last."""
        return self.page.locator("[data-narrator]").text_content() or ""


@pytest.fixture
def viewer(browser: Browser, any_server: Server) -> Iterator[Viewer]:
    viewer = Viewer(browser, any_server)
    yield viewer
    viewer.page.close()
    assert viewer.complaints == []


def test_live_an_order_is_delivered_and_the_page_says_that_it_is_live(viewer: Viewer) -> None:
    viewer.play("food-delivery")
    viewer.order()
    assert viewer.moment == "Live"


def test_paused_says_how_far_behind_and_steps_go_forth_and_back(viewer: Viewer) -> None:
    viewer.play("food-delivery")
    viewer.order()
    viewer.until_read()
    viewer.page.get_by_role("button", name="Pause", exact=True).click()
    first = viewer.numbers()
    viewer.page.click('[data-action="place-order"]')
    viewer.until_waiting(STEPS)
    assert wait_for(lambda: re.fullmatch(r"Paused · [\d.]+ s behind live", viewer.moment))
    assert viewer.numbers() == first
    for _ in range(STEPS):
        viewer.page.click("[data-next]")
    assert wait_for(lambda: viewer.numbers() != first)
    for _ in range(STEPS):
        viewer.page.click("[data-back]")
    assert viewer.numbers() == first
    viewer.page.get_by_role("button", name="Live", exact=True).click()
    viewer.page.wait_for_selector(DELIVERED)
    assert viewer.moment == "Live"


def test_at_any_moment_table_picture_and_text_tell_the_same(viewer: Viewer) -> None:
    viewer.play("food-delivery")
    for _ in range(3):
        viewer.order()
    scrub = viewer.page.locator("[data-scrub]")
    low, high = (float(scrub.get_attribute(name) or 0) for name in ("min", "max"))
    for share in (0.3, 0.6, 0.9):
        scrub.evaluate(
            SCRUB,
            str(low + (high - low) * share),
        )
        assert viewer.moment.startswith("Paused")
        ends = {
            cell.get_attribute("data-total-end"): cell.text_content()
            for cell in viewer.page.locator("#state tr:not([hidden]) [data-total-end]").all()
        }
        drawn = sum(end != "0" for end in ends.values())
        assert sum(text.startswith("end ") for text in viewer.pictured()) == drawn
        stored = viewer.page.locator('#log li[data-type="ack"]').count()
        assert stored == min(sum(int(end or 0) for end in ends.values()), stored)


def test_a_replay_shows_what_was_and_comes_back(viewer: Viewer) -> None:
    viewer.play("food-delivery")
    viewer.order()
    viewer.page.get_by_role("button", name="Replay").click()
    assert wait_for(lambda: re.match(r"Shown 20× slower · [\d.]+ s behind live", viewer.moment))
    assert viewer.page.locator(DELIVERED).count() == 0
    viewer.page.wait_for_selector("kafka-diagram .token", state="attached")
    # Five seconds take a hundred at that speed: to its end it is shown at the full one.
    viewer.page.select_option("[data-speed]", "1")
    assert wait_for(lambda: viewer.moment == "Live")
    assert viewer.page.locator(DELIVERED).count() == 1


def test_the_keys_work_where_the_picture_has_focus_and_nowhere_else(viewer: Viewer) -> None:
    viewer.play("food-delivery")
    viewer.order()
    viewer.until_read()
    viewer.page.locator('[data-action="place-order"]').focus()
    viewer.page.keyboard.press("s")
    assert viewer.moment == "Live"
    viewer.page.locator("kafka-diagram").focus()
    viewer.page.keyboard.press("Space")
    assert viewer.moment.startswith("Paused")
    before = viewer.numbers()
    viewer.page.keyboard.press("Shift+ArrowLeft")
    assert viewer.numbers() != before
    viewer.page.keyboard.press("Shift+ArrowRight")
    assert viewer.numbers() == before
    viewer.page.keyboard.press("l")
    assert viewer.moment == "Live"
    viewer.page.keyboard.press("s")
    assert viewer.page.locator("[data-speed]").input_value() == "2"
    viewer.page.keyboard.press("f")
    assert wait_for(lambda: viewer.moment == "Live")


def test_keys_stop_step_replay_and_lead_to_the_text_and_to_what_explains_the_picture(viewer: Viewer) -> None:
    viewer.play("food-delivery")
    viewer.order()
    picture, press = viewer.page.locator("kafka-diagram"), viewer.page.keyboard.press
    picture.focus()
    press(".")
    assert viewer.moment.startswith("Paused")
    shown = viewer.narrated
    press("ArrowLeft")
    assert viewer.narrated != shown
    press("ArrowRight")
    assert wait_for(lambda: viewer.narrated == shown)
    press(".")
    assert wait_for(lambda: not viewer.moment.startswith("Paused"))
    press("l")
    press("r")
    assert wait_for(lambda: viewer.moment.startswith("Shown 20× slower"))
    press("l")
    assert viewer.moment == "Live"
    press("t")
    assert viewer.page.evaluate("document.activeElement.id") == "log"
    picture.focus()
    press("?")
    legend = viewer.page.locator("[data-legend]")
    assert legend.get_attribute("open") is not None
    assert viewer.page.evaluate("document.activeElement.matches('[data-legend] summary')")
    assert "Space or . stops and plays" in legend.inner_text()


def test_on_the_stage_a_presenter_s_remote_control_steps(viewer: Viewer) -> None:
    code = viewer.play("food-delivery")
    viewer.order()
    viewer.go(f"/r/{code}/stage/")
    viewer.page.wait_for_selector('kafka-diagram[data-state="live"]')
    viewer.page.locator("kafka-diagram").focus()
    viewer.page.click('[data-action="place-order"]')
    assert wait_for(lambda: viewer.lines("commit", "order-status") > 0)
    viewer.page.locator("kafka-diagram").focus()
    viewer.page.keyboard.press("PageUp")
    assert viewer.moment.startswith("Paused")
    shown = viewer.narrated
    viewer.page.keyboard.press("PageUp")
    assert viewer.narrated != shown
    viewer.page.keyboard.press("PageDown")
    assert wait_for(lambda: viewer.narrated == shown)


def test_a_record_is_followed_from_the_text_and_escape_ends_it(viewer: Viewer) -> None:
    viewer.play("food-delivery")
    viewer.order()
    viewer.order()
    viewer.page.locator("#log").focus()
    viewer.page.keyboard.press("ArrowDown")
    viewer.page.keyboard.press("Enter")
    steps = viewer.page.locator("[data-journey-steps] li")
    assert wait_for(lambda: steps.count() > 4)
    assert "sent record" in steps.first.inner_text()
    assert re.search(r"\+\d[\d.]* ms", steps.nth(1).inner_text())
    committers = viewer.page.locator("[data-journey-committers]")
    assert wait_for(lambda: "order-status" in committers.inner_text())
    assert viewer.page.locator("kafka-diagram .cell.followed").count() >= 1
    viewer.page.keyboard.press("Escape")
    assert viewer.page.locator("[data-journey]").is_hidden()
    viewer.page.locator("kafka-diagram .cell.pressable").last.click()
    assert wait_for(lambda: steps.count() > 3)


def test_who_looked_away_is_live_at_once_and_missed_nothing(viewer: Viewer) -> None:
    viewer.play("food-delivery")
    viewer.page.evaluate("document.querySelector('kafka-diagram').player.watch(false)")
    viewer.page.click('[data-action="place-order"]')
    assert wait_for(lambda: viewer.page.evaluate(HAS_COME, "ack"))
    assert viewer.lines("ack") == 0
    viewer.page.evaluate("document.querySelector('kafka-diagram').player.watch(true)")
    assert viewer.lines("ack") >= 1
    viewer.page.wait_for_selector(DELIVERED)


def all_fit(page: Page, shown: str, width: int) -> list[str]:
    """Of each that is not within the screen as it stands, or too small for a thumb, what it is."""
    boxes = [
        (one.bounding_box(), one.evaluate("node => node.outerHTML")) for one in page.locator(shown).all()
    ]
    return [
        f"{box} {told[:80]}"
        for box, told in boxes
        if not box or box["height"] < 44 or box["x"] < 0 or box["x"] + box["width"] > width
    ]


def test_on_a_phone_the_controls_are_large_enough_and_all_fit(browser: Browser, any_server: Server) -> None:
    viewer = Viewer(browser, any_server, 320, 740)
    viewer.play("food-delivery")
    viewer.order()
    viewer.page.click("[data-play]")
    viewer.page.locator("#log button").first.click()
    viewer.page.locator("[data-journey]").wait_for()
    shown = ".player :is(button, select, [type=range], label):visible"
    for width in (320, 360, 390):
        viewer.page.set_viewport_size({"width": width, "height": 740})
        viewer.page.evaluate(DRAWN)
        assert viewer.page.evaluate("document.documentElement.scrollWidth") <= width
        line = viewer.page.locator(shown).count()
        assert all_fit(viewer.page, shown, width) == []
        viewer.page.get_by_role("button", name="Speed and motion").click()
        assert viewer.page.locator(shown).count() >= line + 3
        assert all_fit(viewer.page, shown, width) == []
        viewer.page.keyboard.press("Escape")
        assert viewer.page.locator(shown).count() == line
    viewer.page.close()
