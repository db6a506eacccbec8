"""A page's scripts: modules that come at once with all that they import, and the words that they say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.rooms import statics

register = template.Library()
_SEEN = "modules that are fetched ahead"


@register.simple_tag(takes_context=True)
def module(context: template.Context, name: str) -> SafeString:
    """Runs it. Without the links before it, its imports were found one after the other, in as many round trips."""
    script = format_html('<script type="module" src="{}"></script>', static(name))
    return _ahead(context, statics.modules(name)) + script


@register.simple_tag(takes_context=True)
def preload(context: template.Context, name: str) -> SafeString:
    """Fetches it and what it imports, for a script that will want it soon."""
    return _ahead(context, [*statics.modules(name), name])


@register.simple_tag
def script_words() -> str:
    """The address of what scripts say, in the language of the page."""
    version = statics.version()
    return reverse("jsi18n") + (f"?{urlencode({'v': version})}" if version else "")


def _ahead(context: template.Context, names: Iterable[str]) -> SafeString:
    """Links for those that this template has none for yet."""
    of_template: Any = context.render_context
    seen: set[str] = of_template.setdefault(_SEEN, set())
    new = [name for name in names if name not in seen]
    seen.update(new)
    return format_html_join("", '<link rel="modulepreload" href="{}">', ((static(name),) for name in new))
