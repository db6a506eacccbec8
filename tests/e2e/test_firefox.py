"""The frame in a blog in Firefox, another engine with other rules for what third parties may keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.blog import Blog
from tests.e2e.firefox import firefox
from tests.servers import Server, wait_for

pytestmark = pytest.mark.browser
REJECT_FOREIGN, PARTITION = 1, 5
"""Values of network.cookie.cookieBehavior; the second is Firefox's own."""


@pytest.mark.parametrize("cookies", [REJECT_FOREIGN, PARTITION])
@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts"'])
def test_an_order_is_placed_in_a_frame_and_every_hop_is_seen(
    blog: Blog, any_server: Server, tmp_path: Path, cookies: int, sandbox: str
) -> None:
    framed = (
        f'<iframe src="{any_server.url}/embed/food-delivery/" width="100%" height="640" {sandbox}></iframe>'
    )
    with firefox(tmp_path, network_cookie_cookieBehavior=cookies) as browser:
        page = browser.begin()
        page.go(blog.post("/order", framed))
        assert wait_for(lambda: page.framed().evaluate("document.readyState") == "complete")
        frame = page.framed()
        frame.press("[data-begin]")
        frame.await_('kafka-diagram[data-state="live"]')
        frame.press(".words summary")
        frame.press('[data-action="place-order"]')
        for hop in ("send", "ack", "poll", "process", "commit"):
            frame.await_(f'#log li[data-type="{hop}"]')
        assert frame.evaluate("violations.join()") == ""
        assert (browser.cookies(), browser.complaints) == ([], [])
