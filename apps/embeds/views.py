"""Frames in other people's pages: a poster first, then a room of one's own or a saved run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from apps.embeds import options
from apps.rooms import access, tokens, traces
from apps.rooms.askers import asker
from apps.rooms.builtin import POSTER_MOMENTS, STORY_RUNS
from apps.rooms.live import Full, rooms
from apps.rooms.topology import topology
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused


def framed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Its page may have its language by its query, and what is not there is told in a page that may be framed, too."""

    def chosen(request: HttpRequest) -> str:
        return options.read(request.GET).lang or translation.get_language()

    @functools.wraps(view)
    def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with translation.override(chosen(request)):
            try:
                return view(request, *args, **kwargs)
            except Http404 as error:
                return _not_here(request, error)

    @functools.wraps(view)
    async def framed_later(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with translation.override(chosen(request)):
            try:
                return await view(request, *args, **kwargs)
            except Http404 as error:
                return _not_here(request, error)

    return framed_later if iscoroutinefunction(view) else framed


@require_safe
@framed
def poster(request: HttpRequest, slug: str) -> HttpResponse:
    """The first view: no socket, no room, no player; one button."""
    scenario = _scenario(slug)
    story = STORY_RUNS[slug]
    return render_framed(request, "embeds/poster.html", scenario=scenario, story=story, **drawn(story))


@require_GET
@never_cache
@framed
@access.pages_only
async def live(request: HttpRequest, slug: str) -> HttpResponse:
    """A room of the reader's own; where none can be had, a run that was saved, marked as such."""
    scenario = _scenario(slug)
    if not access.may_make_room(request):
        return instead(request, scenario, _("That was many new rooms in a short time."), _live(request, slug))
    try:
        room, found = await rooms.make(slug, asker(request))
    except (Full, Refused) as error:
        return instead(request, scenario, str(error), _live(request, slug))
    return render_framed(
        request,
        "embeds/live.html",
        scenario=scenario,
        story=STORY_RUNS[slug],
        room=room,
        token=tokens.mint(room.code),
        topology=topology(room, scenario, found.facts["cluster"]),
    )


@require_safe
@framed
def trace(request: HttpRequest, name: str) -> HttpResponse:
    """A poster, too: the player comes when it is pressed."""
    run = traces.find(name)
    if not run:
        raise Http404(_("There is no such saved run. It may have been deleted: they are kept for a while."))
    pictures = drawn(name if name in POSTER_MOMENTS else STORY_RUNS.get(run.scenario, ""))
    context = {"run": run, "scenario": SCENARIOS.get(run.scenario), "pictured": name in POSTER_MOMENTS}
    return render_framed(request, "embeds/trace.html", **context, **pictures)


@require_safe
@framed
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """An address that nothing of ours could have."""
    raise Http404(_("There is no such scenario."))


def instead(request: HttpRequest, scenario: Scenario, why: str, again: str) -> HttpResponse:
    """A saved run where there is no room. `again`: the address that makes one."""
    run = traces.find(STORY_RUNS[scenario.slug])
    return render_framed(request, "embeds/instead.html", run=run, scenario=scenario, why=why, again=again)


def _live(request: HttpRequest, slug: str) -> str:
    return reverse("embed:live", args=[slug]) + options.read(request.GET).query


def drawn(run: str) -> dict[str, str]:
    """The pictures of that run, if there is one that has any."""
    return {width: f"posters/{run}-{width}.svg" for width in ("wide", "narrow")} if run else {}


def _scenario(slug: str) -> Scenario:
    if slug not in SCENARIOS:
        raise Http404(_("There is no such scenario."))
    return SCENARIOS[slug]


def _not_here(request: HttpRequest, error: Http404) -> HttpResponse:
    response = render_framed(request, "embeds/nothere.html", why=str(error))
    response.status_code = 404
    return response


def render_framed(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    chosen = options.read(request.GET)
    fits = chosen.height == "fixed"
    return render(
        request, template, {"options": chosen, "fits": fits, "stepwise": chosen.stepwise, **context}
    )
