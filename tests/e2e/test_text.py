"""The text beside the picture: what a person does with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_player import Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
WAY = ("send", "ack", "poll", "process")


@pytest.fixture
def viewer(browser: Browser, any_server: Server) -> Iterator[Viewer]:
    viewer = Viewer(browser, any_server)
    viewer.play("food-delivery")
    viewer.order()
    viewer.until_read()
    yield viewer
    viewer.page.close()
    assert viewer.complaints == []


def shown(viewer: Viewer) -> list[str]:
    return viewer.page.locator("#log li:visible").all_inner_texts()


def test_only_lines_with_all_the_words_are_shown_also_of_those_that_come(viewer: Viewer) -> None:
    every = len(shown(viewer))
    viewer.page.fill("[data-log-filter]", "delivery-1 read")
    some = shown(viewer)
    assert 0 < len(some) < every
    assert all("delivery-1" in text and "read" in text for text in some)
    viewer.order()
    assert wait_for(lambda: len(shown(viewer)) > len(some))
    assert all("delivery-1" in text for text in shown(viewer))
    viewer.page.fill("[data-log-filter]", "")
    assert wait_for(lambda: len(shown(viewer)) > every)


def test_the_hops_up_to_the_playhead_are_saved_as_json_in_the_order_of_causes(viewer: Viewer) -> None:
    viewer.page.click("[data-play]")
    with viewer.page.expect_download() as download:
        viewer.page.click("[data-log-export]")
    hops = json.loads(download.value.path().read_text())
    assert {"send", "ack", "poll", "process", "commit"} <= {hop["type"] for hop in hops}
    assert len({hop["seq"] for hop in hops}) == len(hops)
    seen: dict[tuple[str, str], list[str]] = {}
    for hop in hops:
        if hop.get("trace") and hop["type"] in WAY:
            seen.setdefault((hop["trace"], hop["topic"]), []).append(hop["type"])
    assert all(types == sorted(types, key=WAY.index) for types in map(_once, seen.values())), seen


def _once(types: list[str]) -> list[str]:
    """Each where it came first."""
    return list(dict.fromkeys(types))


def test_the_lines_that_are_shown_are_copied_oldest_first(viewer: Viewer) -> None:
    viewer.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    viewer.page.click("[data-play]")
    viewer.page.fill("[data-log-filter]", "delivery-1")
    some = shown(viewer)
    viewer.page.click("[data-log-copy]")
    assert wait_for(lambda: viewer.page.locator("[data-log-told]").inner_text() == "Copied.")
    lines = viewer.page.evaluate("navigator.clipboard.readText()").split("\n")
    assert len(lines) == len(some) > 0
    assert all("delivery-1" in line for line in lines)


def test_who_wants_nothing_read_aloud_hears_nothing_and_sees_all(viewer: Viewer) -> None:
    viewer.page.select_option("[data-log-aloud]", "none")
    viewer.page.evaluate("document.querySelector('#announcer').textContent = ''")
    before = viewer.lines("ack")
    viewer.order()
    assert viewer.lines("ack") > before
    assert viewer.page.locator("#announcer").inner_text() == ""
