"""A room is one screen: what is pressed, the whole picture, the sentence and the player, and nothing lies over them."""

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
SIZES = [(1280, 720), (1920, 1080), (390, 844), (360, 740)]

# A flow leaves at the picture's edge; what travels ends at a mark that is looked at.
UNSEEN = """() => {
  const diagram = document.querySelector("kafka-diagram");
  for (const one of diagram.getAnimations({ subtree: true })) if (one instanceof CSSTransition) one.finish();
  const faults = [];
  const told = (node) => node.dataset?.id ?? node.className ?? node.tagName;
  const within = (node, box) => {
    const { left, right, top, bottom } = node.getBoundingClientRect();
    if (left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1)
      faults.push(`${told(node)} leaves its place: ${[left, top, right, bottom].map(Math.round)}`);
  };
  const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const uncovered = (node, by = node) => {
    const { left, right, top, bottom } = node.getBoundingClientRect();
    const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    if (!by.contains(at)) faults.push(`${told(node)} lies under ${at && told(at)}`);
  };
  const parts = ["[data-action]", ".moment", ".player", "[data-play]", "[data-scrub]", "kafka-diagram"];
  for (const part of parts) within(document.querySelector(part), screen);
  const pressed = ["[data-action]", ".moment", "[data-play]", "[data-scrub]"];
  for (const part of pressed) uncovered(document.querySelector(part));
  const standing = "svg [data-id]:not(.flow, .edge, .token, .capsule, .arrow, .pull)";
  const marks = [...diagram.querySelectorAll(standing)];
  for (const mark of marks) within(mark, diagram.getBoundingClientRect());
  for (const mark of marks.filter((one) => one.matches(".box, .cell"))) uncovered(mark, diagram);
  if (marks.length < 20) faults.push("there is no picture");
  const moment = document.querySelector(".moment");
  if (moment.scrollHeight > moment.clientHeight + 1) faults.push("the sentence is cut");
  if (scrollY > 0) faults.push("the page is scrolled");
  return faults;
}"""

LIT = """() => {
  const found = [...document.querySelectorAll("kafka-diagram .marks [data-id], kafka-diagram .boxes [data-id]")];
  return [...new Set(found.map((node) => Number(getComputedStyle(node).opacity)))].filter((one) => one !== 0.3).sort();
}"""
"""What is lit beside what steps back."""


def unseen(page: Page) -> dict[tuple[int, int], list[str]]:
    found = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(DRAWN)
        found[width, height] = page.evaluate(UNSEEN)
    return {size: faults for size, faults in found.items() if faults}


@pytest.mark.parametrize("scenario", ["food-delivery", "hearts", "stock-prices"])
def test_a_room_is_one_screen(browser: Browser, any_server: Server, scenario: str) -> None:
    viewer = Viewer(browser, any_server, at_home=False)
    viewer.play(scenario)
    assert unseen(viewer.page) == {}
    viewer.page.locator("[data-action]").first.click()
    viewer.page.locator("[data-beat-live]").wait_for()
    assert unseen(viewer.page) == {}
    viewer.page.locator("[data-beat-live]").click()
    assert wait_for(lambda: viewer.lines("commit") >= 1)
    assert unseen(viewer.page) == {}
    viewer.page.close()
    assert viewer.complaints == []


@pytest.mark.parametrize(("scenario", "beats"), [("food-delivery", 9), ("hearts", 7)])
def test_a_first_record_is_told_in_beats(
    browser: Browser, any_server: Server, scenario: str, beats: int
) -> None:
    """Each is a hop that was observed; after the last one the room is live, and the next is not told so."""
    viewer = Viewer(browser, any_server, at_home=False)
    page = viewer.page
    viewer.play(scenario)
    page.locator("[data-action]").first.click()
    told, on = page.locator("[data-beat]"), page.locator("[data-beat-next]")
    on.wait_for()
    seen: list[tuple[str, str]] = []
    while on.is_visible():
        seen.append((told.text_content() or "", page.locator("[data-narrator]").text_content() or ""))
        assert page.evaluate(LIT) == [0.28, 1]
        on.press("Space")
        assert wait_for(lambda: told.text_content() != seen[-1][0] or not on.is_visible())
    assert seen[0][0].startswith(f"1 of {beats} ·"), seen
    assert seen[-1][0].startswith(f"{beats} of {beats} ·"), seen
    # Two that happen at once are one.
    assert beats - 2 <= len({sentence for _, sentence in seen}) <= beats, seen
    assert viewer.moment.startswith("Live")
    page.locator("[data-action]").first.click()
    assert wait_for(lambda: viewer.lines("send") >= 2)
    assert viewer.moment.startswith("Live")
    page.close()
    assert viewer.complaints == []


def test_a_first_rebalance_and_a_first_death_of_a_broker_are_told_in_beats_or_skipped(
    browser: Browser, any_server: Server
) -> None:
    viewer = Viewer(browser, any_server, at_home=False)
    page = viewer.page
    viewer.play("hearts")
    page.get_by_role("button", name="Controls", exact=True).click()
    told, on = page.locator("[data-beat]"), page.locator("[data-beat-next]")
    page.locator("#trending-add").click()
    on.wait_for()
    seen: list[str] = []
    beats: list[str | None] = []
    while on.is_visible():
        beats.append(told.text_content())
        seen.append(viewer.narrated)
        assert page.evaluate(LIT) == [0.28, 1]
        on.press("Space")
        assert wait_for(lambda: told.text_content() != beats[-1] or not on.is_visible())
    assert seen[0] == "trending-2 is to join trending.", seen
    assert "trending-2 now reads" in seen[-1], seen
    assert viewer.moment.startswith("Live")
    page.get_by_text("Break it: brokers, producer, poison").click()
    page.locator("#broker-2-switch").click()
    page.locator("[data-beat-live]").click()
    assert wait_for(lambda: viewer.moment.startswith("Live"))
    page.close()
    assert viewer.complaints == []


