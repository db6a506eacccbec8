"""What a room's page weighs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from tests.e2e.test_player import Viewer
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
SCRIPTS = Path(settings.BASE_DIR) / "static/js/room"
MOST = 115_000
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


def test_scripts_are_sent_without_their_comments(any_server: Server) -> None:
    sent = any_server.get("/static/js/room/playback.js").body.decode()
    assert "/**" not in sent and "export class Playback" in sent
    assert any_server.request("HEAD", "/static/js/room/playback.js").status == 200


def test_each_script_without_its_comments_is_still_one(browser: Browser, any_server: Server) -> None:
    viewer = Viewer(browser, any_server)
    viewer.play("hearts")
    for path in sorted(SCRIPTS.glob("*.js")):
        viewer.page.evaluate("path => import(path)", f"/static/js/room/{path.name}")
    assert viewer.complaints == []
    viewer.page.close()
