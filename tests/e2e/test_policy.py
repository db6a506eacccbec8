"""Every page keeps to its own policy: in a real browser that holds it to that, nothing is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.classes import begin_class
from tests.e2e.test_room_page import Visitor
from tests.lessons import begin
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
NOTE = """addEventListener("securitypolicyviolation", (event) => {
  const noted = JSON.parse(sessionStorage.violations ?? "[]");
  sessionStorage.violations = JSON.stringify([...noted, `${event.violatedDirective} ${event.blockedURI}`]);
})"""
LIVE = 'kafka-diagram[data-state="live"]'
PLAYED = 'kafka-diagram[data-state="recorded"]'
# Of each page: its name, its address, what tells that its scripts run, and what is pressed then.
PAGES: list[tuple[str, str, str, str]] = [
    ("home", "/", "[data-start]", ""),
    ("lessons:index", "/lessons/", "a", ""),
    ("lessons:begin lessons:play", "/lessons/the-post-office/", LIVE, "[data-lesson-next]"),
    ("lessons:stage", "/lessons/the-post-office/{room}/stage/", LIVE, ""),
    ("play room", "/play/food-delivery/", LIVE, '[data-action="place-order"]'),
    ("stage", "/r/{room}/stage/", LIVE, ""),
    ("lanes", "/r/{hearts}/lanes/", "main", ""),
    ("class:begin", "/teach/", "form", ""),
    ("class:host", "/teach/{code}/#{host}", LIVE, ""),
    ("class:stage", "/teach/{code}/stage/#{host}", LIVE, ""),
    ("class:door", "/j/", "form", ""),
    ("class:phone", "/j/{code}/", "[data-tap]:enabled", "[data-tap]"),
    ("trace", "/t/food-order/", PLAYED, "[data-play]"),
    ("open-trace", "/t/open/", "input", ""),
    ("embed:poster", "/embed/food-delivery/", "[data-begin]", ""),
    ("embed:live", "/embed/food-delivery/live/", LIVE, '[data-action="place-order"]'),
    ("embed:trace", "/embed/t/food-order/", "main", ""),
    ("embed-lessons:poster", "/embed/lessons/the-post-office/", "[data-begin]", ""),
    ("embed-lessons:live", "/embed/lessons/the-post-office/live/", LIVE, "[data-lesson-next]"),
]
# Forms, answers to scripts, and the page that only leads on to one of these.
NO_PAGES = {
    "scanned",
    *(
        "class:panel",
        "class:enter",
        "class:people",
        "class:link",
        "class:notes",
        "class:after",
        "class:table",
        "lessons:begin-class",
        "lessons:teach",
        "jsi18n",
        "oembed",
        "metrics",
        "healthz",
    ),
    *(
        "crowd",
        "members",
        "group",
        "bookmark",
        "producer",
        "broker",
        "letters",
        "lab",
        "save-trace",
        "trace-file",
    ),
}


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> set[str]:
    found: set[str] = set()
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else space
            found |= names(one.url_patterns, inner)
        elif one.name:
            found.add(space + one.name)
    return found


def test_every_page_that_there_is_is_looked_at_here() -> None:
    looked_at = {name for page in PAGES for name in page[0].split()}
    of_the_api = {name for name in names(get_resolver().url_patterns) if name.startswith("api")}
    assert names(get_resolver().url_patterns) - of_the_api == looked_at | NO_PAGES


@pytest.fixture(scope="module")
def words(any_server: Server) -> dict[str, str]:
    """What stands in addresses."""
    school = begin_class(any_server)
    lesson, _ = begin(any_server, "the-post-office")
    hearts = any_server.make_room("hearts")
    return {"code": school.code, "host": school.host, "room": lesson["code"], "hearts": hearts["code"]}


@pytest.mark.parametrize(
    ("path", "ready", "press"), [page[1:] for page in PAGES], ids=[page[0] for page in PAGES]
)
def test_a_page_asks_for_nothing_that_its_policy_forbids(
    browser: Browser, any_server: Server, words: dict[str, str], path: str, ready: str, press: str
) -> None:
    visitor = Visitor(browser, any_server)
    visitor.page.add_init_script(NOTE)
    visitor.go(path.format(**words))
    visitor.page.locator(ready).first.wait_for(state="attached")
    if press:
        visitor.page.locator(press).first.click()
        visitor.page.wait_for_load_state("networkidle")
    assert visitor.page.evaluate("sessionStorage.violations ?? ''") == ""
    visitor.page.close()
    assert visitor.complaints == []
