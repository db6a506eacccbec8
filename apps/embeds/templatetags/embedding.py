"""For pages that tell how to embed what they show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.urls import reverse

from apps.embeds.cards import cards
from apps.embeds.snippet import HEIGHT, frame

register = template.Library()


@register.simple_tag(takes_context=True)
def embed_snippet(context: Mapping[str, Any], view: str, name: str, title: str, height: int = HEIGHT) -> str:
    """The HTML to paste, as text."""
    url = context["request"].build_absolute_uri(reverse(view, args=[name]))
    return str(frame(url, title, height=height))


@register.inclusion_tag("embeds/_oembed.html", takes_context=True)
def oembed_link(
    context: Mapping[str, Any], view: str, name: str, title: str, query: str = ""
) -> dict[str, str]:
    """Tells a blog that is given a page's address where to ask for the frame that shows the same."""
    request = context["request"]
    url = request.build_absolute_uri(reverse(view, args=[name])) + query
    return {
        "title": title,
        "href": f"{request.build_absolute_uri(reverse('oembed'))}?{urlencode({'url': url})}",
    }


@register.simple_tag
def run_picture(run: str) -> str:
    """The address of the smallest picture of a run that came with us."""
    return static(cards(run)[-1].file)


@register.inclusion_tag("embeds/_card.html", takes_context=True)
def share_card(
    context: Mapping[str, Any], title: str, summary: str, run: str = "", scenario: str = ""
) -> dict[str, object]:
    """What is shown elsewhere beside a link to this page: Open Graph, which Twitter's cards go by as well."""
    request = context["request"]
    card = cards(run, scenario)[0]
    return {
        "title": title,
        "summary": summary,
        "url": request.build_absolute_uri(request.path),
        "card": card,
        "image": card.address(request),
    }
