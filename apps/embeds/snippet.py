"""The line of HTML that puts one of our frames into a page."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 760, 640
SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""The frame keeps its own origin, which is not the blog's; the popup is our page of its own."""


def frame(url: str, title: str, width: int | str = "100%", height: int = HEIGHT) -> SafeString:
    return format_html(
        '<iframe src="{}" title="Kafkaviz: {}" width="{}" height="{}" loading="lazy" sandbox="{}" '
        'referrerpolicy="strict-origin-when-cross-origin" style="border:0"></iframe>',
        url,
        title,
        width,
        height,
        SANDBOX,
    )
