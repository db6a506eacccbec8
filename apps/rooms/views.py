"""Pages."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.rooms import access, panels, qr, tokens
from apps.rooms.answers import refuse, unavailable
from apps.rooms.askers import asker
from apps.rooms.builtin import BEST_FIRST, BUILTIN
from apps.rooms.clusterwords import about
from apps.rooms.codes import spaced
from apps.rooms.commands import joining, whole_topics
from apps.rooms.finding import knock, made
from apps.rooms.joining import entrance
from apps.rooms.live import Full, LiveRoom, rooms
from apps.rooms.models import Room
from apps.rooms.reach import reachable
from apps.rooms.recordedorder import recorded_order
from apps.rooms.setups import scenario_of
from apps.rooms.topology import topology
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused

FIRST = "#first"
"""After a room's address: its page presses the first action by itself, once, if nothing was pressed there yet."""


@require_safe
async def home(request: HttpRequest) -> HttpResponse:
    """Needs no database, but for a code that was typed in."""
    way = await entrance(request)
    if way.page:
        return redirect(way.page)
    context = {
        "scenarios": list(SCENARIOS.values()),
        "runs": [BUILTIN[name] for name in BEST_FIRST],
        "recorded": recorded_order(),
        "trouble": rooms.trouble,
        "way": way,
    }
    return render(request, "home.html", context, status=way.status)


@require_http_methods(["GET", "POST"])
@never_cache
@access.own_origin_only
@access.pages_only
async def play(request: HttpRequest, slug: str) -> HttpResponse:
    """A room of one's own, at once. Who posts has pressed its first action already."""
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
    page = reverse("room", args=[room.code])
    return redirect(page + FIRST if request.method == "POST" else page)


@require_safe
@never_cache
async def room_page(request: HttpRequest, code: str) -> HttpResponse:
    return await _show(request, code, "rooms/room.html", fits="page")


@require_safe
@never_cache
async def stage(request: HttpRequest, code: str) -> HttpResponse:
    """The same room for a projector."""
    host, problem = reachable(request)
    page = f"{request.scheme}://{host}{reverse('room', args=[code.upper()])}"
    more = {
        "join_qr": qr.drawn(page, _("Join with your phone")),
        "join_problem": problem and _("Phones can’t reach it: this address leads to this machine alone."),
    }
    return await _show(request, code, "rooms/stage.html", fits="stage", **more)


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
        "joining": _joining(scenario, live.facts, state),
        "room_url": request.build_absolute_uri(reverse("room", args=[room.code])),
        "room_address": f"{reachable(request)[0]}/r/",
        **panels.context(room, scenario, state),
    }


def _joining(scenario: Scenario, facts: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """By the first group, and a record such as the first button makes."""
    record = scenario.actions[0].press(random.Random(0), {})
    example = {
        "topic": record.topic,
        "key": record.key or "",
        "value": json.dumps(record.value, ensure_ascii=False),
    }
    group = scenario.groups[0]
    protocol = state["groups"][group.name]["choices"]["protocol"]
    return joining(facts, group.name, group.topics, protocol, example)
