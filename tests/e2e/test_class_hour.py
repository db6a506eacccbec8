"""The whole hour of a class in a browser, from the home page to what is kept; and a phone's part of it by keyboard."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.axe import source, violations
from tests.e2e.test_class import PHONE, Pupil
from tests.e2e.test_stage import FITS
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
ASKED = "Which of these does Kafka keep in order?"


class Hour:
    """A teacher, and whoever comes."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser, self.server = browser, server
        self.there: list[Pupil] = []
        self.host = self.comes("/")
        self.host.page.click("[data-start-class]")
        self.host.page.wait_for_selector('kafka-diagram[data-state="live"]')
        self.code = self.host.page.url.split("/teach/")[1].split("/")[0]

    def comes(self, path: str, **context: Any) -> Pupil:
        pupil = Pupil(self._browser, self.server, **context)
        self.there.append(pupil)
        pupil.go(path)
        return pupil

    def phone(self) -> Pupil:
        pupil = self.comes(f"/j/{self.code}/", **PHONE)
        pupil.page.wait_for_selector("[data-tap]:enabled")
        return pupil

    def opens(self, part: str) -> None:
        self.host.page.locator(f"#class details[data-group={part}] > summary").click()


@pytest.fixture
def hour(browser: Browser, any_server: Server) -> Iterator[Hour]:
    """Nobody's console may complain."""
    hour = Hour(browser, any_server)
    yield hour
    for pupil in hour.there:
        pupil.page.close()
    assert [pupil.complaints for pupil in hour.there if pupil.complaints] == []


def test_an_hour_from_the_home_page_to_the_saved_run_and_the_table(hour: Hour) -> None:
    host, one, other = hour.host, hour.phone(), hour.phone()
    screen = hour.comes(f"/teach/{hour.code}/stage/")
    screen.until("[data-here]", "2")
    one.page.tap("[data-tap]")
    one.until("[data-reads]", "done by restaurant-1, bookmark set")
    a_question_is_asked(hour, screen, one, other)
    hour.opens("people")
    host.page.select_option("#people-number", label=other.text("[data-name]"))
    host.page.click("#people-send-out")
    other.until("[data-notice]", "sent you out")
    screen.until("[data-here]", "1")
    assert violations(host.page, source()) == []
    hour.opens("over")
    host.page.click("#class-end")
    link = host.page.locator("#class .runs a").first.get_attribute("href")
    one.until("[data-notice]", "This class is over")
    assert kinds_in_the_table(hour) == ["tap", "question", "answer", "answer", "vote", "vote"]
    reader = hour.comes((link or "").removeprefix(hour.server.url))
    reader.until(".asked-then", ASKED)
    assert violations(reader.page, source()) == []


def a_question_is_asked(hour: Hour, screen: Pupil, one: Pupil, other: Pupil) -> None:
    host = hour.host
    hour.opens("free")
    host.page.fill("#free-text", ASKED)
    host.page.fill("#free-1", "All of a topic")
    host.page.fill("#free-2", "All of a partition")
    host.page.click("#ask-freely")
    one.page.tap(".vote >> nth=0")
    other.page.tap(".vote >> nth=1")
    screen.until("[data-seen]", "2 votes")
    host.page.click("#ask-close")
    host.page.select_option("#ask-right", "2")
    host.page.click("#ask-say")
    screen.until("[data-bars] .right", "All of a partition, so it was")
    assert wait_for(lambda: screen.page.evaluate(FITS))
    other.until("[data-vote-told]", "You were right.")


def kinds_in_the_table(hour: Hour) -> list[str]:
    with hour.host.page.expect_download() as file:
        hour.host.page.click("#class-table")
    assert file.value.suggested_filename.startswith(f"kafkaviz-class-{hour.code}-")
    with open(file.value.path(), encoding="utf-8-sig", newline="") as text:
        return [row["Kind"] for row in csv.DictReader(text)]


def test_who_ended_a_class_finds_its_link_and_table_again(hour: Hour) -> None:
    phone = hour.phone()
    phone.page.tap("[data-tap]")
    phone.until("[data-place]", "orders, partition ")
    hour.opens("over")
    hour.host.page.click("#class-end")
    hour.host.page.wait_for_selector("#class .runs a")
    hour.host.page.reload()
    hour.host.page.wait_for_selector("[data-after] .runs a")
    with hour.host.page.expect_download():
        hour.host.page.click("#class-table")
    assert violations(hour.host.page, source()) == []
    hour.host.complaints.clear()  # of the page itself, which answers 410


def test_a_phone_is_used_by_keyboard_and_its_tree_says_all(hour: Hour) -> None:
    """Joining, pressing, reading one's own fate, voting: Tab, arrows and Enter, by what a screen reader is told."""
    hour.host.page.click("#ask")
    pupil = hour.comes("/j/")
    page = pupil.page
    page.keyboard.press("Tab")
    for _stop in range(6):
        if page.evaluate("document.activeElement.id") == "code":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(hour.code)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-tap]:enabled")
    reach(pupil, "button", "Place order")
    page.keyboard.press("Enter")
    pupil.until("[data-made]", "Delivered")
    tree = page.locator("main").aria_snapshot()
    for told in ("You are", "orders, partition", "done by restaurant-1, bookmark set", "Delivered"):
        assert told in tree, tree
    reach(pupil, "button", "P1")
    page.keyboard.press("Space")
    pupil.until("[data-vote-told]", "Your guess is in.")
    assert 'button "P1" [pressed]' in page.locator("#question").aria_snapshot()
    reach(pupil, "tab", "Mine")
    page.keyboard.press("ArrowRight")
    assert 'tab "Be a consumer" [selected]' in page.locator("main").aria_snapshot()
    hour.host.page.click("#ask-close")
    hour.host.page.click("#ask-find-out")
    pupil.until("[data-vote-told]", "It landed in orders partition")
    assert page.locator("[data-vote-told]").get_attribute("role") == "status"


def reach(pupil: Pupil, role: str, name: str) -> None:
    """By Tab alone, from the start of the page."""
    wanted = pupil.page.get_by_role(role, name=name)  # type: ignore[arg-type]
    pupil.page.evaluate("document.activeElement.blur()")
    for _stop in range(25):
        pupil.page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"{name} can't be reached")
