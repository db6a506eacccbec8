"""The player without a server, in somebody's page on a host that only hands out files."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import chromium, require
from tests.e2e.axe import source, violations
from tests.playerfolder import built, handed_out
from tests.servers import PATIENCE, ROOT, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, FrameLocator, Page

pytestmark = pytest.mark.browser
RECORDED = 'kafka-diagram[data-state="recorded"]'
PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>A blog</title>{head}
<script type="module" src="player.js"></script></head><body><main><h1>A blog</h1>{body}</main></body></html>"""
# A policy as strict as can be.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'\">"
)
RUN = '<kafkaviz-run src="run.ndjson"></kafkaviz-run>'
OTHER = '<kafkaviz-run src="food-order.ndjson"></kafkaviz-run>'
LONG = '<div style="height: 4000px"></div>'
MOST_TABS = 30
TOO_LARGE = 30_000_001
IS_AT = "(document, selector) => Boolean(document.activeElement?.matches(selector))"
WATCHED = "(diagram) => diagram.player.watched"
KEPT = "[localStorage.length, sessionStorage.length, document.cookie]"


class Host:
    """A folder with the player in it, and its address."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.posts = itertools.count()

    def post(self, body: str, head: str = "", lang: str = "en") -> str:
        """The address of a page that no browser has seen before."""
        name = f"post-{next(self.posts)}.html"
        (self.folder / name).write_text(PAGE.format(body=body, head=head, lang=lang))
        return f"{self.url}/{name}"


class Reader:
    """Reads a page; notes what the browser asks for and what it complains of."""

    def __init__(self, browser: Browser, **context: bool) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1000, "height": 900}, **context)  # type: ignore[arg-type]
        self.page.set_default_timeout(PATIENCE * 1000)
        self.asked: set[str] = set()
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.add(request.url))
        self.page.on("console", lambda line: self._heard(line.type, line.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)

    def read(self, address: str) -> None:
        self.page.goto(address)

    def run(self, index: int = 0) -> FrameLocator:
        return self.page.locator("kafkaviz-run").nth(index).frame_locator("iframe")

    def played(self, index: int = 0) -> FrameLocator:
        """Ready to be played: its slider has the length of the run."""
        run = self.run(index)
        run.locator(RECORDED).wait_for()
        run.locator("[data-scrub]:not(:disabled)").wait_for()
        return run

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, run: FrameLocator, selector: str) -> None:
        for _ in range(MOST_TABS):
            if run.locator("html").evaluate(f"(root) => ({IS_AT})(root.ownerDocument, '{selector}')"):
                return
            self.press("Tab")
        raise AssertionError(f"the tab key does not lead to {selector}")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    if chromium() is None:
        require("browser", "no Chromium was found: install it, or set CHROMIUM")
    folder = built(tmp_path_factory.mktemp("host") / "player")
    (folder / "food-order.ndjson").write_bytes((ROOT / "traces" / "food-order.ndjson").read_bytes())
    with handed_out(folder) as url:
        yield Host(folder, url)


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    reader = Reader(browser)
    yield reader
    reader.page.close()
    assert reader.complaints == []


def moment(run: FrameLocator) -> str:
    return run.locator("[data-moment]").inner_text()


def pictured(run: FrameLocator) -> str:
    return run.locator("kafka-diagram svg").text_content() or ""


def sent() -> int:
    """Orders of the run, as its file has them."""
    lines = (ROOT / "traces" / "broker-dies.ndjson").read_text().splitlines()
    hops = [hop for line in lines for hop in json.loads(line).get("hops", ())]
    return sum(hop["count"] for hop in hops if (hop["type"], hop["source"]) == ("send", "app"))


def test_a_run_is_played_to_its_end_by_keys_alone(reader: Reader, host: Host) -> None:
    reader.read(host.post(RUN, POLICY))
    run = reader.played()
    assert "0.0 s of 18 s" in moment(run)
    assert wait_for(lambda: "0 sent" in pictured(run))
    reader.tab_to(run, "[data-scrub]")
    reader.press("End")
    assert wait_for(lambda: "17.5 s of 18 s" in moment(run)), moment(run)
    reader.press("Shift+ArrowLeft", "Shift+ArrowLeft")
    assert wait_for(lambda: "17.5 s" not in moment(run))
    reader.press(".")
    run.locator('[data-play][data-does="pause"]').wait_for()
    run.locator('[data-play][data-does="play"]').wait_for()
    assert wait_for(lambda: "17.5 s of 18 s" in moment(run) and f"The app{sent()} sent" in pictured(run))
    reader.tab_to(run, ".words summary")
    reader.press("Enter")
    assert run.locator("#log li").first.is_visible()


def test_two_in_one_page_do_not_know_of_each_other_and_nobody_else_is_asked(
    reader: Reader, host: Host
) -> None:
    address = host.post(f'<input id="mine" autofocus>{RUN}{OTHER}')
    reader.read(address)
    first, second = reader.played(0), reader.played(1)
    assert reader.page.evaluate("document.activeElement.id") == "mine"
    still = moment(second)
    first.locator("[data-next]").click()
    assert wait_for(lambda: first.locator("#log li").count() > 0)
    assert (moment(second), second.locator("#log li").count()) == (still, 0)
    own = {"player.js", "player.css", "words-en.js", "run.ndjson", "food-order.ndjson"}
    assert reader.asked == {address, *(f"{host.url}/{name}" for name in own)}
    assert reader.page.evaluate(KEPT) == [0, 0, ""]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_it(browser: Browser, host: Host, scheme: str) -> None:
    axe = source()
    reader = Reader(browser, bypass_csp=True)
    reader.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    reader.read(host.post(RUN + OTHER))
    run, _ = reader.played(0), reader.played(1)
    frame: Frame = reader.page.frames[1]
    assert violations(frame, axe) + violations(reader.page, axe) == []
    run.locator("[data-scrub]").evaluate(
        "(scrub) => { scrub.value = scrub.max; scrub.dispatchEvent(new Event('input')); }"
    )
    for details in (".words", ".legend"):
        run.locator(f"{details} summary").click()
    run.locator('#log li[data-type="ack"] button').first.click()
    run.locator("[data-journey]").wait_for()
    assert "Following the record with key" in run.locator("[data-journey]").inner_text()
    assert violations(frame, axe) == []
    reader.press("Escape")
    run.locator("[data-journey]").wait_for(state="hidden")
    reader.page.close()


def test_what_it_cannot_play_it_says_in_a_sentence_and_then_plays_another(reader: Reader, host: Host) -> None:
    (host.folder / "broken.ndjson").write_text('{"type": "tra')
    cut = (host.folder / "run.ndjson").read_text()[:50_000]
    (host.folder / "cut.ndjson").write_text(cut)
    with (host.folder / "large.ndjson").open("wb") as large:
        large.truncate(TOO_LARGE)
    sentences = {
        "": "was not told which run to play",
        "nowhere.ndjson": "is not here any more",
        "broken.ndjson": "is not a saved run",
        "cut.ndjson": "is cut off",
        "large.ndjson": "may have 30 MB",
        "http://[": "could not be fetched",
    }
    for src, sentence in sentences.items():
        reader.read(host.post(f'<kafkaviz-run src="{src}"></kafkaviz-run>'))
        problem = reader.run().locator("[data-trace-problem]")
        problem.wait_for()
        assert sentence in problem.inner_text(), src
    reader.page.locator("kafkaviz-run").evaluate("(run) => run.setAttribute('src', 'food-order.ndjson')")
    reader.played()
    # The browser itself tells of what was not there.
    reader.complaints = [line for line in reader.complaints if "404" not in line]


def test_attributes_choose_the_part_the_speed_the_colours_and_the_language(
    reader: Reader, host: Host
) -> None:
    chosen = 'src="run.ndjson" start="5" end="10" speed="10" theme="dark" controls="0" colour="pink"'
    reader.read(host.post(f"<kafkaviz-run {chosen}></kafkaviz-run>", lang="hi"))
    run = reader.run()
    run.locator(RECORDED).wait_for()
    assert wait_for(lambda: "5.0" in moment(run))
    scrub = run.locator("[data-scrub]")
    assert scrub.get_attribute("min") == "5.00"
    assert 9 < float(scrub.get_attribute("max") or "") <= 10
    assert run.locator("select[data-speed]").input_value() == "10"
    assert run.locator("[data-play-word]").inner_text() == "चलाएँ"
    assert [scrub.is_visible(), run.locator("[data-play]").is_visible()] == [False, True]
    background = run.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert background == "rgb(18, 22, 28)"
    assert run.locator("html").evaluate("(root) => getComputedStyle(root).colorScheme") == "dark"
    reader.page.locator("kafkaviz-run").evaluate(
        "(run) => { run.lang = 'en'; run.setAttribute('theme', 'light'); run.setAttribute('start', 'soon'); }"
    )
    assert wait_for(lambda: "0.0 s of" in moment(run))
    background = run.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert background == "rgb(255, 255, 255)"


def test_out_of_sight_it_stands_still_and_it_is_as_high_as_what_it_shows(reader: Reader, host: Host) -> None:
    reader.read(host.post(RUN + LONG))
    run = reader.played()
    diagram = run.locator("kafka-diagram")
    assert wait_for(lambda: diagram.evaluate(WATCHED))
    reader.page.evaluate("scrollTo(0, 3500)")
    assert wait_for(lambda: not diagram.evaluate(WATCHED))
    reader.page.evaluate("scrollTo(0, 0)")
    assert wait_for(lambda: diagram.evaluate(WATCHED))
    height = "document.querySelector('kafkaviz-run').offsetHeight"
    bottom = "(box) => Math.ceil(box.getBoundingClientRect().bottom)"

    def fits() -> bool:
        return bool(run.locator("#kafkaviz").evaluate(bottom) == reader.page.evaluate(height))

    assert wait_for(fits)
    before = reader.page.evaluate(height)
    run.locator(".words summary").click()
    assert wait_for(lambda: reader.page.evaluate(height) > before + 100 and fits())
    run.locator(".words summary").click()
    assert wait_for(lambda: reader.page.evaluate(height) == before)
    reader.page.evaluate("postMessage({ type: 'kafkaviz:height', height: 1999 }, '*')")
    reader.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert reader.page.evaluate(height) == before
