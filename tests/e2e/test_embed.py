"""Kafkaviz in a frame of somebody else's page, on another site, in a browser that blocks third-party cookies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from apps.embeds.snippet import SANDBOX
from tests.classes import begin_class
from tests.conftest import CHROMIUM_FLAGS, whole_chromium
from tests.e2e.blog import Blog
from tests.e2e.test_player import SCRUB
from tests.servers import PATIENCE, Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Page, WebSocket

    from tests.conftest import MakeServer

pytestmark = pytest.mark.browser
LONG = '<div style="height: 3000px">a long story</div>'


class Visitor:
    """Reads a blog; notes what the browser complains of, and which sockets are open."""

    def __init__(self, browser: Browser, width: int = 1000) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 720})
        self.page.set_default_timeout(PATIENCE * 1000)
        self.complaints: list[str] = []
        self.open: set[WebSocket] = set()
        self.page.on("console", lambda line: self._heard(line.type, line.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("websocket", self._opened)

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)

    def _opened(self, socket: WebSocket) -> None:
        self.open.add(socket)
        socket.on("close", lambda _: self.open.discard(socket))

    def read(self, address: str) -> FrameLocator:
        self.page.goto(address)
        return self.page.frame_locator("iframe")

    @property
    def sockets(self) -> int:
        """How many are open. Only while the browser is asked for something does it tell what happened."""
        self.page.evaluate("0")
        return len(self.open)

    def run(self, frame: FrameLocator) -> None:
        frame.locator("[data-begin]").click()
        frame.locator('kafka-diagram[data-state="live"]').wait_for()

    def play(self, frame: FrameLocator) -> None:
        """A saved run."""
        frame.locator("[data-play-run]").click()
        frame.locator('kafka-diagram[data-state="recorded"]').wait_for()

    def is_fitted(self, frame: FrameLocator) -> bool:
        """It is as high as what is in it, and a little more."""
        bottom = frame.locator("#kafkaviz").evaluate("(box) => box.getBoundingClientRect().bottom")
        height = self.page.evaluate("document.querySelector('iframe').clientHeight")
        return bool(0 <= height - bottom <= 10)

    def pause(self, frame: FrameLocator) -> None:
        frame.locator('[data-play][data-does="pause"]').click()
        frame.locator('[data-play][data-does="play"]').wait_for()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    visitor = Visitor(browser)
    yield visitor
    visitor.page.close()
    assert visitor.complaints == []


def frame_of(server: Server, path: str, more: str = "", height: int = 640) -> str:
    return f'<iframe src="{server.url}{path}" width="100%" height="{height}" {more}></iframe>'


@pytest.mark.parametrize("sandbox", ["", f'sandbox="{SANDBOX}"', 'sandbox="allow-scripts"'])
def test_an_order_is_placed_and_every_hop_is_seen(
    visitor: Visitor, blog: Blog, any_server: Server, sandbox: str
) -> None:
    frame = visitor.read(blog.post("/order", frame_of(any_server, "/embed/food-delivery/", sandbox)))
    assert visitor.sockets == 0
    visitor.run(frame)
    frame.locator(".words summary").click()
    frame.locator('[data-action="place-order"]').click()
    for hop in ("send", "ack", "poll", "process", "commit"):
        assert wait_for(lambda hop=hop: frame.locator(f'#log li[data-type="{hop}"]').count() > 0), hop
    assert visitor.page.context.cookies() == []


MAY_STORE = "() => { try { return Boolean(localStorage); } catch { return false; } }"


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts"'])
@pytest.mark.parametrize("blocked", [True, False])
def test_it_works_whether_the_browser_blocks_what_third_parties_store_or_not(
    browser: Browser, blog: Blog, any_server: Server, tmp_path: Path, blocked: bool, sandbox: str
) -> None:
    """By the browser's own setting, for which Playwright has no switch: in a profile of its own."""
    (tmp_path / "Default").mkdir()
    setting = {"cookie_controls_mode": int(blocked), "block_third_party_cookies": blocked}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps({"profile": setting}))
    context = browser.browser_type.launch_persistent_context(
        tmp_path,
        executable_path=whole_chromium(),
        args=CHROMIUM_FLAGS,
        viewport={"width": 1000, "height": 720},
    )
    page = context.new_page()
    complaints: list[str] = []

    def hear(line: ConsoleMessage) -> None:
        if line.type == "error" and any_server.url in str(line.location):
            complaints.append(line.text)

    page.on("console", hear)
    page.goto(blog.post("/blocked", frame_of(any_server, "/embed/food-delivery/", sandbox)))
    frame = page.frame_locator("iframe")
    frame.locator("[data-begin]").click()
    frame.locator('kafka-diagram[data-state="live"]').wait_for()
    assert page.frames[1].evaluate(MAY_STORE) is not (blocked or bool(sandbox))
    frame.locator(".words summary").click()
    frame.locator('[data-action="place-order"]').click()
    for hop in ("send", "ack", "poll", "process", "commit"):
        frame.locator(f'#log li[data-type="{hop}"]').first.wait_for()
    assert (complaints, context.cookies()) == ([], [])
    context.close()


