"""What a room's page weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_player import Viewer
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
MOST = 120_000
WEIGHT = """() => {
  const entries = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind));
  return entries.reduce((sum, {encodedBodySize}) => sum + encodedBodySize, 0);
}"""


def test_a_room_weighs_little_as_it_is_sent(browser: Browser, any_server: Server) -> None:
    viewer = Viewer(browser, any_server)
    viewer.play("food-delivery")
    viewer.page.wait_for_load_state("networkidle")
    assert 50_000 < viewer.page.evaluate(WEIGHT) <= MOST
    viewer.page.close()


def test_what_is_sent_is_compressed_for_who_takes_it_and_plain_for_who_does_not(any_server: Server) -> None:
    packed = any_server.get("/static/js/room/playback.js", Accept_Encoding="gzip")
    plain = any_server.get("/static/js/room/playback.js")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert len(packed.body) < len(plain.body) / 2
