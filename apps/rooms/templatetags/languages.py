"""The same page in other words."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag(takes_context=True)
def same_page(context: template.Context, language: str) -> str:
    """Its address in that language."""
    request = context.get("request")
    return translate_url(request.get_full_path(), language) if isinstance(request, HttpRequest) else "/"


@register.simple_tag
def other_languages() -> list[tuple[str, str]]:
    """Code and name of each, without the plain words, which are a switch."""
    now = (get_language() or "").partition("-")[0]
    return [(code, name) for code, name in settings.LANGUAGES if code not in (settings.PLAIN, now)]


@register.simple_tag
def plain_words() -> str:
    return str(settings.PLAIN)
