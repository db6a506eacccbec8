"""Draws the pictures that stand beside links to us elsewhere, in static/cards: make cards (CARDS="name ...")

Each is a saved run as the player draws it, at the moment at which most is going on, under its title. That needs a font
which has emoji.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.conftest import CHROMIUM_FLAGS, chromium
from tests.servers import PATIENCE, ROOT, Server

# The words of runs are marked for translators, by Django.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kafkaviz.settings")
from apps.embeds.cards import SIZES
from apps.rooms.builtin import BUILTIN, POSTER_MOMENTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = ROOT / "static" / "cards"
MOST_BYTES = 60_000
MOMENTS = {
    **POSTER_MOMENTS,
    "member-joins": 3.7,
    "broker-dies": 6.4,
    "crash-repeats": 3.6,
    "crash-loses": 3.4,
    "crash-aborts": 3.7,
    "range-stops": 3.7,
    "transaction-mark": 6.0,
    "retention-takes": 9.0,
}
"""Second of a run."""
_SCALE = 1.5
"""What is drawn for a small window is legible where a card is shown small."""
_COLOURS = 128
_STYLE = """
  :is(.player, .embed-head > :not(div), .whole, .words, .legend, .panel-head, [data-run-facts]) {
    display: none !important;
  }
  .embed-head::after { content: "Kafkaviz"; font: 600 1.25rem system-ui, sans-serif; color: #5b6675; }
  kafka-diagram, kafka-diagram svg { overflow: visible !important; }
  .embed-head h1 { font-size: 1.75rem !important; }
"""
_GO = """(diagram, second) => new Promise((done) => {
  diagram.player.do((playback) => playback.goTo(second));
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
})"""


def draw(browser: Browser, url: str, run: str) -> Image.Image:
    """By the frame that shows a run in somebody else's page, without what is there to be pressed."""
    width, height = SIZES[0]
    context = browser.new_context(
        bypass_csp=True,  # for the style that hides them
        color_scheme="light",
        device_scale_factor=_SCALE,
        viewport={"width": round(width / _SCALE), "height": round(height / _SCALE)},
    )
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{url}/embed/t/{run}/?theme=light&step=1")
        page.click("[data-play-run]")
        diagram = page.locator('kafka-diagram[data-state="recorded"]')
        diagram.wait_for()
        page.add_style_tag(content=_STYLE)
        diagram.evaluate(_GO, MOMENTS[run])
        return Image.open(io.BytesIO(page.screenshot()))
    finally:
        context.close()


def packed(picture: Image.Image, size: tuple[int, int]) -> bytes:
    """As PNG, with as many colours as it needs."""
    small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    held = io.BytesIO()
    small.quantize(_COLOURS, dither=Image.Dither.NONE).save(held, "PNG", optimize=True)
    return held.getvalue()


def draw_all(runs: list[str], folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    server = Server(folder / "server")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        try:
            server.start()
            for run in runs:
                keep(run, draw(browser, server.url, run))
        finally:
            browser.close()
            server.stop_and_check()


def keep(run: str, picture: Image.Image) -> None:
    for size in SIZES:
        body = packed(picture, size)
        assert len(body) <= MOST_BYTES, f"{run} has {len(body)} bytes"
        (FOLDER / f"{run}-{size[0]}.png").write_bytes(body)
        print(f"{run}: {size[0]} × {size[1]}, {len(body)} bytes", flush=True)


def has_emoji() -> bool:
    found = subprocess.run(["fc-list", ":lang=und-zsye"], capture_output=True, check=True)
    return bool(found.stdout)


def main() -> None:
    if shutil.which("fc-list") and not has_emoji():
        raise SystemExit("No font here has emoji. Install one (on Debian: fonts-noto-color-emoji).")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        draw_all(sys.argv[1:] or list(BUILTIN), Path(folder))


if __name__ == "__main__":
    main()