CHIPS = """() => {
  const box = (id) => document.querySelector(`[data-id="member-trending-${id}"] rect`)?.getBoundingClientRect();
  const boxes = [box(1), box(2)].filter(Boolean);
  const chips = [...document.querySelectorAll('kafka-diagram [data-id^="chip-trending/"]')];
  for (const one of chips.flatMap((chip) => chip.getAnimations())) one.finish();
  const places = chips.map((chip) => chip.getBoundingClientRect());
  const isIn = (own, { x, y }) => x > own.left && x < own.right && y > own.top && y < own.bottom;
  return boxes.map((own) => places.filter((place) => isIn(own, place)).length);
}"""
"""How many partitions each member has, by where their chips are."""
FLIES = """() => {
  const chip = document.querySelector('kafka-diagram [data-id^="chip-trending/"]');
  return getComputedStyle(chip).transitionDuration;
}"""


def test_a_member_more_or_fewer_is_pressed_where_members_are_and_chips_go_to_it(
    browser: Browser, any_server: Server
) -> None:
    """By keys and by a thumb; without motion they change and do not fly."""
    viewer = Viewer(browser, any_server)
    page = viewer.page
    viewer.play("hearts")
    assert wait_for(lambda: page.evaluate(CHIPS) == [3])
    more, fewer = (page.locator(f'[data-presses="trending-{change}"]') for change in ("add", "remove"))
    assert more.get_attribute("aria-label") == "Add a member to Trending"
    more.press("Enter")
    assert wait_for(lambda: sorted(page.evaluate(CHIPS)) == [1, 2]), page.evaluate(CHIPS)
    assert page.evaluate(UNSEEN) == []
    assert page.evaluate(FLIES) == "0.7s"
    page.emulate_media(reduced_motion="reduce")
    assert wait_for(lambda: page.evaluate(FLIES) == "0s")
    page.emulate_media(reduced_motion="no-preference")
    viewer.until_answered()
    fewer.press("Space")
    assert wait_for(lambda: page.evaluate(CHIPS) == [3]), page.evaluate(CHIPS)
    assert viewer.moment.startswith("Live")
    page.close()
    assert viewer.complaints == []


def test_what_one_sent_oneself_is_called_yours_and_ringed_in_a_flood_too(
    browser: Browser, any_server: Server
) -> None:
    viewer, other = Viewer(browser, any_server), Viewer(browser, any_server)
    page = viewer.page
    code = viewer.play("hearts")
    other.go(f"/r/{code}/")
    other.page.wait_for_selector('kafka-diagram[data-state="live"]')
    own = page.locator("#log li.mine[data-type=ack]")
    page.locator("[data-action]").first.click()
    assert wait_for(lambda: own.count() == 1)
    assert "yours)" in (own.first.text_content() or "")
    assert wait_for(lambda: page.locator("kafka-diagram .cell.mine").count() == 1)
    assert re.fullmatch(r"yours: offset \d+", page.locator("#state .you").first.text_content() or "")
    crowd(any_server, {"code": code, "token": page.evaluate("document.body.dataset.token")}, 2000)
    page.locator("#log li[data-type=digest]").first.wait_for(state="attached")
    page.locator("[data-action]").first.click()
    assert wait_for(lambda: page.locator("kafka-diagram .cell.mine").count() >= 1)
    assert wait_for(lambda: own.count() >= 2)
    assert other.lines("ack") > 0
    assert other.page.locator(".mine").count() == 0
    for one in (viewer, other):
        one.page.close()
        assert one.complaints == []


def test_what_is_beside_the_picture_is_one_press_away_and_stays_as_it_was_left(
    browser: Browser, any_server: Server
) -> None:
    viewer = Viewer(browser, any_server, at_home=False)
    page = viewer.page
    viewer.play("hearts")
    log, table = page.locator("#log"), page.locator("#state")
    tab = page.get_by_role("button", name="Table", exact=True)
    assert not log.is_visible()
    tab.click()
    assert tab.get_attribute("aria-expanded") == "true"
    assert wait_for(lambda: table.is_visible())
    assert page.evaluate(UNSEEN) == []
    page.reload()
    page.wait_for_selector('kafka-diagram[data-state="live"]')
    assert wait_for(lambda: log.is_visible())
    tab.click()
    assert not log.is_visible()
    viewer.page.close()
    assert viewer.complaints == []


def test_on_a_phone_a_tab_leads_to_what_stands_below(browser: Browser, any_server: Server) -> None:
    viewer = Viewer(browser, any_server, 390, 844, at_home=False)
    viewer.play("hearts")
    viewer.page.get_by_role("button", name="Words", exact=True).click()
    top = "document.querySelector('section.text').getBoundingClientRect().top"
    assert wait_for(lambda: viewer.page.evaluate(top) < 100)
    viewer.page.close()
