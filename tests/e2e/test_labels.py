"""No words stand on other words or leave their place, at any width, in any look, whatever happens in the room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.e2e.measuring import faults
from tests.e2e.test_player import Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
LOOKS: dict[str, dict[str, str]] = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced colours": {"color_scheme": "dark", "forced_colors": "active"},
}


def act(viewer: Viewer) -> None:
    viewer.page.locator("[data-action]").first.click()
    assert wait_for(lambda: viewer.lines("commit") > 0)


def rebalance(viewer: Viewer) -> None:
    """Somebody comes; the text goes on while the picture is in sight."""
    known = viewer.lines("assign")
    viewer.page.locator("#members button").filter(has_text="+").first.click()
    viewer.page.locator("kafka-diagram").scroll_into_view_if_needed()
    assert wait_for(lambda: viewer.lines("assign") > known)


def flood(viewer: Viewer) -> None:
    """The largest that there is."""
    viewer.page.locator('#crowd button:not([value="0"])').last.click()
    viewer.page.locator("kafka-diagram").scroll_into_view_if_needed()
    viewer.page.wait_for_selector("kafka-diagram svg.dense", state="attached")
    assert wait_for(lambda: "1 box" in " ".join(viewer.pictured()))


STATES: dict[str, Callable[[Viewer], object]] = {
    "idle": lambda viewer: None,
    "one order": act,
    "a rebalance": rebalance,
    "a flood": flood,
}


@pytest.mark.parametrize("width", [1280, 900, 360, 320])
@pytest.mark.parametrize("scenario", ["food-delivery", "hearts", "stock-prices"])
def test_no_words_overlap_or_are_cut(browser: Browser, any_server: Server, scenario: str, width: int) -> None:
    viewer = Viewer(browser, any_server, width, 720)
    viewer.play(scenario)
    found: dict[str, list[str]] = {}
    for state, prepare in STATES.items():
        prepare(viewer)
        for look, media in LOOKS.items():
            viewer.page.emulate_media(**media)  # type: ignore[arg-type]
            found[f"{state}, {look}"] = faults(viewer.page)
    viewer.page.close()
    assert {place: told for place, told in found.items() if told} == {}