def test_what_is_not_made_for_frames_can_t_be_framed(
    browser: Browser, blog: Blog, any_server: Server
) -> None:
    visitor = Visitor(browser)
    code = begin_class(any_server).code
    of_class = (f"/j/{code}/", f"/teach/{code}/", f"/teach/{code}/stage/")
    for path in ("/", "/t/food-order/", "/play/hearts/", "/teach/", *of_class):
        visitor.read(blog.post("/theft", frame_of(any_server, path)))
        assert wait_for(lambda: any("frame-ancestors" in line for line in visitor.complaints)), path
        visitor.complaints.clear()
    visitor.page.close()


POST = """() => {
  const act = { type: "act", action: "send-heart" };
  const words = ["", null, "kafkaviz:height", { type: "kafkaviz:height", height: -1 }, act];
  for (const frame of document.querySelectorAll("iframe"))
    for (const word of words) frame.contentWindow.postMessage(word, "*");
}"""


def test_of_five_frames_only_the_one_that_is_run_has_a_socket_and_none_minds_what_the_page_says(
    visitor: Visitor, blog: Blog, any_server: Server
) -> None:
    names = ("hearts", "food-delivery", "stock-prices", "t/food-order", "t/broker-dies")
    body = "".join(frame_of(any_server, f"/embed/{name}/", height=500) for name in names)
    visitor.page.goto(blog.post("/five", body))
    frames = [visitor.page.frame_locator("iframe").nth(index) for index in range(len(names))]
    for frame in frames:
        frame.locator("kafka-diagram .cell").first.wait_for(state="attached")
    assert visitor.sockets == 0
    visitor.run(frames[0])
    visitor.page.evaluate(POST)
    frames[0].locator("[data-action]").click()
    assert wait_for(lambda: "1 sent" in (frames[0].locator("kafka-diagram svg").text_content() or ""))
    assert visitor.sockets == 1


def test_out_of_sight_it_has_no_socket_and_comes_back_with_all_that_happened(
    visitor: Visitor, blog: Blog, any_server: Server
) -> None:
    frame = visitor.read(blog.post("/long", frame_of(any_server, "/embed/hearts/") + LONG))
    visitor.run(frame)
    frame.locator('[data-action="send-heart"]').click()
    assert wait_for(lambda: visitor.sockets == 1)
    visitor.page.evaluate("scrollTo(0, 2500)")
    assert wait_for(lambda: visitor.sockets == 0)
    visitor.page.evaluate("scrollTo(0, 0)")
    frame.locator('kafka-diagram[data-state="live"]').wait_for()
    assert wait_for(lambda: visitor.sockets == 1)
    assert wait_for(lambda: "1 sent" in (frame.locator("kafka-diagram svg").text_content() or ""))


