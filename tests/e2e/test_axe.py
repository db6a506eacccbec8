"""What axe-core says of every page, light and dark, in each state that the page of a room can be in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.template.loader import render_to_string

from tests.e2e.axe import source, violations
from tests.e2e.test_player import Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.conftest import MakeServer

pytestmark = pytest.mark.browser
LIVE = 'kafka-diagram[data-state="live"]'


class Inspector(Viewer):
    """Sees pages as axe does, in the light and in the dark."""

    def __init__(self, browser: Browser, server: Server, **context: int) -> None:
        self.axe = source()
        super().__init__(browser, server, bypass_csp=True, **context)

    def found(self) -> list[str]:
        found = []
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found += [f"{scheme}: {violation}" for violation in violations(self.page, self.axe)]
        return found


Prepare = Callable[[Inspector], object]


@pytest.fixture
def inspector(browser: Browser, any_server: Server) -> Iterator[Inspector]:
    inspector = Inspector(browser, any_server)
    yield inspector
    inspector.page.close()


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/t/open/", "/r/222222/", "/nothing/here/", "/lessons/", "/teach/", "/j/"),
        *("/embed/hearts/", "/embed/lessons/keys-and-slots/?step=2", "/embed/lessons/nothing/"),
    ],
)
def test_axe_finds_nothing_on_a_page(inspector: Inspector, path: str) -> None:
    inspector.go(path)
    assert inspector.found() == []


@pytest.mark.parametrize("path", ["/t/food-order/", "/embed/t/food-order/"])
def test_axe_finds_nothing_in_a_saved_run(inspector: Inspector, path: str) -> None:
    inspector.go(path)
    if path.startswith("/embed/"):
        assert inspector.found() == []
        inspector.page.click("[data-play-run]")
    inspector.page.wait_for_selector('kafka-diagram[data-state="recorded"]')
    assert inspector.found() == []


@pytest.mark.parametrize(("status", "template"), [(403, "403.html"), (500, "500.html")])
def test_axe_finds_nothing_on_a_page_that_comes_when_something_is_wrong(
    inspector: Inspector, status: int, template: str
) -> None:
    """Nobody should get there, so the answer is put in the server's place."""
    body = render_to_string(template)
    inspector.page.route("**/wrong/", lambda route: route.fulfill(status=status, body=body))
    inspector.go("/wrong/")
    assert inspector.page.evaluate("getComputedStyle(document.body).margin") == "0px"
    assert inspector.found() == []


def test_axe_finds_nothing_in_a_frame_that_runs(inspector: Inspector) -> None:
    inspector.go("/embed/food-delivery/")
    inspector.page.click("[data-begin]")
    inspector.page.wait_for_selector(LIVE)
    inspector.page.click('[data-action="place-order"]')
    inspector.page.locator(".words").evaluate("words => { words.open = true; }")
    assert wait_for(lambda: inspector.lines("commit", "order-status") > 0)
    assert inspector.found() == []


def test_axe_finds_nothing_in_a_lesson_s_frame(inspector: Inspector) -> None:
    inspector.go("/embed/lessons/keys-and-slots/?step=2")
    inspector.page.click("[data-begin]")
    inspector.page.wait_for_selector("[data-lesson][data-open]")
    inspector.page.locator("[data-predict] input").first.check()
    inspector.page.click("[data-do] button")
    inspector.page.locator("[data-answer] strong").wait_for()
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
    inspector.page.locator("#groups button").filter(has_text="+").first.click()
    inspector.page.locator("kafka-diagram").scroll_into_view_if_needed()
    assert wait_for(lambda: inspector.lines("assign") >= 2)


def shatter(inspector: Inspector) -> None:
    """Brokers are down and slow, there are dead letters and a latecomer, a wish was refused, a member crashed."""
    page = inspector.page
    page.evaluate("for (const node of document.querySelectorAll('details')) node.open = true")
    page.locator("#letters-poison").click()
    page.locator("#broker-3-switch").click()
    page.locator("#broker-2-delay").select_option("500")
    page.locator("#producer-idempotence").select_option("on")
    page.locator("#producer-acks").select_option("0")
    page.wait_for_selector("#producer .refusal")
    page.locator("#latecomer-add").click()
    page.wait_for_selector('[data-members="latecomer"]:text("1")')
    inspector.until_answered()
    page.locator("#queue-add").click()
    until_pictured(inspector, "Dead letters", "🔎 Latecomer", "🎟 Share group", "500 ms slower")
    inspector.until_answered()
    page.locator("#trending-crash").click()
    until_pictured(inspector, "✕ crashed")


def until_pictured(inspector: Inspector, *words: str) -> None:
    inspector.page.locator("kafka-diagram").scroll_into_view_if_needed()
    for one in words:
        assert wait_for(lambda one=one: one in inspector.pictured()), one


STATES: dict[str, tuple[str, Prepare]] = {
    "idle": ("food-delivery", lambda inspector: None),
    "after an order": ("food-delivery", Inspector.order),
    "following a record": ("food-delivery", follow),
    "paused": ("food-delivery", pause),
    "in a replay": ("food-delivery", replay),
    "all opened": ("food-delivery", unfold),
    "in a flood": ("hearts", flood),
    "broken": ("hearts", shatter),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_a_room(inspector: Inspector, state: str) -> None:
    scenario, prepare = STATES[state]
    inspector.play(scenario)
    prepare(inspector)
    assert inspector.found() == []


def test_axe_finds_nothing_in_a_room_on_a_phone(browser: Browser, any_server: Server) -> None:
    inspector = Inspector(browser, any_server, width=320, height=740)
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


def test_axe_finds_nothing_in_a_lesson(inspector: Inspector) -> None:
    inspector.go("/lessons/keys-and-slots/#2")
    inspector.page.wait_for_selector("[data-lesson][data-open] [data-predict]:not([hidden])")
    assert inspector.found() == []
    inspector.page.locator("[data-predict] input").first.check()
    inspector.page.locator("[data-do] button").click()
    inspector.page.wait_for_selector("[data-answer]:not([hidden])")
    assert inspector.found() == []


def test_axe_finds_nothing_on_a_lesson_s_stage(inspector: Inspector) -> None:
    inspector.go("/lessons/keys-and-slots/")
    inspector.page.wait_for_selector("[data-lesson][data-open]")
    inspector.go(urlsplit(inspector.page.url).path + "stage/#2")
    inspector.page.wait_for_selector("[data-lesson][data-open] [data-predict]:not([hidden])")
    assert inspector.found() == []


def test_axe_finds_nothing_where_no_room_opens(browser: Browser, make_server: MakeServer) -> None:
    server = make_server(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert wait_for(lambda: server.get("/healthz").json()["trouble"])
    inspector = Inspector(browser, server)
    for path, told in {"/": "[data-trouble]", "/play/hearts/": "[data-retry-stop]"}.items():
        inspector.go(path)
        inspector.page.wait_for_selector(told)
        assert inspector.found() == []
    inspector.page.close()
