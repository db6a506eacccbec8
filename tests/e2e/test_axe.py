"""What axe-core says of every page, light and dark, in each state that the page of a room can be in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.axe import source, violations
from tests.e2e.test_player import Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.conftest import MakeServer

pytestmark = pytest.mark.browser
LIVE = 'kafka-diagram[data-state="live"]'


class Inspector(Viewer):
    """Sees pages as axe does."""

    def __init__(self, browser: Browser, server: Server, scheme: str, **context: int) -> None:
        self.axe = source()
        super().__init__(browser, server, color_scheme=scheme, bypass_csp=True, **context)

    def found(self) -> list[str]:
        return violations(self.page, self.axe)


Prepare = Callable[[Inspector], object]


@pytest.fixture(params=["light", "dark"])
def inspector(request: pytest.FixtureRequest, browser: Browser, any_server: Server) -> Iterator[Inspector]:
    inspector = Inspector(browser, any_server, request.param)
    yield inspector
    inspector.page.close()


@pytest.mark.parametrize("path", ["/", "/t/food-order/", "/t/open/", "/r/222222/", "/nothing/here/"])
def test_axe_finds_nothing_on_a_page(inspector: Inspector, path: str) -> None:
    inspector.go(path)
    if path == "/t/food-order/":
        inspector.page.wait_for_selector('kafka-diagram[data-state="recorded"]')
    assert inspector.found() == []


def follow(inspector: Inspector) -> None:
    inspector.order()
    inspector.page.locator("#log button").first.click()
    inspector.page.wait_for_selector('[data-proof="found"]')


def flood(inspector: Inspector) -> None:
    inspector.page.locator('#crowd button[value="5000"]').click()
    inspector.page.wait_for_selector("kafka-diagram svg.dense .flow", state="attached")


def pause(inspector: Inspector) -> None:
    inspector.order()
    inspector.page.click("[data-play]")
    assert wait_for(lambda: inspector.moment.startswith("Paused"))


def replay(inspector: Inspector) -> None:
    inspector.order()
    inspector.page.click("[data-replay]")
    inspector.page.wait_for_selector("kafka-diagram .token", state="attached")


def unfold(inspector: Inspector) -> None:
    """Everything that can be opened is open, and somebody has come. The text goes on while the picture is in sight."""
    inspector.page.evaluate("for (const node of document.querySelectorAll('details')) node.open = true")
    inspector.page.locator("#members button").filter(has_text="+").first.click()
    inspector.page.locator("kafka-diagram").scroll_into_view_if_needed()
    assert wait_for(lambda: inspector.lines("assign") >= 2)


STATES: dict[str, tuple[str, Prepare]] = {
    "idle": ("food-delivery", lambda inspector: None),
    "after an order": ("food-delivery", Inspector.order),
    "following a record": ("food-delivery", follow),
    "paused": ("food-delivery", pause),
    "in a replay": ("food-delivery", replay),
    "all opened": ("food-delivery", unfold),
    "in a flood": ("hearts", flood),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_a_room(inspector: Inspector, state: str) -> None:
    scenario, prepare = STATES[state]
    inspector.play(scenario)
    prepare(inspector)
    assert inspector.found() == []


def test_axe_finds_nothing_in_a_room_on_a_phone(browser: Browser, any_server: Server) -> None:
    inspector = Inspector(browser, any_server, "light", width=320, height=740)
    inspector.play("food-delivery")
    follow(inspector)
    assert inspector.found() == []
    inspector.page.close()


def test_axe_finds_nothing_on_the_stage(inspector: Inspector) -> None:
    code = inspector.play("food-delivery")
    inspector.go(f"/r/{code}/stage/")
    inspector.page.wait_for_selector(LIVE)
    assert inspector.found() == []
    inspector.page.click('[data-action="place-order"]')
    assert wait_for(lambda: inspector.lines("commit", "order-status") > 0)
    assert inspector.found() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_no_room_opens(
    browser: Browser, make_server: MakeServer, scheme: str
) -> None:
    server = make_server(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    inspector = Inspector(browser, server, scheme)
    for path, told in {"/": "[data-trouble]", "/play/hearts/": "[data-retry-stop]"}.items():
        inspector.go(path)
        inspector.page.wait_for_selector(told)
        assert inspector.found() == []
    inspector.page.close()