COUNT = """(diagram) => {
  const { everySecond } = diagram;
  const { views } = diagram;
  const told = views.everySecond;
  Object.assign(diagram, { seconds: 0, told: 0 });
  diagram.everySecond = () => { diagram.seconds += 1; everySecond.call(diagram); };
  views.everySecond = (now) => { diagram.told += 1; told.call(views, now); };
}"""
COUNTED = "(diagram) => [diagram.seconds, diagram.told]"


def test_out_of_sight_nothing_is_drawn_once_a_second(
    visitor: Visitor, blog: Blog, any_server: Server
) -> None:
    frame = visitor.read(blog.post("/left", frame_of(any_server, "/embed/hearts/") + LONG))
    visitor.run(frame)
    visitor.page.evaluate("scrollTo(0, 2500)")
    diagram = frame.locator("kafka-diagram")
    assert wait_for(lambda: not diagram.evaluate("(diagram) => diagram.player.watched"))
    diagram.evaluate(COUNT)
    assert wait_for(lambda: diagram.evaluate(COUNTED)[0] >= 2)
    assert diagram.evaluate(COUNTED)[1] == 0
    visitor.page.evaluate("scrollTo(0, 0)")
    assert wait_for(lambda: diagram.evaluate(COUNTED)[1] > 0)


def test_who_reads_the_words_is_told_every_second_though_the_picture_is_out_of_sight(
    visitor: Visitor, any_server: Server
) -> None:
    visitor.page.goto(f"{any_server.url}/play/hearts/")
    diagram = visitor.page.locator('kafka-diagram[data-state="live"]')
    diagram.wait_for()
    visitor.page.locator("#ledger").scroll_into_view_if_needed()
    visitor.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    diagram.evaluate(COUNT)
    visitor.page.locator("#log").scroll_into_view_if_needed()
    assert wait_for(lambda: diagram.evaluate(COUNTED)[1] > 0)


def test_with_no_room_left_a_real_run_is_shown_and_marked_as_such(
    browser: Browser, visitor: Visitor, blog: Blog, make_server: MakeServer
) -> None:
    server = make_server(KAFKAVIZ_RUNNERS="1", KAFKAVIZ_ROOMS_PER_RUNNER="1")
    other = Visitor(browser)  # a room that nobody looks at would make way
    other.page.goto(f"{server.url}/play/hearts/")
    other.page.wait_for_selector('kafka-diagram[data-state="live"]')
    frame = visitor.read(blog.post("/full", frame_of(server, "/embed/food-delivery/")))
    frame.locator("[data-begin]").click()
    frame.locator('kafka-diagram[data-state="recorded"]').wait_for()
    assert "a real run that was recorded" in frame.locator(".notice").inner_text()
    assert "Apache Kafka" in frame.locator("[data-run-facts]").inner_text()
    lesson = "/embed/lessons/the-post-office/live/"
    frame = visitor.read(blog.post("/full-lesson", frame_of(server, lesson + "?step=3")))
    frame.locator('kafka-diagram[data-state="recorded"]').wait_for()
    assert frame.locator("[data-begin]").get_attribute("href") == lesson + "?step=3#3"
    other.page.close()


