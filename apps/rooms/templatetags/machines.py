"""What this server runs on, for pages that show how fast it is."""

from __future__ import annotations

from django import template

from apps.rooms import machine

register = template.Library()


@register.simple_tag
def this_machine() -> str:
    return machine.in_words()
