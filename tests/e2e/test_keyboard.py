"""From an order to its proof by keyboard alone: focus is never lost, and always to be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_player import DELIVERED, Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
MOST_TABS = 60
# What has focus is in sight (below nothing that sticks), and has an outline that was not taken away.
FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return "nothing has focus";
  const { left, right, top, bottom } = node.getBoundingClientRect();
  if (right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight) return "focus is out of sight";
  const { outlineStyle, outlineWidth } = getComputedStyle(node);
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) return "focus has no outline";
  const x = (Math.max(0, left) + Math.min(right, innerWidth)) / 2;
  const y = (Math.max(0, top) + Math.min(bottom, innerHeight)) / 2;
  const middle = document.elementFromPoint(x, y);
  // What lies over the picture lets what is drawn there be pressed.
  const picture = middle?.closest("kafka-diagram");
  const isSeen = node.contains(middle) || middle?.contains(node) || picture?.contains(node);
  return isSeen ? "" : `focus is covered by ${middle?.className}`;
}"""


class Typist(Viewer):
    """Has no mouse, and looks after each key where focus is."""

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        told = self.page.evaluate(FOCUS)
        assert told == "", f"{told}, after {key}, on {self.focused()}"

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))

    def is_on(self, selector: str) -> bool:
        return bool(self.page.evaluate("selector => document.activeElement.matches(selector)", selector))

    def tab_to(self, selector: str, key: str = "Tab") -> None:
        for _ in range(MOST_TABS):
            self.press(key)
            if self.is_on(selector):
                return
        raise AssertionError(f"{MOST_TABS} times {key} did not lead to {selector}")


@pytest.fixture
def typist(browser: Browser, any_server: Server) -> Iterator[Typist]:
    typist = Typist(browser, any_server)
    yield typist
    typist.page.close()
    assert typist.complaints == []


def follow_by_keys(typist: Typist) -> None:
    """Orders, and follows the record that the second line of the text tells of."""
    typist.play("food-delivery")
    typist.tab_to('[data-action="place-order"]')
    typist.press("Enter")
    typist.page.wait_for_selector(DELIVERED)
    typist.until_read()
    typist.tab_to("#log")
    typist.press("ArrowDown")
    typist.press("ArrowDown")
    assert typist.is_on("#log button")
    typist.press("Enter")
    assert wait_for(lambda: typist.is_on("#journey-title"))


def test_an_order_can_be_followed_to_its_proof_by_keyboard_alone(typist: Typist) -> None:
    follow_by_keys(typist)
    typist.page.wait_for_selector('[data-proof="found"]')
    assert wait_for(lambda: typist.page.locator("[data-journey-steps] li").count() > 3)
    typist.tab_to("[data-journey-end]")
    typist.tab_to("[data-command=kcat]")
    assert "kcat" in typist.page.locator("[data-command=kcat]").inner_text()


def test_the_player_is_worked_by_keyboard_alone(typist: Typist) -> None:
    follow_by_keys(typist)
    typist.tab_to("[data-play]", "Shift+Tab")
    typist.press("Space")
    assert wait_for(lambda: typist.moment.startswith("Paused"))
    shown = typist.numbers()
    typist.tab_to("[data-back]")
    typist.press("Enter")
    for _ in range(20):
        typist.press("Enter")
    assert typist.numbers() != shown
    typist.tab_to("[data-next]")
    for _ in range(21):
        typist.press("Enter")
    assert wait_for(lambda: typist.numbers() == shown)
    typist.tab_to("[data-speed]")
    typist.press("ArrowDown")
    typist.press("ArrowDown")
    assert typist.page.locator("[data-speed]").input_value() != "1"
    typist.tab_to("[data-play]", "Shift+Tab")
    typist.press("Space")
    assert wait_for(lambda: re.match(r"Shown \d+× slower", typist.moment))


def test_back_to_live_by_keyboard_leaves_focus_where_one_can_go_on(typist: Typist) -> None:
    follow_by_keys(typist)
    typist.tab_to("[data-play]", "Shift+Tab")
    typist.press("Enter")
    typist.tab_to("[data-live]")
    typist.press("Enter")
    assert typist.moment == "Live"
    assert typist.is_on("[data-play]")


def test_escape_ends_following_and_goes_back_to_the_line_that_opened_it(typist: Typist) -> None:
    follow_by_keys(typist)
    typist.press("Escape")
    assert typist.page.locator("[data-journey]").is_hidden()
    assert typist.is_on("#log button")


def test_who_follows_a_record_from_a_card_comes_back_to_the_card(typist: Typist) -> None:
    typist.play("food-delivery")
    typist.order()
    typist.tab_to(".card-follow")
    typist.press("Enter")
    assert wait_for(lambda: typist.is_on("#journey-title"))
    typist.tab_to("[data-journey-end]")
    typist.press("Enter")
    assert typist.is_on(".card-follow")


def test_who_reads_a_line_is_not_thrown_out_of_the_text_by_a_jump(typist: Typist) -> None:
    follow_by_keys(typist)
    typist.press("Escape")
    line = typist.page.evaluate("document.activeElement.textContent")
    jump = "to => document.querySelector('kafka-diagram').player.do((playback) => playback.seek(to))"
    typist.page.evaluate(jump, 1e9)
    assert typist.page.evaluate("document.activeElement.textContent") == line
    typist.page.evaluate(jump, 0)
    assert typist.is_on("#log")
    assert typist.page.evaluate(FOCUS) == ""
