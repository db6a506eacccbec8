"""A saved run in a real browser: played, stepped, linked to, opened from a file; and files that are none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from apps.rooms.builtin import BUILTIN
from tests.e2e.measuring import faults
from tests.e2e.test_player import SCRUB, Viewer
from tests.servers import ROOT, Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
READY = 'kafka-diagram[data-state="recorded"]'
CLIPBOARD = "navigator.clipboard.readText()"
# As where a person, or the frame around a page, does not let it write.
REFUSED = """() => {
  navigator.clipboard.writeText = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
}"""
# In one look: a run that is over soon may be over before the next.
PLAY_AND_TELL = """() => {
  document.querySelector("[data-play]").click();
  return [...document.querySelectorAll("#state td")].map((cell) => cell.textContent);
}"""
AT_THE_START = r"Recorded run · 0\.0 s of [\d.]+ s"


class Reader(Viewer):
    """Sees saved runs, and notes every socket that a page opens."""

    def __init__(self, browser: Browser, server: Server, width: int = 1280, height: int = 720) -> None:
        super().__init__(browser, server, width, height)
        self.sockets: list[str] = []
        self.page.on("websocket", lambda socket: self.sockets.append(socket.url))

    def see(self, name: str, moment: str = "") -> None:
        self.go(f"/t/{name}/{moment}")
        self.page.wait_for_selector(READY)

    @property
    def length(self) -> str:
        """As the player tells it."""
        found = re.search(r"of ([\d.]+ s)", self.moment)
        return found[1] if found else ""

    def choose(self, file: Path) -> None:
        self.go("/t/open/")
        self.page.set_input_files("[data-trace-file]", file)

    def problem(self) -> str:
        self.page.wait_for_selector("[data-trace-problem]:not([hidden])")
        return self.page.locator("[data-trace-problem]").inner_text()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def reader(browser: Browser, any_server: Server) -> Iterator[Reader]:
    reader = Reader(browser, any_server)
    yield reader
    reader.page.close()
    assert reader.complaints == []
    assert reader.sockets == []


@pytest.mark.parametrize("name", BUILTIN)
def test_a_built_in_run_begins_standing_still_at_its_start(reader: Reader, name: str) -> None:
    reader.see(name)
    assert wait_for(lambda: re.fullmatch(AT_THE_START, reader.moment))
    assert reader.page.locator("[data-live]").is_hidden()
    assert reader.page.locator("#log li").count() == 0
    assert "on Apache Kafka 4" in reader.page.locator("[data-run-facts]").inner_text()


def test_played_it_stands_still_at_its_end_and_starts_again(reader: Reader) -> None:
    reader.see("food-order")
    reader.press("Play")
    assert wait_for(lambda: reader.lines("commit") > 0)
    reader.page.wait_for_selector('[data-play][data-does="play"]')
    shown, length = re.findall(r"[\d.]+ s", reader.moment)
    assert shown == length
    ends = reader.numbers()
    assert reader.page.evaluate(PLAY_AND_TELL) != ends
    assert wait_for(lambda: reader.numbers() == ends)


def test_it_goes_step_by_step_both_ways(reader: Reader) -> None:
    reader.see("food-order")
    start = reader.numbers()
    reader.page.locator("kafka-diagram").focus()
    for _ in range(3):
        reader.page.keyboard.press("Shift+ArrowRight")
    assert reader.numbers() != start
    for _ in range(3):
        reader.page.keyboard.press("Shift+ArrowLeft")
    assert reader.numbers() == start
    reader.page.click("[data-next]")
    assert wait_for(lambda: reader.page.locator("#log li").count() == 1)


def test_the_replay_shows_the_end_slowly_and_stands_still(reader: Reader) -> None:
    reader.see("member-joins")
    reader.page.get_by_role("button", name="Replay").click()
    assert wait_for(lambda: re.match(r"Recorded run · [\d.]+ s of [\d.]+ s · 20× slower", reader.moment))
    reader.page.wait_for_selector("kafka-diagram .token", state="attached")
    reader.press("Pause")
    reader.page.keyboard.press("l")
    assert reader.page.locator("[data-live]").is_hidden()


def test_a_link_leads_to_a_moment(reader: Reader) -> None:
    reader.see("broker-dies", "#t=9.5")
    assert wait_for(lambda: "9.5 s of" in reader.moment)
    assert "Broker 2 is down" in reader.page.locator("[data-health]").inner_text()
    reader.page.evaluate("location.hash = '#t=1.5'")
    assert wait_for(lambda: "1.5 s of" in reader.moment)
    assert reader.page.locator("[data-health]").is_hidden()
    reader.page.evaluate("location.hash = '#t=99999'")
    length = wait_for(lambda: re.search(r"([\d.]+) s of ([\d.]+) s", reader.moment))
    assert round(float(length[1])) == round(float(length[2]))


def test_the_link_to_the_moment_that_is_shown_can_be_copied(reader: Reader) -> None:
    reader.see("broker-dies")
    reader.page.locator("[data-scrub]").evaluate(SCRUB, "6")
    shown = re.search(r"([\d.]+) s of", reader.moment)
    assert shown
    told = reader.page.locator("[data-copied-moment]")
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.press("Copy a link to this moment")
    assert wait_for(lambda: told.inner_text() == "Copied.")
    assert wait_for(lambda: reader.page.url.endswith(f"/t/broker-dies/#t={shown[1]}"))
    assert reader.page.evaluate(CLIPBOARD) == reader.page.url
    reader.page.evaluate(REFUSED)
    reader.press("Copy a link to this moment")
    assert wait_for(lambda: told.inner_text() == "The address of this page now leads to this moment.")
    there = Reader(reader.page.context.browser or pytest.fail("no browser"), reader.server)
    there.page.goto(reader.page.url)
    assert wait_for(lambda: there.moment == reader.moment)
    assert there.numbers() == reader.numbers()
    there.page.close()


def test_a_record_is_followed_as_in_a_room(reader: Reader) -> None:
    reader.see("food-order", "#t=99")
    reader.page.locator('#log li[data-type="ack"] button').first.click()
    assert wait_for(lambda: reader.page.locator("[data-journey-steps] li").count() > 5)
    reader.page.keyboard.press("Escape")
    assert reader.page.locator("[data-journey]").is_hidden()


def test_of_a_record_in_a_saved_run_no_broker_is_asked(reader: Reader) -> None:
    asked: list[str] = []
    reader.page.on("request", lambda request: asked.append(request.url))
    reader.see("food-order", "#t=99")
    reader.page.locator('#log li[data-type="ack"] button').first.click()
    assert wait_for(lambda: reader.page.locator("[data-journey-steps] li").count() > 5)
    assert reader.page.locator("[data-proof]").is_hidden()
    assert [url for url in asked if "/api/" in url] == []


def test_what_changes_a_room_is_not_there(reader: Reader) -> None:
    reader.see("food-order")
    assert reader.page.locator(".act, #crowd, #groups, #save, pre:visible, [data-cluster]").count() == 0


def test_a_run_that_was_saved_in_a_room_is_played_from_its_link_and_from_its_file(
    browser: Browser, any_server: Server, tmp_path: Path
) -> None:
    viewer = Viewer(browser, any_server)
    viewer.play("food-delivery")
    viewer.order()
    viewer.until_read()  # nothing comes after what is saved
    # Not by a click, which misses while an order's card makes everything below it move.
    viewer.page.locator("details:has(#save)").evaluate("node => { node.open = true; }")
    viewer.page.get_by_role("button", name="Save", exact=True).click()
    link = viewer.page.locator("[data-saved] a").first.get_attribute("href")
    with viewer.page.expect_download() as download:
        viewer.page.get_by_role("link", name="Download the file").click()
    file = tmp_path / "run.ndjson"
    download.value.save_as(file)
    numbers = viewer.numbers()
    viewer.page.close()
    assert viewer.complaints == []
    reader = Reader(browser, any_server)
    reader.page.goto(f"{link}#t=9999")
    assert wait_for(lambda: reader.numbers() == numbers)
    reader.choose(file)
    reader.page.wait_for_selector(READY)
    reader.page.evaluate("location.hash = '#t=9999'")
    assert wait_for(lambda: reader.numbers() == numbers)
    reader.page.close()
    assert (reader.complaints, reader.sockets) == ([], [])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"PNG\x00\xff\xfe not a run", "This file is not a saved run of Kafkaviz."),
        (b'{"type":"trace","version":7}\n', "This run was saved in version 7 of the format."),
    ],
)
def test_a_file_that_is_no_run_is_told_in_a_sentence(
    reader: Reader, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "some.ndjson"
    file.write_bytes(content)
    reader.choose(file)
    assert sentence in reader.problem()
    assert reader.page.locator("kafka-diagram").count() == 0


def test_a_file_of_200_megabytes_is_told_before_it_is_read(reader: Reader, tmp_path: Path) -> None:
    file = tmp_path / "large.ndjson"
    with file.open("wb") as large:
        large.truncate(200_000_000)
    reader.choose(file)
    assert reader.problem() == "This file has 200 MB. A saved run may have 30 MB."


def test_after_a_broken_file_a_whole_one_plays(reader: Reader, tmp_path: Path) -> None:
    whole = ROOT / "traces" / "food-order.ndjson"
    cut = tmp_path / "cut.ndjson"
    cut.write_bytes(whole.read_bytes()[:9000])
    reader.choose(cut)
    assert reader.problem() == "This file is cut off: its last line is not whole."
    reader.page.set_input_files("[data-trace-file]", whole)
    reader.page.wait_for_selector(READY)
    assert reader.page.locator("[data-trace-problem]").is_hidden()
    first = reader.length
    reader.page.set_input_files("[data-trace-file]", ROOT / "traces" / "member-joins.ndjson")
    assert wait_for(lambda: reader.length != first)
    assert reader.page.locator("kafka-diagram").count() == 1


@pytest.mark.parametrize("width", [360, 320])
def test_on_a_phone_it_fits(browser: Browser, any_server: Server, width: int) -> None:
    reader = Reader(browser, any_server, width, 740)
    reader.see("broker-dies", "#t=9.5")
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
    for control in reader.page.locator(
        ".player :is(button, select, [type=range], label):visible, [data-copy-moment]"
    ).all():
        box = control.bounding_box()
        assert box and box["height"] >= 44 and box["x"] >= 0 and box["x"] + box["width"] <= width, box
    reader.page.close()


@pytest.mark.parametrize("width", [1280, 900, 320])
def test_an_error_that_is_one_long_word_keeps_its_place(reader: Reader, tmp_path: Path, width: int) -> None:
    word = "RESOURCE_EXHAUSTED_" * 12
    told = [json.loads(line) for line in (ROOT / "traces" / "broker-dies.ndjson").read_text().splitlines()]
    last = next(index for index, line in enumerate(told) if '"retry"' in json.dumps(line.get("hops", [])))
    for hop in told[last]["hops"]:
        if hop["type"] == "retry":
            hop["error"] = word
    told[0]["seq"] = told[last]["seq"]
    file = tmp_path / "long.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in told[: last + 1]))
    reader.page.set_viewport_size({"width": width, "height": 720})
    reader.choose(file)
    reader.page.wait_for_selector(f"{READY}, [data-trace-problem]:not([hidden])")
    assert reader.page.locator("[data-trace-problem]").inner_text() == ""
    reader.page.locator("[data-scrub]").press("End")
    line = reader.page.locator("#log li", has_text=word[:40])
    assert wait_for(lambda: line.count() > 0)
    assert faults(reader.page) == []


def test_who_saves_a_run_gets_a_link_to_the_moment_that_they_see(
    browser: Browser, any_server: Server
) -> None:
    viewer = Viewer(browser, any_server)
    viewer.play("food-delivery")
    viewer.order()
    viewer.page.get_by_role("button", name="Pause", exact=True).click()
    for _ in range(6):
        viewer.page.click("[data-back]")
    seen = viewer.numbers()
    # Not by a click, which misses while an order's card makes everything below it move.
    viewer.page.locator("details:has(#save)").evaluate("node => { node.open = true; }")
    viewer.page.get_by_role("button", name="Save", exact=True).click()
    link = viewer.page.locator("[data-saved-moment] a").get_attribute("href") or ""
    assert re.fullmatch(rf"{any_server.url}/t/\w+/#t=\d+\.\d", link)
    assert link.startswith(viewer.page.locator("[data-saved] a").first.get_attribute("href") or "?")
    viewer.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for place, copied in (
        ("[data-saved-moment]", link),
        ("[data-saved]", link.partition("#")[0]),
        ("p:has(> #room-link)", viewer.page.url),
    ):
        viewer.page.locator(place).get_by_role("button", name="Copy the link").click()
        assert wait_for(lambda copied=copied: viewer.page.evaluate(CLIPBOARD) == copied), place
    there = Reader(browser, any_server)
    there.page.goto(link)
    there.page.wait_for_selector(READY)
    assert wait_for(lambda: there.numbers()[0] == seen[0])
    assert there.complaints == viewer.complaints == []
    viewer.page.close()
    there.page.close()


def test_a_saved_runs_share_panel_has_link_moment_and_a_snippet_that_can_be_copied(reader: Reader) -> None:
    reader.see("broker-dies")
    panel = reader.page.locator(".share")
    assert panel.locator("[data-run-link]").inner_text() == f"{reader.server.url}/t/broker-dies/"
    assert panel.get_by_role("button", name="Copy a link to this moment").is_visible()
    panel.get_by_text("The HTML for a blog", exact=True).click()
    shown = panel.locator("#embed-snippet").inner_text()
    assert f'src="{reader.server.url}/embed/t/broker-dies/"' in shown
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel.get_by_role("button", name="Copy the HTML for a blog").click()
    assert wait_for(lambda: panel.locator(".command [data-copied-text]").inner_text() == "Copied.")
    assert reader.page.evaluate(CLIPBOARD) == shown
    panel.get_by_role("button", name="Copy the link").click()
    assert wait_for(lambda: reader.page.evaluate(CLIPBOARD) == f"{reader.server.url}/t/broker-dies/")
    reader.page.evaluate(REFUSED)
    panel.get_by_role("button", name="Copy the HTML for a blog").click()
    assert wait_for(lambda: panel.locator(".command [data-copied-text]").inner_text().startswith("Marked"))
    assert reader.page.evaluate("getSelection().toString()") == shown
