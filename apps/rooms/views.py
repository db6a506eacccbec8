"""Pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from apps.rooms import access, panels, tokens
from apps.rooms.answers import refuse, unavailable
from apps.rooms.askers import asker
from apps.rooms.builtin import BUILTIN, POSTER_MOMENTS
from apps.rooms.clusterwords import about
from apps.rooms.codes import spaced
from apps.rooms.commands import whole_topics
from apps.rooms.finding import knock, made
from apps.rooms.live import Full, LiveRoom, rooms
from apps.rooms.models import Room
from apps.rooms.setups import scenario_of
from apps.rooms.topology import topology
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "scenarios": list(SCENARIOS.values()),
        "runs": list(BUILTIN.values()),
        "poster_moments": {name.replace("-", "_"): at for name, at in POSTER_MOMENTS.items()},
        "trouble": rooms.trouble,
    }
    return render(request, "home.html", context)


@require_GET
@never_cache
@access.pages_only
async def play(request: HttpRequest, slug: str) -> HttpResponse:
    """A room of one's own, at once."""
    if slug not in SCENARIOS:
        raise Http404(_("There is no such scenario."))
    if not access.may_make_room(request):
        return refuse(
            request, 429, "too-many-rooms", _("That was many new rooms in a short time. Wait a minute.")
        )
    try:
        room, _live = await rooms.make(slug, asker(request))
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    made(request, room)
    return redirect("room", code=room.code)


@require_safe
@never_cache
async def room_page(request: HttpRequest, code: str) -> HttpResponse:
    return await _show(request, code, "rooms/room.html", fits="page")


@require_safe
@never_cache
async def stage(request: HttpRequest, code: str) -> HttpResponse:
    """The same room for a projector."""
    return await _show(request, code, "rooms/stage.html", fits="stage")


async def _show(request: HttpRequest, code: str, template: str, **more: Any) -> HttpResponse:
    room = await knock(request, code)
    try:
        live = await rooms.wake(room, asker(request))
        context = await context_of(request, room, live)
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    token = tokens.mint(room.code)
    return render(request, template, {**context, "token": token, "may_change": not room.hosted, **more})


async def context_of(request: HttpRequest, room: Room, live: LiveRoom) -> dict[str, Any]:
    """What every page of an open room needs, without a token. Raises Refused."""
    state = await live.control("state")
    scenario = scenario_of(room)
    return {
        "code_spaced": spaced(room.code),
        "scenario": scenario,
        "topology": topology(room, scenario, live.facts["cluster"]),
        "bootstrap_servers": live.facts["bootstrap_servers"],
        "cluster": about(live.facts),
        "kcat": whole_topics(live.facts),
        "room_url": request.build_absolute_uri(reverse("room", args=[room.code])),
        "room_address": f"{request.get_host()}/r/",
        **panels.context(room, scenario, state),
    }
