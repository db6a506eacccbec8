"""Motion, for who wants it; and none of it where nobody looks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_player import DELIVERED, Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
WATCH = """() => {
  window.places = {};
  const look = () => {
    for (const node of document.querySelectorAll(".tokens :is([data-id^='ack-'], [data-id^='poll-'])"))
      (window.places[node.dataset.id] ??= new Set()).add(node.style.transform);
    requestAnimationFrame(look);
  };
  look();
}"""
PLACES = "() => Object.values(window.places).map((set) => set.size)"
COUNT_FRAMES = """() => {
  window.frames_asked = 0;
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) => { window.frames_asked += 1; return ask(draw); };
}"""


def places(viewer: Viewer) -> list[int]:
    """In how many places each moving mark has been seen."""
    found: list[int] = viewer.page.evaluate(PLACES)
    return found


def visit(browser: Browser, server: Server, **context: Any) -> Viewer:
    viewer = Viewer(browser, server, **context)
    viewer.play("food-delivery")
    viewer.page.evaluate(WATCH)
    return viewer


def is_seen_to_travel(viewer: Viewer) -> bool:
    """A browser that is behind draws few frames: then those of the next order are seen."""
    viewer.order()
    return max(places(viewer), default=0) > 2


def test_records_travel(browser: Browser, any_server: Server) -> None:
    viewer = visit(browser, any_server)
    assert wait_for(lambda: is_seen_to_travel(viewer))
    viewer.page.close()


def test_who_wants_less_motion_sees_no_travel(browser: Browser, any_server: Server) -> None:
    viewer = visit(browser, any_server, reduced_motion="reduce")
    assert not viewer.page.locator("[data-motion]").is_checked()
    viewer.page.uncheck("[data-steps]")
    viewer.order()  # what it brings into the picture moves the rest aside
    viewer.until_read()
    viewer.page.evaluate("() => { window.places = {}; }")
    viewer.order()
    viewer.order()
    assert len(places(viewer)) > 2
    assert set(places(viewer)) == {1}
    viewer.page.close()


def test_who_wants_less_motion_is_shown_one_step_after_the_other_and_live_when_asked_for(
    browser: Browser, any_server: Server
) -> None:
    viewer = visit(browser, any_server, reduced_motion="reduce")
    page = viewer.page
    assert page.locator("[data-steps]").is_checked()
    # A browser that is behind shows what comes as it comes: then the next order is what is held.
    assert any(is_held(viewer) for _ in range(3))
    assert wait_for(lambda: is_stepped_to_the_end(viewer))
    page.click("[data-live]")
    assert viewer.moment == "Live"
    page.reload()
    page.wait_for_selector('kafka-diagram[data-state="live"]')
    assert not page.locator("[data-steps]").is_checked()
    rest(viewer)
    viewer.order()
    assert viewer.moment == "Live"
    page.close()


def is_held(viewer: Viewer) -> bool:
    """An order in a room at rest: its first step is shown, and the others wait."""
    rest(viewer)
    sent, stored, known = viewer.lines("send"), viewer.lines("ack"), viewer.newest_card
    viewer.page.click('[data-action="place-order"]')
    assert wait_for(lambda: viewer.moment.startswith("Step by step") or is_delivered(viewer, known))
    if not viewer.moment.startswith("Step by step"):
        return False
    assert wait_for(lambda: re.fullmatch(r"Step by step · \d\d steps wait", viewer.moment))
    assert wait_for(lambda: viewer.lines("send") == sent + 1)
    assert viewer.lines("ack") == stored
    return True


def is_delivered(viewer: Viewer, known: str) -> bool:
    """An order after that one."""
    return viewer.newest_card != known and viewer.page.locator(DELIVERED).count() > 0


def is_stepped_to_the_end(viewer: Viewer) -> bool:
    """Steps may come more slowly than they are asked for."""
    viewer.page.click("[data-next]")
    return viewer.page.locator(DELIVERED).count() > 0


def rest(viewer: Viewer) -> None:
    """Until nothing has happened for a while."""
    log = "document.querySelector('kafka-diagram').player.playback"
    quiet = f"({log}.roomTime(performance.now()) - ({log}.lastStep?.time ?? {log}.log.whenAt(0))) > 2.6"
    assert wait_for(lambda: viewer.page.evaluate(quiet))


def test_what_a_person_chooses_on_the_page_counts_more_and_is_remembered(
    browser: Browser, any_server: Server
) -> None:
    viewer = visit(browser, any_server, reduced_motion="reduce")
    viewer.page.check("[data-motion]")
    assert wait_for(lambda: is_seen_to_travel(viewer))
    viewer.page.reload()
    assert wait_for(lambda: viewer.page.locator("[data-motion]").is_checked())
    viewer.page.uncheck("[data-motion]")
    viewer.page.reload()
    viewer.page.wait_for_selector("kafka-diagram.motionless")
    viewer.page.close()


def test_out_of_sight_nothing_is_drawn_and_back_in_sight_the_state_is_there_at_once(
    browser: Browser, any_server: Server
) -> None:
    viewer = Viewer(browser, any_server)
    code = viewer.play("food-delivery")
    viewer.order()
    viewer.page.evaluate("document.querySelector('main').style.paddingBottom = '3000px'")
    viewer.page.evaluate("scrollTo(0, 1e6)")
    assert wait_for(
        lambda: not viewer.page.evaluate("document.querySelector('kafka-diagram').player.watched")
    )
    viewer.page.evaluate(COUNT_FRAMES)
    for _ in range(3):
        viewer.page.evaluate("document.querySelector('.act button').click()")
    orders = 4
    assert wait_for(lambda: stored(viewer, code) == orders * 5)
    assert viewer.page.evaluate("window.frames_asked") == 0
    viewer.page.evaluate("scrollTo(0, 0)")
    assert wait_for(lambda: sum(map(int, ends(viewer))) == orders * 5)
    viewer.page.wait_for_selector(DELIVERED)
    viewer.page.close()


def stored(viewer: Viewer, code: str) -> int:
    return sum(part["end"] for parts in viewer.api(code)["topics_state"].values() for part in parts)


def ends(viewer: Viewer) -> list[str]:
    """Each row once."""
    cells = viewer.page.locator("#state tr:not([hidden]) [data-total-end]")
    found = {cell.get_attribute("data-total-end"): cell.text_content() or "0" for cell in cells.all()}
    return list(found.values())
