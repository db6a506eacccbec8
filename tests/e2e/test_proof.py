"""A followed record is proved: what the page tells of it is what a terminal shows, on both kinds of cluster."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.apache_kafka import LIBS
from tests.conftest import WORLDS
from tests.e2e.test_player import DRAWN, Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.browser
FOUND = '[data-proof="found"]'
STORED = '#log li[data-type="ack"][data-topic="orders"] button'


class Reader(Viewer):
    def follow(self, selector: str) -> None:
        self.page.locator(selector).last.click()
        self.page.wait_for_selector(FOUND)

    def text(self, part: str) -> str:
        return self.page.locator(f"[{part}]").first.text_content() or ""

    def told(self) -> dict[str, object]:
        """As the panel tells it."""
        where, offset = self.text("data-journey-place").split(", offset ")
        assert self.text("data-journey-key") == self.text("data-proof-key")
        return {
            "partition": where.rpartition(" P")[2],
            "offset": offset,
            "key": self.text("data-proof-key"),
            "value": json.loads(self.text("data-proof-value")),
        }

    def command(self, name: str) -> str:
        return self.text(f"data-command={name}")

    def others(self) -> list[str]:
        return self.page.locator("[data-journey-siblings] strong").all_text_contents()


@contextmanager
def reading(browser: Browser, server: Server) -> Iterator[Reader]:
    reader = Reader(browser, server)
    yield reader
    reader.page.close()
    assert reader.complaints == []


@pytest.fixture
def reader(browser: Browser, server: Server) -> Iterator[Reader]:
    """In both worlds: for what the brokers say."""
    with reading(browser, server) as reader:
        yield reader


@pytest.fixture
def looker(browser: Browser, any_server: Server) -> Iterator[Reader]:
    """For how it is shown."""
    with reading(browser, any_server) as looker:
        yield looker


def typed(command: str, **env: str) -> str:
    """What a shell prints when the command is pasted into it."""
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **env},
        check=True,
    )
    return done.stdout


def by_kcat(command: str) -> dict[str, object]:
    where, key, value, _ = typed(command).splitlines()
    place = where.split(" ")
    return {
        "partition": place[1],
        "offset": place[3],
        "key": key.removeprefix("key "),
        "value": json.loads(value.removeprefix("value ")),
    }


@pytest.mark.kcat
@pytest.mark.usefixtures("kcat")
def test_kcat_prints_the_record_that_was_pressed_in_the_picture(reader: Reader) -> None:
    reader.play("food-delivery")
    reader.order()
    reader.follow("kafka-diagram .cell.pressable")
    assert by_kcat(reader.command("kcat")) == reader.told()


@pytest.mark.kcat
@pytest.mark.usefixtures("kcat")
def test_kcat_prints_each_record_that_is_pressed_in_the_text(reader: Reader) -> None:
    reader.play("food-delivery")
    for _ in range(3):
        reader.order()
    for line in reader.page.locator('#log li[data-type="ack"] button').element_handles()[:6]:
        line.click()
        reader.page.wait_for_selector(FOUND)
        assert by_kcat(reader.command("kcat")) == reader.told()


@pytest.mark.parametrize("world", WORLDS[1:], indirect=True, scope="session")
def test_kafkas_console_consumer_prints_it_too(reader: Reader, tmp_path: Path) -> None:
    reader.play("food-delivery")
    reader.order()
    reader.follow(STORED)
    java = ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", f"{LIBS}/*"]
    # As the script of that name in Kafka's own bin folder does.
    script = tmp_path / "kafka-console-consumer.sh"
    tool = "org.apache.kafka.tools.consumer.ConsoleConsumer"
    script.write_text(f'#!/bin/sh\nexec {shlex.join([*java, tool])} "$@"\n')
    script.chmod(0o755)
    printed = typed(reader.command("console"), PATH=f"{tmp_path}:{os.environ['PATH']}")
    _, partition, offset, headers, key, value = printed.rstrip("\n").split("\t")
    assert {
        "partition": partition.removeprefix("Partition:"),
        "offset": offset.removeprefix("Offset:"),
        "key": key,
        "value": json.loads(value),
    } == reader.told()
    assert "ce_type:order.placed" in headers
    assert reader.page.locator("[data-no-console]").is_hidden()


@pytest.mark.parametrize("world", WORLDS[:1], indirect=True, scope="session")
def test_on_an_embedded_cluster_the_page_says_why_there_is_no_command_for_it(reader: Reader) -> None:
    reader.play("food-delivery")
    reader.order()
    reader.follow(STORED)
    assert reader.page.locator("[data-console]").is_hidden()
    assert "Java client" in reader.page.locator("[data-no-console]").inner_text()


def test_headers_timestamp_and_size_are_the_brokers_own(reader: Reader) -> None:
    code = reader.play("food-delivery")
    reader.order()
    reader.follow(STORED)
    place = reader.told()
    kept = reader.server.get(
        f"/api/rooms/{code}/records/orders/{place['partition']}/{place['offset']}/"
    ).json()
    assert reader.text("data-proof-count") == f"{len(kept['headers'])} headers"
    reader.page.locator("[data-proof-count]").click()
    rows = reader.page.locator("[data-proof-headers] tr").all()
    assert [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows] == kept["headers"]
    assert "before it heard that the record was stored" in reader.text("data-proof-time")
    assert reader.text("data-proof-size") == f"{kept['size']} bytes"


def test_what_followed_from_a_record_is_another_that_can_be_followed(looker: Reader) -> None:
    looker.play("food-delivery")
    looker.order()
    looker.until_read()  # what comes later has the list made anew, in which somebody presses
    looker.follow(STORED)
    assert looker.text("data-journey-type") == "order.placed"
    assert wait_for(lambda: len(looker.others()) == 4)
    assert "order.placed" not in looker.others()
    other = looker.others()[0]
    looker.page.get_by_role("button", name=f"Follow this one: {other}").focus()
    looker.page.keyboard.press("Enter")
    assert wait_for(lambda: looker.text("data-journey-type") == other)
    looker.page.wait_for_selector(FOUND)
    assert looker.told()["value"]
    assert looker.page.evaluate("document.activeElement.id") == "journey-title"
    assert "order.placed" in looker.others()


def test_the_strip_has_a_dot_for_each_step_and_a_lane_for_each_who_acted(looker: Reader) -> None:
    looker.play("food-delivery")
    looker.order()
    looker.follow(STORED)
    steps = looker.page.locator("[data-journey-steps] li")
    dots = looker.page.locator("[data-strip] .strip-dot")
    assert wait_for(lambda: steps.count() == dots.count() == 11)
    names = looker.page.locator("[data-strip] .strip-name").all_text_contents()
    assert names[0] == "app" and names[1].startswith("orders P")
    assert sorted(names[2:]) == ["delivery-1", "order-status-1", "restaurant-1"]
    assert "11 steps" in (looker.page.locator("[data-strip] svg").get_attribute("aria-label") or "")


def test_by_keyboard_focus_goes_to_what_was_opened_and_back_and_it_is_said(looker: Reader) -> None:
    looker.play("food-delivery")
    looker.order()
    looker.page.locator(STORED).last.focus()
    looker.page.keyboard.press("Enter")
    looker.page.wait_for_selector(FOUND)
    assert looker.page.evaluate("document.activeElement.id") == "journey-title"
    assert looker.text("data-player-speaker").startswith("Following the record with key ")
    looker.page.keyboard.press("Escape")
    assert looker.page.locator("[data-journey]").is_hidden()
    assert looker.page.evaluate("document.activeElement.closest('li').dataset.topic") == "orders"


def test_a_record_that_is_not_stored_yet_at_the_shown_moment_is_read_back_once_it_is(looker: Reader) -> None:
    looker.play("food-delivery")
    looker.order()
    looker.page.get_by_role("button", name="Pause", exact=True).click()
    sent = '#log li[data-type="send"][data-topic="orders"]'
    known = looker.page.locator(sent).count()
    looker.page.click('[data-action="place-order"]')

    def stepped(seen: bool) -> bool:
        if not seen:
            looker.step()
        return seen

    assert wait_for(lambda: stepped(looker.page.locator(sent).count() > known))
    looker.page.locator(f"{sent} button").first.click()
    looker.page.wait_for_selector('[data-proof="waiting"]')
    assert wait_for(lambda: stepped(looker.page.locator(FOUND).count() > 0))
    assert looker.told()["value"]


def test_commands_are_copied_or_marked_where_a_page_may_not_copy(looker: Reader) -> None:
    looker.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    looker.play("food-delivery")
    looker.order()
    looker.follow(STORED)
    button = looker.page.get_by_role("button", name="Copy the kcat command")
    button.click()
    assert wait_for(lambda: looker.text("data-copied") == "Copied.")
    assert looker.page.evaluate("navigator.clipboard.readText()") == looker.command("kcat")
    looker.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    button.click()
    assert wait_for(lambda: looker.text("data-copied").startswith("Marked"))
    assert looker.page.evaluate("getSelection().toString().trim()") == looker.command("kcat").strip()


def test_a_record_that_is_gone_and_a_server_that_is_busy_are_told_and_can_be_asked_again(
    looker: Reader,
) -> None:
    def answer(route: Route, status: int, code: str, message: str) -> None:
        body = json.dumps({"error": {"code": code, "message": message}})
        route.fulfill(status=status, content_type="application/json", body=body)

    looker.play("food-delivery")
    looker.order()
    refusals = iter([(503, "no-answer", "Try again in a moment."), (410, "gone", "No longer kept.")])
    looker.page.route("**/records/**", lambda route: answer(route, *next(refusals)))
    looker.page.locator(STORED).last.click()
    looker.page.wait_for_selector('[data-proof="error"]')
    assert looker.text("data-proof-words") == "Try again in a moment."
    looker.page.get_by_role("button", name="Read it again").click()
    looker.page.wait_for_selector('[data-proof="gone"]')
    assert looker.text("data-proof-words") == "No longer kept."
    assert looker.page.locator("[data-proof-found]").is_hidden()
    looker.page.unroute("**/records/**")
    looker.page.get_by_role("button", name="Read it again").click()
    looker.page.wait_for_selector(FOUND)
    assert all("503" in line or "410" in line for line in looker.complaints)
    looker.complaints.clear()


def test_on_a_phone_nothing_is_wider_than_the_page(browser: Browser, any_server: Server) -> None:
    reader = Reader(browser, any_server, 320, 740)
    reader.play("food-delivery")
    reader.order()
    reader.follow(STORED)
    reader.page.locator("[data-proof-count]").click()
    for width in (320, 360):
        reader.page.set_viewport_size({"width": width, "height": 740})
        reader.page.evaluate(DRAWN)
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
        svg = reader.page.locator("[data-strip] svg").bounding_box()
        assert svg and svg["x"] >= 0 and svg["x"] + svg["width"] <= width
    reader.page.close()
    assert reader.complaints == []
