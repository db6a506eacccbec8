"""A lesson in a frame of somebody else's page: begun by one press, taken there, and right at a fixed height."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.blog import Blog
from tests.e2e.measuring import WORDS
from tests.e2e.test_embed import LONG, Visitor, frame_of
from tests.e2e.test_embed_looks import LIVE, Framed, fits
from tests.e2e.test_lessons import CHOICES, DO, NEXT, OPEN, OURS
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator

pytestmark = pytest.mark.browser
SLUG = "the-post-office"
STEPS = OURS[SLUG].steps
BY_PANEL = next(step.number for step in STEPS if any("panel" in press for press in step.presses))
"""A step of which what is done goes over HTTP."""
SIZES = [(320, 640), (360, 640), (500, 640), (700, 480), (760, 640), (900, 640)]
KEPT = "() => [localStorage.length, sessionStorage.length]"
IS_SEEN = """(node) => {
  const { top, bottom } = node.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight + 1;
}"""


class Reader(Visitor):
    """Takes a lesson in a frame."""

    def begin(self, frame: FrameLocator, step: int) -> None:
        frame.locator("[data-begin]").click()
        frame.locator(OPEN).wait_for()
        self.until_at(frame, step)

    def until_at(self, frame: FrameLocator, step: int) -> None:
        title = frame.locator("[data-step-title]")
        assert wait_for(lambda: title.inner_text() == STEPS[step - 1].title), title.inner_text()

    def take_step(self, frame: FrameLocator, press: Callable[[FrameLocator, str], None]) -> None:
        if frame.locator(CHOICES).count():
            press(frame, f"{CHOICES} >> nth=0")
        if frame.locator(DO).count():
            press(frame, DO)
        frame.locator(f"{NEXT}.primary").wait_for()


def by_mouse(frame: FrameLocator, selector: str) -> None:
    frame.locator(selector).click()


def by_script(frame: FrameLocator, selector: str) -> None:
    """While the reader is at the page around the frame."""
    frame.locator(selector).evaluate("(node) => node.click()")


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    reader = Reader(browser)
    yield reader
    reader.page.close()
    assert reader.complaints == []


@pytest.mark.parametrize(
    ("at", "sandbox"), [(f"?step={BY_PANEL}", ""), (f"#{BY_PANEL}", 'sandbox="allow-scripts"')]
)
def test_a_lesson_is_begun_at_its_step_by_one_press_and_taken_in_the_frame(
    reader: Reader, blog: Blog, any_server: Server, at: str, sandbox: str
) -> None:
    path = f"/embed/lessons/{SLUG}/{at}"
    body = f'<input id="mine" autofocus>{frame_of(any_server, path, sandbox)}{LONG}'
    frame = reader.read(blog.post("/lesson", body))
    frame.locator("[data-begin]").wait_for()
    assert reader.sockets == 0
    assert reader.page.evaluate("[scrollY, document.activeElement.id]") == [0, "mine"]
    reader.begin(frame, BY_PANEL)
    reader.take_step(frame, by_mouse)
    # From now on the reader is elsewhere.
    reader.page.locator("#mine").focus()
    for step in range(BY_PANEL + 1, BY_PANEL + 3):
        by_script(frame, NEXT)
        reader.until_at(frame, step)
        reader.take_step(frame, by_script)
    assert reader.page.evaluate("[scrollY, document.activeElement.id]") == [0, "mine"]
    if not sandbox:
        assert frame.locator("html").evaluate(KEPT) == [0, 0]
    assert reader.page.context.cookies() == []


def test_the_wheel_and_the_keys_that_scroll_are_the_blogs(
    reader: Reader, blog: Blog, any_server: Server
) -> None:
    frame = reader.read(blog.post("/calm-lesson", frame_of(any_server, f"/embed/lessons/{SLUG}/") + LONG))
    reader.begin(frame, 1)
    reader.page.mouse.move(400, 300)
    reader.page.mouse.wheel(0, 200)
    assert wait_for(lambda: reader.page.evaluate("scrollY") == 200)
    frame.locator("[data-step-title]").press("PageDown")
    assert wait_for(lambda: reader.page.evaluate("scrollY") > 200)
    reader.until_at(frame, 1)
    frame.locator("[data-step-title]").press("n")
    reader.until_at(frame, 2)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_lesson_is_right_at_a_fixed_height_whatever_its_width(
    browser: Browser, any_server: Server, language: str
) -> None:
    viewer = Framed(browser, any_server)
    page = viewer.see(f"/embed/lessons/{SLUG}/?lang={language}")
    page.click("[data-begin]")
    page.wait_for_selector(LIVE)
    page.wait_for_selector(OPEN)
    for step in (1, 3, 8):
        page.evaluate("step => location.hash = step", str(step))
        page.wait_for_selector(f'[data-steps] a[href="#{step}"][aria-current]', state="attached")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert fits(page), (step, width)
            assert page.evaluate(WORDS) == [], (step, width)
            for seen in ("[data-step-title]", "kafka-diagram", NEXT):
                assert page.locator(seen).evaluate(IS_SEEN), (step, width, seen)
    page.close()
    assert viewer.complaints == []
