"""Motion, for who wants it; and none of it where nobody looks."""

from __future__ import annotations

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


def test_records_travel(browser: Browser, any_server: Server) -> None:
    viewer = visit(browser, any_server)
    viewer.order()
    assert wait_for(lambda: max(places(viewer), default=0) > 2)
    viewer.page.close()


def test_who_wants_less_motion_sees_no_travel(browser: Browser, any_server: Server) -> None:
    viewer = visit(browser, any_server, reduced_motion="reduce")
    assert not viewer.page.locator("[data-motion]").is_checked()
    viewer.order()
    viewer.order()
    assert len(places(viewer)) > 2
    assert set(places(viewer)) == {1}
    viewer.page.close()


def test_what_a_person_chooses_on_the_page_counts_more_and_is_remembered(
    browser: Browser, any_server: Server
) -> None:
    viewer = visit(browser, any_server, reduced_motion="reduce")
    viewer.page.check("[data-motion]")
    viewer.order()
    assert wait_for(lambda: max(places(viewer), default=0) > 2)
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
        viewer.page.evaluate("document.querySelector('[data-act] button').click()")
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
    cells = viewer.page.locator("#state [data-total-end]")
    found = {cell.get_attribute("data-total-end"): cell.text_content() or "0" for cell in cells.all()}
    return list(found.values())
