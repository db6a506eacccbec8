"""docs/example-post/ as a blog would serve it, on another site than Kafkaviz."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.blog import Blog
from tests.servers import PATIENCE, ROOT, Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Page

pytestmark = pytest.mark.browser
POST = (ROOT / "docs" / "example-post" / "index.html").read_text()
ADDRESS = "http://localhost:8000"
FRAME = re.compile(r"<iframe .*?</iframe>", re.DOTALL)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1000, "height": 720})
    page.set_default_timeout(PATIENCE * 1000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield page
    page.close()
    assert complaints == []


def acted(frame: FrameLocator, action: str) -> None:
    """In a room of the reader's own, every hop of a record is seen."""
    frame.locator("[data-begin]").click()
    frame.locator('kafka-diagram[data-state="live"]').wait_for()
    frame.locator(".words summary").click()
    frame.locator(f'[data-action="{action}"]').click()
    for hop in ("send", "ack", "poll", "process", "commit"):
        assert wait_for(lambda hop=hop: frame.locator(f'#log li[data-type="{hop}"]').count() > 0), hop


def test_its_three_frames_run(page: Page, blog: Blog, any_server: Server) -> None:
    page.goto(blog.page("/post", POST.replace(ADDRESS, any_server.url)))
    assert page.locator("iframe").count() == 3
    assert ADDRESS not in page.content()
    orders, hearts, run = (page.frame_locator("iframe").nth(index) for index in range(3))
    acted(orders, "place-order")
    acted(hearts, "send-heart")
    run.locator("[data-play-run]").click()
    run.locator('kafka-diagram[data-state="recorded"]').wait_for()
    assert run.locator("select[data-speed]").input_value() == "5"
    run.locator(".words summary").click()
    run.locator("#log li").first.wait_for()
    last, content = page.locator("iframe").last, run.locator("#kafkaviz")

    def difference() -> float:
        inner = content.evaluate("(box) => box.getBoundingClientRect().height")
        return abs(float(last.evaluate("(frame) => frame.offsetHeight") - inner))

    assert wait_for(lambda: difference() < 60)


def test_what_the_share_panel_says_can_be_pasted_into_it(page: Page, blog: Blog, any_server: Server) -> None:
    page.goto(f"{any_server.url}/play/food-delivery/")
    page.wait_for_selector('kafka-diagram[data-state="live"]')
    page.get_by_text("Share", exact=True).click()
    snippet = page.locator("#embed-snippet").inner_text()
    pasted = FRAME.sub(lambda _: snippet, POST.replace(ADDRESS, any_server.url), count=1)
    page.goto(blog.page("/pasted", pasted))
    first = page.locator("iframe").first
    assert "referrerpolicy" in (first.evaluate("(frame) => frame.outerHTML"))
    acted(page.frame_locator("iframe").first, "place-order")
