"""No words stand on other words or leave their place, at any width, in any look, whatever happens in the room."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest

from tests.e2e.measuring import faults
from tests.e2e.test_player import DRAWN, Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
WIDTHS = (1280, 900, 360, 320)
HEIGHT = 720
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
    viewer.page.locator("#groups button").filter(has_text="+").first.click()
    viewer.page.locator("kafka-diagram").scroll_into_view_if_needed()
    assert wait_for(lambda: viewer.lines("assign") > known)


def flood(viewer: Viewer) -> None:
    """The largest that there is."""
    viewer.page.locator('#crowd button:not([value="0"])').last.click()
    viewer.page.locator("kafka-diagram").scroll_into_view_if_needed()
    viewer.page.wait_for_selector("kafka-diagram svg.dense", state="attached")
    assert wait_for(lambda: "1 box" in " ".join(viewer.pictured()))


def set_otherwise(viewer: Viewer) -> None:
    """The producer and a group, in more than there is room to say."""
    page = viewer.page
    for name, value in (("linger", "50"), ("partitioner", "consistent_random"), ("batch", "16000")):
        page.locator(f"#producer-{name}").select_option(value)
        answered(viewer)
    group = page.locator("details.more").first.get_attribute("data-group")
    for name, value in (
        ("repeats", "handled"),
        ("poison", "mended"),
        ("start", "latest"),
        ("commit", "before"),
    ):
        page.locator(f"#{group}-{name}").select_option(value)
        answered(viewer)
    see(viewer)
    assert wait_for(lambda: "linger 50 ms" in " ".join(viewer.pictured()).replace("\u00a0", " "))
    assert wait_for(lambda: "commits before" in " ".join(viewer.pictured()).replace("\u00a0", " "))


def shatter(viewer: Viewer) -> None:
    """Brokers are down and slow, there are dead letters and a latecomer, a member crashed."""
    page = viewer.page
    page.evaluate("for (const node of document.querySelectorAll('[data-break], .more')) node.open = true")
    page.locator("#letters-poison").click()
    see(viewer, "Dead letters")
    set_otherwise(viewer)
    page.locator("#broker-3-switch").click()
    answered(viewer)
    page.locator("#broker-2-delay").select_option("2000")
    answered(viewer)
    page.locator("#latecomer-add").click()
    see(viewer, "🔎 Latecomer", "2,000 ms slower")
    page.locator("#queue-add").click()
    see(viewer, "🎟 Share group")
    page.get_by_role("button", name="Crash it").first.click()
    see(viewer)
    assert wait_for(lambda: viewer.lines("crash") > 0)


def answered(viewer: Viewer) -> None:
    """What is pressed next must not move away meanwhile."""
    assert wait_for(lambda: viewer.page.locator(".htmx-request").count() == 0)


def see(viewer: Viewer, *words: str) -> None:
    """The picture goes on while it is in sight."""
    answered(viewer)
    viewer.page.locator("kafka-diagram").scroll_into_view_if_needed()
    for one in words:
        assert wait_for(lambda one=one: one in viewer.pictured()), (one, viewer.pictured())


STATES: dict[str, Callable[[Viewer], object]] = {
    "idle": lambda viewer: None,
    "one order": act,
    "a rebalance": rebalance,
    "things broken": shatter,
    "a flood": flood,
}


@pytest.mark.parametrize("scenario", ["food-delivery", "hearts", "stock-prices"])
def test_no_words_overlap_or_are_cut(browser: Browser, any_server: Server, scenario: str) -> None:
    """Each state at each width, and by the end each width in each look."""
    viewer = Viewer(browser, any_server, WIDTHS[0], HEIGHT)
    viewer.play(scenario)
    found: dict[str, list[str]] = {}
    for turn, (state, prepare) in enumerate(STATES.items()):
        prepare(viewer)
        for width, look in zip(WIDTHS, islice(cycle(LOOKS), turn, None), strict=False):
            widen(viewer, width)
            viewer.page.emulate_media(**LOOKS[look])  # type: ignore[arg-type]
            found[f"{state}, {width}, {look}"] = faults(viewer.page)
        widen(viewer, WIDTHS[0])
    viewer.page.locator("#crowd-0").click()  # the others want the machine too
    assert wait_for(lambda: viewer.page.locator("#crowd-0").is_disabled()), viewer.page.locator(
        "#crowd"
    ).inner_html()
    viewer.page.close()
    assert {place: told for place, told in found.items() if told} == {}


def widen(viewer: Viewer, width: int) -> None:
    viewer.page.set_viewport_size({"width": width, "height": HEIGHT})
    viewer.page.evaluate(DRAWN)
