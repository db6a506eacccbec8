"""Pictures of ours in place of emoji, which a system may lack. All are in one file, static/img/icons.svg."""

from __future__ import annotations

import functools
import re

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
SPRITE = settings.BASE_DIR / "static" / "img" / "icons.svg"
_SYMBOL = re.compile(r'<symbol id="([\w-]+)" viewBox="0 0 24 24">(.*?)</symbol>')


@register.simple_tag
def icon(name: str, instead: str = "") -> SafeString:
    """Drawn in the colour of the words beside it, which say the same. `instead` stands for a name that has none."""
    drawn = _symbols().get(name)
    if drawn is None:
        return format_html('<span class="icon" aria-hidden="true">{}</span>', instead)
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', mark_safe(drawn))


@functools.cache
def _symbols() -> dict[str, str]:
    return dict(_SYMBOL.findall(SPRITE.read_text()))
