"""What a QR code on a page leads to, read by a library that knows nothing of ours."""

from __future__ import annotations

import re

import zxingcpp
from PIL import Image, ImageDraw

_SCALE = 8


def read(page: str) -> str:
    """The text of the first code that is drawn in this HTML."""
    drawing = re.search(
        r'<svg[^>]*viewBox="0 0 (\d+) \d+"[^>]*class="qr".*?<path[^>]* d="([^"]+)"', page, re.S
    )
    assert drawing, "no code is on this page"
    [found] = zxingcpp.read_barcodes(_painted(int(drawing[1]), drawing[2]))
    return str(found.text)


def _painted(size: int, path: str) -> Image.Image:
    """Lines as thick as they are apart, the way segno writes them: moves, and strokes to the right."""
    image = Image.new("L", (size * _SCALE, size * _SCALE), 255)
    draw = ImageDraw.Draw(image)
    x = y = 0.0
    for kind, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: ?(-?[\d.]+))?", path):
        if kind == "h":
            box = (x, y - 0.5, x + float(first), y + 0.5)
            draw.rectangle(
                [box[0] * _SCALE, box[1] * _SCALE, box[2] * _SCALE - 1, box[3] * _SCALE - 1], fill=0
            )
            x += float(first)
        elif kind == "m":
            x, y = x + float(first), y + float(second)
        else:
            x, y = float(first), float(second)
    return image
