"""The words of the pages, for the glossary."""

from __future__ import annotations

from django import template

from apps.rooms.vocabulary import WORDS, Word

register = template.Library()


@register.simple_tag
def vocabulary() -> tuple[Word, ...]:
    return WORDS
