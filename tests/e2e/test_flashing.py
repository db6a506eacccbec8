"""In a flood nothing flashes, on the page of a room and on a projector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.scenarios.run import CROWD_SECONDS
from tests.client import crowd
from tests.e2e.flashing import MOST, film, flash_times, luminance, worst
from tests.e2e.test_player import Viewer
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
RATE = 5_000
FRAMES = 50  # some seconds, on any machine
BLINK = """() => {
  const sheet = document.createElement("div");
  sheet.style.cssText = "position: fixed; inset: 0 50% 50% 0; background: black";
  document.body.append(sheet);
  let last = 0;
  // Not twice between two frames, of which a browser that is behind paints few.
  const blink = (now) => {
    if (now - last > 90) { sheet.hidden = !sheet.hidden; last = now; }
    requestAnimationFrame(blink);
  };
  blink(0);
}"""


def test_a_flash_is_a_pair_of_opposing_changes_that_are_large_enough() -> None:
    steps = [index / 10 for index in range(9)]
    assert flash_times(list(zip(steps, [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0], strict=True))) == [
        0.2,
        0.4,
        0.6,
        0.8,
    ]
    assert flash_times(list(zip(steps, [0.5, 0.55, 0.5, 0.55, 0.5, 0.55, 0.5, 0.55, 0.5], strict=True))) == []
    assert (
        flash_times(list(zip(steps, [0.81, 1.0, 0.81, 1.0, 0.81, 1.0, 0.81, 1.0, 0.81], strict=True))) == []
    )
    assert flash_times(list(zip(steps, [0.0, 0.1, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0], strict=True))) == []


def test_a_page_that_does_flash_is_found_out(browser: Browser, any_server: Server) -> None:
    viewer = Viewer(browser, any_server)
    viewer.go("/")
    viewer.page.evaluate(BLINK)
    # The longer it is looked at, the less it matters how few frames a busy machine paints.
    assert worst(luminance(browser, film(viewer.page, 2 * FRAMES))) > MOST
    viewer.page.close()


@pytest.mark.slow
@pytest.mark.parametrize(("where", "scheme"), [("", "light"), ("stage/", "dark")])
def test_nothing_flashes_in_a_flood(browser: Browser, any_server: Server, where: str, scheme: str) -> None:
    viewer = Viewer(browser, any_server, color_scheme=scheme)
    code = viewer.play("hearts")
    token = viewer.page.evaluate("document.body.dataset.token")
    viewer.go(f"/r/{code}/{where}")
    viewer.page.wait_for_selector('kafka-diagram[data-state="live"]')
    viewer.page.locator(".picture").evaluate("node => node.scrollIntoView()")
    room = {"code": code, "token": token}
    crowd(any_server, room, RATE, CROWD_SECONDS)
    shots = film(viewer.page, FRAMES)
    viewer.page.wait_for_selector("kafka-diagram .flow", state="attached")
    shots += film(viewer.page, FRAMES)
    crowd(any_server, room, 0)
    assert len(shots) > 20
    assert worst(luminance(browser, shots)) <= MOST
    viewer.page.close()