def test_a_saved_run_begins_and_ends_where_the_address_says(
    visitor: Visitor, blog: Blog, any_server: Server
) -> None:
    """Nothing before its start can be scrubbed to, stepped to, or played again."""
    path = "/embed/t/broker-dies/?start=2&end=9&speed=20&theme=dark&controls=maybe&colour=pink"
    frame = visitor.read(blog.post("/part", frame_of(any_server, path, height=800)))
    visitor.play(frame)
    visitor.pause(frame)
    moment = frame.locator("[data-moment]")
    assert re.match(r"Recorded run · 2\.\d s of (9\.0|8\.\d) s", moment.inner_text())
    scrub = frame.locator("[data-scrub]")
    assert (scrub.get_attribute("min"), frame.locator("select[data-speed]").input_value()) == ("2.00", "20")
    assert 8 < float(scrub.get_attribute("max") or "") <= 9
    assert frame.locator(".player").is_visible()
    scrub.evaluate(SCRUB, "0")
    assert wait_for(lambda: moment.inner_text().startswith("Recorded run · 2.0 s of"))
    assert "1 sent" in (frame.locator("kafka-diagram svg").text_content() or "")
    scrub.evaluate(SCRUB, "99")
    frame.locator("[data-play]").click()
    visitor.pause(frame)
    assert re.match(r"Recorded run · 2\.\d s of", moment.inner_text())
    frame.locator(".words summary").click()
    assert "joined" not in (frame.locator("#log").text_content() or "")
    background = frame.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert background == "rgb(18, 22, 28)"


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts"'])
def test_the_frame_grows_and_shrinks_and_a_spoof_moves_nothing(
    visitor: Visitor, blog: Blog, any_server: Server, sandbox: str
) -> None:
    script = f'<script async src="{any_server.url}/static/js/embed/embed.js"></script>'
    frame = visitor.read(
        blog.post(
            "/fit", frame_of(any_server, "/embed/t/food-order/?height=auto", sandbox, 100) + LONG + script
        )
    )
    visitor.play(frame)
    visitor.pause(frame)
    height = "document.querySelector('iframe').offsetHeight"
    assert wait_for(lambda: visitor.is_fitted(frame) and visitor.page.evaluate(height) > 400)
    before = visitor.page.evaluate(height)
    frame.locator(".words summary").click()
    assert wait_for(lambda: visitor.page.evaluate(height) > before + 50)
    frame.locator(".words summary").click()
    assert wait_for(lambda: visitor.page.evaluate(height) == before)
    visitor.page.evaluate("postMessage({ type: 'kafkaviz:height', height: 1999 }, '*')")
    visitor.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert visitor.page.evaluate(height) == before


POSITION = "({ player }) => player.playback.position"


def test_step_by_step_a_saved_run_waits_for_each_press(
    visitor: Visitor, blog: Blog, any_server: Server
) -> None:
    """Without controls there are those that step, and no other."""
    path = "/embed/t/food-order/?step=1&controls=0"
    frame = visitor.read(blog.post("/steps", frame_of(any_server, path)))
    assert frame.locator("[data-play-run]").inner_text() == "Step by step"
    visitor.play(frame)
    diagram = frame.locator("kafka-diagram")
    for _ in range(3):
        before = diagram.evaluate(POSITION)
        frame.locator("[data-next]").click()
        assert wait_for(lambda before=before: diagram.evaluate(POSITION) > before)
    assert wait_for(lambda: diagram.evaluate("({ player }) => player.playback.stopAt === undefined"))
    before = diagram.evaluate(POSITION)
    frame.locator("[data-back]").click()
    assert wait_for(lambda: diagram.evaluate(POSITION) < before)
    assert not frame.locator("[data-play]").is_visible()
    assert diagram.evaluate("({ player }) => player.playback.paused")


def test_step_by_step_a_room_stands_still_at_what_is_sent_at_once(
    visitor: Visitor, blog: Blog, any_server: Server
) -> None:
    """Speed has no say in it: a room that is shown slowly would be behind, and not wait."""
    frame = visitor.read(blog.post("/steps", frame_of(any_server, "/embed/hearts/?step=1&speed=20")))
    visitor.run(frame)
    frame.locator(".words summary").click()
    frame.locator("[data-action]").click()
    moment = frame.locator("[data-moment]")
    assert wait_for(lambda: "wait" in moment.inner_text())
    assert moment.inner_text().startswith("Step by step")
    for type_ in ("send", "ack", "poll", "process"):
        assert wait_for(lambda type_=type_: stepped(frame, type_)), type_


def stepped(frame: FrameLocator, type_: str) -> bool:
    """One step on: whether one of that type has been shown by then."""
    frame.locator("[data-next]").click()
    return frame.locator(f'#log li[data-type="{type_}"]').count() > 0


RUNS = ("t/food-order", "t/hearts-flood", "t/broker-dies", "t/range-stops")
LESSONS = ("lessons/the-post-office", "lessons/a-million-hearts")


