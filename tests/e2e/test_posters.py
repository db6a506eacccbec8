"""The posters of the home page and of embeds are what the player draws of a recorded run, without a script.

KAFKAVIZ_GOLDEN=write draws them anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from apps.rooms.builtin import POSTER_MOMENTS
from tests.e2e.test_player import DRAWN
from tests.e2e.test_traces import READY
from tests.servers import ROOT, Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
POSTERS = ROOT / "templates" / "posters"
WIDTHS = {"wide": 1280, "narrow": 372}


def drawn(browser: Browser, any_server: Server, run: str, width: int) -> str:
    page = browser.new_page(viewport={"width": width, "height": 800})
    try:
        page.goto(f"{any_server.url}/t/{run}/#t={POSTER_MOMENTS[run]}")
        page.wait_for_selector(READY)
        assert wait_for(lambda: page.locator("kafka-diagram .cell").count() > 0)
        page.evaluate(DRAWN)
        return str(page.locator("kafka-diagram svg").evaluate("(svg) => svg.outerHTML"))
    finally:
        page.close()


def as_poster(svg: str, name: str) -> str:
    """Without what only a script needs, and without styles in attributes, which our policy forbids."""
    svg = re.sub(
        r'style="transform: translate\(([-\d.]+)px, ([-\d.]+)px\);"', r'transform="translate(\1 \2)"', svg
    )
    svg = re.sub(r' data-id="[^"]*"', "", svg)
    svg = re.sub(r" (pressable|slides|followed)\b", "", svg)
    svg = re.sub(r'(id="|#)(hatch|tip)\b', rf"\1\2-{name}", svg)
    svg = re.sub(r' (role|aria-label)="[^"]*"', "", svg)
    svg = re.sub(r'^<svg[^>]*class="[^"]*"', lambda found: re.sub(r' class="[^"]*"', "", found[0]), svg)
    return (
        svg.replace(
            "<svg", f'<svg class="poster-{name}" aria-hidden="true" xmlns="http://www.w3.org/2000/svg"', 1
        )
        + "\n"
    )


@pytest.mark.parametrize("run", POSTER_MOMENTS)
@pytest.mark.parametrize("name", WIDTHS)
def test_the_poster_is_what_the_player_draws(
    browser: Browser, any_server: Server, run: str, name: str
) -> None:
    poster = as_poster(drawn(browser, any_server, run, WIDTHS[name]), name)
    kept = POSTERS / f"{run}-{name}.svg"
    if os.environ.get("KAFKAVIZ_GOLDEN") == "write":
        kept.write_text(poster)
    assert kept.read_text() == poster


def test_the_posters_are_small_and_hold_no_script_and_no_style() -> None:
    for file in files():
        text = file.read_text()
        assert len(text) < 40_000
        assert "style=" not in text
        assert "<script" not in text


def files() -> list[Path]:
    found = sorted(POSTERS.glob("*.svg"))
    assert len(found) == len(WIDTHS) * len(POSTER_MOMENTS)
    return found
