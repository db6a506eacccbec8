"""oEmbed 1.0 (https://oembed.com): a blog that is given one of our addresses asks what to show for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.embeds import options
from apps.embeds.cards import Card, cards
from apps.embeds.snippet import HEIGHT, WIDTH, frame
from apps.rooms import traces
from apps.scenarios.catalog import SCENARIOS

_KEPT_FOR = 86400


@dataclass(frozen=True)
class Framed:
    """`path` is that of the frame, with its query; `cards` are pictures of what is in it."""

    path: str
    title: str
    cards: list[Card]


Knows = Callable[[ResolverMatch, options.Options], Framed | None]
"""Finds the frame that shows the same as a page of ours."""


@require_safe
def oembed(request: HttpRequest, others: Sequence[Knows] = ()) -> HttpResponse:
    """404 for what is not ours or can't be embedded, 501 for a format other than JSON, as its text has it.

    `others` know pages of houses above this one.
    """
    if request.GET.get("format", "json") != "json":
        return HttpResponse(
            _("Only JSON is spoken here."), status=501, content_type="text/plain; charset=utf-8"
        )
    found = _embedded(request, request.GET.get("url", ""), [_framed, *others])
    if not found:
        return HttpResponse(
            _("Nothing to embed is at that address."), status=404, content_type="text/plain; charset=utf-8"
        )
    width, height = _within(request, "maxwidth", WIDTH), _within(request, "maxheight", HEIGHT)
    url = request.build_absolute_uri(found.path)
    return JsonResponse(
        {
            "version": "1.0",
            "type": "rich",
            "provider_name": "Kafkaviz",
            "provider_url": request.build_absolute_uri(reverse("home")),
            "title": found.title,
            "width": width,
            "height": height,
            "html": frame(url, found.title, width, height),
            "cache_age": _KEPT_FOR,
            **_thumbnail(request, found.cards),
        }
    )


def _thumbnail(request: HttpRequest, found: list[Card]) -> dict[str, str | int]:
    """The largest picture that is within what was asked for; it has no width of its own choice, as the frame has."""
    within = [
        card
        for card in found
        if _within(request, "maxwidth", card.width) == card.width
        and _within(request, "maxheight", card.height) == card.height
    ]
    if not within:
        return {}
    card = within[0]
    return {
        "thumbnail_url": card.address(request),
        "thumbnail_width": card.width,
        "thumbnail_height": card.height,
    }


def _embedded(request: HttpRequest, url: str, known: Sequence[Knows]) -> Framed | None:
    """The frame for one of our pages, with what was chosen in its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.netloc != request.get_host():
        return None
    chosen = _chosen(parts)
    # Who asks speaks no language; the page that is asked about does.
    language = translation.get_language_from_path(parts.path) or settings.LANGUAGE_CODE
    try:
        with translation.override(language):
            match = resolve(parts.path)
    except Resolver404:
        return None
    with translation.override(chosen.lang or language):
        return next((found for one in known if (found := one(match, chosen))), None)


def _chosen(parts: SplitResult) -> options.Options:
    """A lesson's page has its step behind the #."""
    query = dict(parse_qsl(parts.query))
    return options.read({"step": parts.fragment, **query})


def _framed(match: ResolverMatch, chosen: options.Options) -> Framed | None:
    query = chosen.query
    if match.view_name in ("play", "embed:poster") and (scenario := SCENARIOS.get(match.kwargs["slug"])):
        path = reverse("embed:poster", args=[scenario.slug])
        return Framed(path + query, _(scenario.title), cards(scenario=scenario.slug))
    if match.view_name in ("trace", "embed:trace") and (run := traces.find(match.kwargs["name"])):
        path = reverse("embed:trace", args=[run.name])
        return Framed(path + query, run.title, cards(run.name, run.scenario))
    return None


def _within(request: HttpRequest, name: str, usual: int) -> int:
    text = request.GET.get(name, "")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return min(usual, wanted or usual)