@pytest.mark.parametrize("name", ["food-delivery", "hearts", "stock-prices", *RUNS, *LESSONS])
def test_the_first_view_is_light_and_stands_still(
    visitor: Visitor, blog: Blog, any_server: Server, name: str
) -> None:
    weights: list[int] = []
    visitor.page.on("requestfinished", lambda request: weights.append(request.sizes()["responseBodySize"]))
    frame = visitor.read(blog.post(f"/{name}", frame_of(any_server, f"/hi/embed/{name}/")))
    assert frame.locator("kafka-diagram .cell").count() > 0
    visitor.page.wait_for_load_state("networkidle")
    assert 0 < sum(weights) <= 60_000
    assert visitor.sockets == 0


def test_it_takes_neither_focus_nor_the_wheel(visitor: Visitor, blog: Blog, any_server: Server) -> None:
    body = '<input id="mine" autofocus>' + frame_of(any_server, "/embed/t/food-order/", height=700) + LONG
    frame = visitor.read(blog.post("/calm", body))
    frame.locator("kafka-diagram").wait_for()
    assert visitor.page.evaluate("document.activeElement.id") == "mine"
    frame.locator("[data-play-run]").evaluate("(button) => button.click()")
    frame.locator('kafka-diagram[data-state="recorded"]').wait_for()
    assert visitor.page.evaluate("[scrollY, document.activeElement.id]") == [0, "mine"]
    tall = "[document.documentElement.scrollHeight, document.documentElement.clientHeight]"
    within, room = frame.locator("html").evaluate(f"() => {tall}")
    assert within == room
    visitor.page.mouse.move(400, 200)
    visitor.page.mouse.wheel(0, 600)
    assert wait_for(lambda: visitor.page.evaluate("scrollY") > 300)


def test_what_is_chosen_in_a_frame_is_kept_nowhere(visitor: Visitor, blog: Blog, any_server: Server) -> None:
    frame = visitor.read(blog.post("/kept", frame_of(any_server, "/embed/hearts/", height=900)))
    visitor.run(frame)
    frame.get_by_label("Motion").uncheck()
    frame.locator("kafka-diagram.motionless").wait_for()
    assert frame.locator("html").evaluate("() => [localStorage.length, sessionStorage.length]") == [0, 0]
    frame.get_by_label("Motion").check()
    frame.locator("kafka-diagram:not(.motionless)").wait_for()


FOLLOW = """() => document.querySelector('#log li[data-type="commit"] button').click()"""
IS_IN_SIGHT = """(node) => {
  const { top, bottom } = node.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight + 1;
}"""


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts"'])
def test_who_follows_a_record_moves_only_what_is_in_the_frame(
    visitor: Visitor, blog: Blog, any_server: Server, sandbox: str
) -> None:
    """The frame's lower part is out of sight, and so is what is opened there."""
    body = f'<input id="mine">{frame_of(any_server, "/embed/hearts/", sandbox, 900)}{LONG}'
    frame = visitor.read(blog.post("/follow", body))
    visitor.run(frame)
    frame.locator(".words summary").click()
    frame.locator("[data-action]").click()
    frame.locator('#log li[data-type="commit"] button').first.wait_for()
    visitor.page.evaluate("scrollTo(0, 0); document.querySelector('#mine').focus()")
    frame.locator("body").evaluate(FOLLOW)
    frame.locator("[data-strip]").wait_for()
    assert wait_for(lambda: frame.locator("[data-strip]").evaluate(IS_IN_SIGHT))
    assert visitor.page.evaluate("[scrollY, document.activeElement.id]") == [0, "mine"]
    frame.locator("kafka-diagram").evaluate("(node) => node.focus({ preventScroll: true })")
    visitor.page.evaluate("scrollTo(0, 0)")
    frame.locator("body").evaluate(FOLLOW)
    assert wait_for(
        lambda: frame.locator("#journey-title").evaluate("(node) => node === document.activeElement")
    )
    frame.locator("#journey-title").press("Escape")
    frame.locator("[data-journey]").wait_for(state="hidden")
    assert visitor.page.evaluate("scrollY") == 0
