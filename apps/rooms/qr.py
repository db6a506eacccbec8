"""A QR code as an inline drawing, without a style or a script."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def drawn(url: str, title: str) -> SafeString:
    """An SVG that scales with its box. `url` as it is: who wants large modules gives capitals, which take fewer."""
    code = segno.make(url, error="m", micro=False)
    # segno escapes the title; the rest is its own.
    return mark_safe(code.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None, title=title))
