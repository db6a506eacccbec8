"""The rows and members of the picture, by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.axe import source, violations
from tests.e2e.test_keyboard import Typist
from tests.e2e.test_player import DELIVERED
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
LAST_ROW = "kafka-diagram [role=row]:last-child > *"


@pytest.fixture
def typist(browser: Browser, any_server: Server) -> Iterator[Typist]:
    typist = Typist(browser, any_server, bypass_csp=True)
    yield typist
    typist.page.close()
    assert typist.complaints == []


def name(typist: Typist) -> str:
    return str(typist.page.evaluate("document.activeElement.getAttribute('aria-label')"))


def go_in(typist: Typist) -> None:
    """Orders, and goes with the tab key to the first row."""
    typist.play("food-delivery")
    typist.tab_to('[data-action="place-order"]')
    typist.press("Enter")
    typist.page.wait_for_selector(DELIVERED)
    typist.page.wait_for_selector("kafka-diagram [role=grid]", state="attached")
    typist.tab_to("kafka-diagram")
    typist.press("Tab")
    assert name(typist) == "Orders, partition 0"


def go_to_a_record(typist: Typist) -> None:
    for _ in range(3):
        typist.press("End")
        if "offset" in name(typist):
            return
        typist.press("ArrowDown")
    raise AssertionError("no row of orders has a record")


def test_a_record_is_followed_and_left_again(typist: Typist) -> None:
    go_in(typist)
    go_to_a_record(typist)
    record = name(typist)
    assert re.search(r"offset 0: record (.) \(key \1", record)
    typist.press("Enter")
    assert wait_for(lambda: typist.is_on("#journey-title"))
    typist.page.wait_for_selector('[data-proof="found"]')
    typist.press("Escape")
    assert name(typist) == record


def test_members_are_reached_and_the_arrows_leave_the_player_alone(typist: Typist) -> None:
    go_in(typist)
    for _ in range(20):
        typist.press("ArrowDown")
        if typist.is_on(LAST_ROW):
            break
    assert name(typist) == "Order status, member order-status-1: order-events P0 P1, orders P0 P1 P2"
    typist.press("ArrowRight")
    typist.press("ArrowLeft")
    assert typist.moment == "Live"
    typist.press(".")
    assert typist.moment.startswith("Paused")
    typist.press("Tab")
    assert not typist.is_on("kafka-diagram [role=grid] *")
    typist.press("Shift+Tab")
    assert typist.is_on(LAST_ROW)


def test_focus_is_not_lost_when_what_has_it_is_gone(typist: Typist) -> None:
    go_in(typist)
    go_to_a_record(typist)
    typist.page.evaluate("document.querySelector('kafka-diagram').player.do((playback) => playback.seek(0))")
    assert typist.page.evaluate("document.activeElement.matches('.spot.head')")
    assert name(typist).startswith("Orders, partition")


def test_axe_finds_nothing_in_the_rows(typist: Typist) -> None:
    go_in(typist)
    go_to_a_record(typist)
    assert violations(typist.page, source()) == []
