"""Pages and the panels that change a room's shape."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from apps.rooms import access, tokens
from apps.rooms.answers import BUSY, refuse
from apps.rooms.builtin import BUILTIN, POSTER_MOMENT
from apps.rooms.clusterwords import about
from apps.rooms.codes import spaced, typed
from apps.rooms.commands import whole_topics
from apps.rooms.live import Full, rooms
from apps.rooms.models import Room
from apps.rooms.topology import topology
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.run import CROWD_SECONDS, Refused

CROWD_STAYS = 60
_RATES = (10, 100, 1_000, 5_000, 20_000, 50_000)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "scenarios": list(SCENARIOS.values()),
        "runs": list(BUILTIN.values()),
        "poster_moment": POSTER_MOMENT,
        "trouble": rooms.trouble,
    }
    return render(request, "home.html", context)


@require_GET
@never_cache
async def play(request: HttpRequest, slug: str) -> HttpResponse:
    """A room of one's own, at once."""
    if slug not in SCENARIOS:
        raise Http404(_("There is no such scenario."))
    if not access.may_make_room(request):
        return refuse(
            request, 429, "too-many-rooms", _("That was many new rooms in a short time. Wait a minute.")
        )
    room = await Room.objects.acreate(scenario=slug)
    try:
        await rooms.wake(room)
    except (Full, Refused) as error:
        await rooms.discard(room)
        return refuse(request, BUSY, error.code, str(error))
    return redirect("room", code=room.code)


@require_safe
@never_cache
async def room_page(request: HttpRequest, code: str) -> HttpResponse:
    return await _show(request, code, "rooms/room.html")


@require_safe
@never_cache
async def stage(request: HttpRequest, code: str) -> HttpResponse:
    """The same room for a projector."""
    return await _show(request, code, "rooms/stage.html", stage=True)


async def _show(request: HttpRequest, code: str, template: str, **more: Any) -> HttpResponse:
    room = await find_room(code)
    try:
        live = await rooms.wake(room)
        state = await live.control("state")
    except (Full, Refused) as error:
        return refuse(request, BUSY, error.code, str(error))
    scenario = SCENARIOS[room.scenario]
    context = {
        "room": room,
        "code_spaced": spaced(room.code),
        "scenario": scenario,
        "token": tokens.mint(room.code),
        "topology": topology(room, scenario, live.facts["cluster"]),
        "bootstrap_servers": live.facts["bootstrap_servers"],
        "cluster": about(live.facts),
        "kcat": whole_topics(live.facts),
        "room_url": request.build_absolute_uri(reverse("room", args=[room.code])),
        "room_address": f"{request.get_host()}/r/",
        **_crowd_context(scenario, state["crowd"]),
        **_members_context(scenario, state["members"]),
        **more,
    }
    return render(request, template, context)


@require_POST
@access.participants_only
async def crowd(request: HttpRequest, code: str) -> HttpResponse:
    """Call a crowd, or send it home with rate 0."""
    room = await find_room(code)
    scenario = SCENARIOS[room.scenario]
    try:
        values = {
            "action": scenario.actions[0].slug,
            "rate": _whole(request, "rate"),
            "seconds": _whole(request, "seconds", CROWD_STAYS),
        }
        state = await (await rooms.wake(room)).control("crowd", **values)
    except (Full, Refused) as error:
        return panel(
            request, "rooms/_crowd.html", room, _crowd_context(scenario, 0) | {"error": str(error)}, 400
        )
    return panel(request, "rooms/_crowd.html", room, _crowd_context(scenario, state["crowd"]))


@require_POST
@access.participants_only
async def members(request: HttpRequest, code: str) -> HttpResponse:
    """Add a member to a group, or take one away."""
    room = await find_room(code)
    scenario = SCENARIOS[room.scenario]
    try:
        live = await rooms.wake(room)
    except (Full, Refused) as error:
        return refuse(request, BUSY, error.code, str(error))
    problem, status = "", 200
    try:
        change = request.POST.get("change")
        if change not in ("add", "remove"):
            raise Refused("bad-change", _("change must be “add” or “remove”."))
        state = await live.control(f"{change}-member", group=request.POST.get("group", ""))
    except Refused as refusal:
        problem, status = str(refusal), 400
        state = await live.control("state")
    context = _members_context(scenario, state["members"]) | {"error": problem}
    return panel(request, "rooms/_members.html", room, context, status)


async def find_room(code: str) -> Room:
    room = await Room.objects.filter(code=typed(code)).afirst()
    if not room or room.scenario not in SCENARIOS:
        raise Http404(_("There is no such room."))
    return room


def panel(
    request: HttpRequest, template: str, room: Room, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    # htmx shows what comes with 200 only; a program reads the status.
    shown = 200 if request.headers.get("HX-Request") else status
    return render(request, template, {"room": room, **context}, status=shown)


def _whole(request: HttpRequest, name: str, default: int | None = None) -> int:
    text = request.POST.get(name, "" if default is None else str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Refused("bad-number", _("%(name)s must be a whole number.") % {"name": name})
    return int(text)


def _crowd_context(scenario: Scenario, asked: int) -> dict[str, Any]:
    action = scenario.actions[0]
    return {
        "crowd": {
            "action": _(action.title),
            "icon": action.icon,
            "limit": action.crowd_limit,
            "asked": asked,
            "seconds": CROWD_STAYS,
            "most_seconds": CROWD_SECONDS,
            "choices": [rate for rate in _RATES if rate <= action.crowd_limit],
        }
    }


def _members_context(scenario: Scenario, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "members": [
            {
                "group": group.name,
                "title": _(group.title),
                "icon": group.icon,
                "count": counts[group.name],
                "limit": settings.KAFKAVIZ_MEMBERS_PER_GROUP,
            }
            for group in scenario.groups
        ]
    }
