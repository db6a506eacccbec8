"""The page of the two lanes, and the same as JSON."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.rooms import access, lanewords, tokens
from apps.rooms.answers import panel, refuse, unavailable
from apps.rooms.askers import asker
from apps.rooms.codes import spaced
from apps.rooms.finding import find_room, knock
from apps.rooms.flood import PATIENCE, SENDERS
from apps.rooms.lanes import LEAST_RATE, SECONDS, WRITERS, Comparison, Phase, comparisons
from apps.rooms.live import Full, rooms
from apps.rooms.models import Room
from apps.rooms.panels import whole
from apps.rooms.setups import scenario_of
from apps.rooms.tokens import Participant
from apps.scenarios.refusals import Refused

_RATE, _STAYS = 100, 10
_FRAGMENT = "rooms/_lanes.html"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
async def page(request: HttpRequest, code: str) -> HttpResponse:
    if request.method == "POST":
        return await _start(request, code)
    room = _with_lanes(await knock(request, code))
    if request.headers.get("HX-Request"):
        return render(request, _FRAGMENT, _found(request, room))
    latest, most = comparisons.latest(room), settings.KAFKAVIZ_LANES_RATE
    context = {
        "code_spaced": spaced(room.code),
        "scenario": scenario_of(room),
        "token": tokens.mint(room.code),
        "rate": {"least": LEAST_RATE, "most": most, "value": latest.rate if latest else min(_RATE, most)},
        "seconds": {"least": SECONDS[0], "most": SECONDS[-1], "value": latest.seconds if latest else _STAYS},
        "senders": SENDERS,
        "patience": PATIENCE,
        "writers": WRITERS,
    }
    return render(request, "rooms/lanes.html", context | _found(request, room))


@access.participants_only
async def _start(request: HttpRequest, code: str, who: Participant) -> HttpResponse:
    room = _with_lanes(await find_room(code))
    if not access.may_change(room, who):
        return access.not_yours(request, who)
    try:
        live = await rooms.wake(room, asker(request))
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    problem, status = "", 200
    # The address that this very request reached us at: nobody can name another one.
    server = request.META["SERVER_NAME"], int(request.META["SERVER_PORT"])
    try:
        comparisons.start(room, live, server, whole(request.POST, "rate"), whole(request.POST, "seconds"))
    except Refused as refusal:
        problem, status = str(refusal), 429 if refusal.code == "lanes-busy" else 400
    return panel(request, _FRAGMENT, _found(request, room) | {"error": problem}, status)


@require_safe
@never_cache
async def told(request: HttpRequest, code: str) -> HttpResponse:
    """The room's last comparison as JSON."""
    try:
        room = _with_lanes(await knock(request, code))
    except Http404 as error:
        return refuse(request, 404, "unknown-room", str(error))
    comparison = comparisons.latest(room)
    if not comparison:
        return JsonResponse({"phase": "none", "message": _words(None), "progress": None, "result": None})
    result = comparison.result
    return JsonResponse(
        {
            "phase": comparison.phase,
            "message": _words(comparison),
            "progress": {**comparison.progress, "offered": comparison.rate * comparison.seconds},
            "result": result,
        }
    )


def _with_lanes(room: Room) -> Room:
    """Raises Http404 where nothing counts hearts."""
    if not scenario_of(room).actions[0].counter:
        raise Http404(_("This scenario has no lanes: its groups count nothing."))
    return room


def _found(request: HttpRequest, room: Room) -> dict[str, Any]:
    comparison = comparisons.latest(room)
    result = comparison.result if comparison else None
    return {
        "room": room,
        "comparison": comparison,
        "phase": comparison.phase if comparison else "none",
        "seen": request.GET.get("seen", ""),
        "words": _words(comparison),
        "result": result,
        "lanes": _lanes(result) if result else [],
        "measured_at": parse_datetime(result["measured_at"]) if result else None,
        "database": lanewords.database(result["database"]) if result else "",
        "offered": comparison.rate * comparison.seconds if comparison else 0,
    }


def _lanes(result: dict[str, Any]) -> list[dict[str, Any]]:
    """For the page: each with its title, what accepted means there, and the share that was accepted."""
    titles = {
        "without_kafka": (_("Without Kafka"), _("One request, one database write. Accepted: written.")),
        "with_kafka": (_("With Kafka"), _("One request, one record. Accepted: acknowledged by Kafka.")),
    }
    return [
        {
            "name": name,
            "title": titles[name][0],
            "how": titles[name][1],
            "share": round(100 * min(1, lane["accepted_per_s"] / result["rate"]), 1),
            "per_s": lanewords.number(lane["accepted_per_s"]),
            "failed": sum(error["count"] for error in lane["errors"]),
            **lane,
        }
        for name, lane in result["lanes"].items()
    ]


def _words(comparison: Comparison | None) -> str:
    if not comparison:
        return _("Nothing was compared in this room yet.")
    match comparison.phase:
        case Phase.WITHOUT:
            return _("First lane: without Kafka.")
        case Phase.WITH:
            return _("Second lane: with Kafka.")
        case Phase.SETTLING:
            return _("All hearts of this lane were offered. What is left is being counted.")
        case Phase.FAILED:
            return comparison.problem
    assert comparison.result
    return lanewords.verdict(comparison.result)
