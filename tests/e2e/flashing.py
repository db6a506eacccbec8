"""How often parts of a page flash, counted as WCAG 2.3.1 does.

A flash is a pair of opposing changes of relative luminance by a tenth or more, of which the darker is below 0.8. It
counts where it covers a quarter of any 341 x 256 pixels, a tenth of the field of view.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTH, HEIGHT = 640, 360  # of what is filmed: the half of 1280 x 720
CELL = 16  # pixels of it; what is told of a page is the mean of each such square
ACROSS, DOWN = 341 // 2 // CELL, 256 // 2 // CELL
SHARE, CHANGE, DARK, MOST = 0.25, 0.1, 0.8, 3
Shot = tuple[float, str]
"""When it was painted, in seconds; and what, as a JPEG in base64."""
Frame = tuple[float, list[list[float]]]
"""The same as the luminance of rows of cells."""

WAIT = """frames => new Promise((done) => {
  const next = () => (frames-- > 0 ? requestAnimationFrame(next) : done());
  next();
})"""
DECODE = """async ([data, cell, width, height]) => {
  const image = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${data}`)).blob());
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height).data;
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = Array.from({ length: 256 }, (_, value) => linear(value / 255));
  const [rows, columns] = [height, width].map((length) => Math.floor(length / cell));
  const sums = Array.from({ length: rows }, () => Array(columns).fill(0));
  for (let y = 0; y < rows * cell; y += 1)
    for (let x = 0; x < columns * cell; x += 1) {
      const at = (y * width + x) * 4;
      const luminance = 0.2126 * light[pixels[at]] + 0.7152 * light[pixels[at + 1]] + 0.0722 * light[pixels[at + 2]];
      sums[Math.floor(y / cell)][Math.floor(x / cell)] += luminance / cell / cell;
    }
  return sums;
}"""


def film(page: Page, frames: int) -> list[Shot]:
    """Everything that is painted during so many animation frames."""
    session = page.context.new_cdp_session(page)
    taken: list[Shot] = []

    def take(event: dict[str, Any]) -> None:
        taken.append((event["metadata"]["timestamp"], event["data"]))
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    session.on("Page.screencastFrame", take)
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 70, "maxWidth": WIDTH})
    page.evaluate(WAIT, frames)
    session.remove_listener("Page.screencastFrame", take)
    session.send("Page.stopScreencast")
    session.detach()
    return taken


def luminance(browser: Browser, shots: list[Shot]) -> list[Frame]:
    """The browser decodes: in an empty page, for which no Content-Security-Policy holds."""
    desk = browser.new_page()
    frames = [(time, desk.evaluate(DECODE, [data, CELL, WIDTH, HEIGHT])) for time, data in shots]
    desk.close()
    return frames


def worst(frames: list[Frame]) -> int:
    """The most flashes in one second that a quarter of any block has in common."""
    rows, columns = len(frames[0][1]), len(frames[0][1][0])
    flashes = [
        [flash_times([(t, cells[y][x]) for t, cells in frames]) for x in range(columns)] for y in range(rows)
    ]
    seconds = sorted({time for row in flashes for times in row for time in times})
    most = 0
    for start in seconds:
        most = max(most, _in_second(flashes, start, most))
    return most


def _in_second(flashes: list[list[list[float]]], start: float, known: int) -> int:
    """Looked at closely only where it can be more than is known of another second."""
    counts = [[sum(start <= time < start + 1 for time in times) for times in row] for row in flashes]
    if sum(count > known for row in counts for count in row) <= ACROSS * DOWN * SHARE:
        return known
    tops, lefts = range(len(counts) - DOWN + 1), range(len(counts[0]) - ACROSS + 1)
    return max(_shared(counts, top, left) for top in tops for left in lefts)


def _shared(counts: list[list[int]], top: int, left: int) -> int:
    """So many flashes, or more, has a quarter of the block."""
    block = sorted(
        (count for row in counts[top : top + DOWN] for count in row[left : left + ACROSS]), reverse=True
    )
    return block[int(len(block) * SHARE)]


def flash_times(course: list[tuple[float, float]]) -> list[float]:
    """When each pair of opposing changes was complete."""
    turns = _turns(course)
    changes = [
        (time, now > before)
        for (_, before), (time, now) in pairwise(turns)
        if abs(now - before) >= CHANGE and min(now, before) < DARK
    ]
    return [time for _, (time, _) in list(pairwise(changes))[::2]]


def _turns(course: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The first, the last, and every peak and valley between them, wherever it is a change that counts."""
    turns = course[:1]
    for time, value in course[1:]:
        if len(turns) > 1 and (value - turns[-1][1]) * (turns[-1][1] - turns[-2][1]) >= 0:
            turns[-1] = (time, value)
        elif abs(value - turns[-1][1]) >= CHANGE:
            turns.append((time, value))
    return turns
