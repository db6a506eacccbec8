"""Pages of a class: begin one, hold it, show it in front, come in, and be in it with a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.classes import panel
from apps.classes.classroom import sent_out
from apps.classes.models import SentOut
from apps.classes.names import key_of
from apps.classes.ownnames import name_in
from apps.rooms import access, counters, tokens
from apps.rooms.answers import refuse, unavailable
from apps.rooms.askers import asker
from apps.rooms.codes import typed
from apps.rooms.finding import TooManyCodes, knock, look_up, made, stored
from apps.rooms.joining import entrance, wrong
from apps.rooms.limits import Buckets
from apps.rooms.live import Full, rooms
from apps.rooms.models import Door, Room
from apps.rooms.setups import Setup, scenario_of
from apps.rooms.tokens import Participant, Role
from apps.rooms.views import context_of
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused

joins = Buckets(rate=5, burst=500)
"""By address: a whole school may come from one."""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@access.own_origin_only
async def begin(request: HttpRequest) -> HttpResponse:
    """Choose a story, and have a class of one's own. The answer leads to the host's page with the host's token."""
    if request.method != "POST":
        return render(request, "classes/begin.html", {"scenarios": list(SCENARIOS.values())})
    slug = request.POST.get("scenario", "")
    if slug not in SCENARIOS:
        raise Http404(_("There is no such scenario."))
    return await open_class(request, slug, None, lambda room: reverse("class:host", args=[room.code]))


async def open_class(
    request: HttpRequest, scenario: str, setup: Setup | None, page: Callable[[Room], str]
) -> HttpResponse:
    """A room with a host, whose page of it is `page`."""
    if not access.may_make_room(request):
        return refuse(
            request, 429, "too-many-rooms", _("That was many new rooms in a short time. Wait a minute.")
        )
    try:
        room, _live = await rooms.make(scenario, asker(request), hosted=True, setup=setup)
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    made(request, room)
    # Behind the #: it is in no log, and no page that is linked from here hears of it.
    return redirect(f"{page(room)}#{tokens.mint(room.code, Role.HOST, epoch=room.epoch)}")


@require_safe
@never_cache
async def host(request: HttpRequest, code: str) -> HttpResponse:
    """For whoever has the host's link; without its token the page can be looked at, and nothing else."""
    room = await _hosted(request, code)
    if room.door == Door.ENDED:
        return render(request, "classes/over.html", {"room": room}, status=410)
    return await _show(request, code, "classes/host.html", may_change=True, token=tokens.mint(typed(code)))


@require_safe
@never_cache
async def stage(request: HttpRequest, code: str) -> HttpResponse:
    """For the projector: the picture, and how to come in."""
    token = tokens.mint(typed(code))
    return await _show(request, code, "classes/stage.html", fits="stage", token=token)


async def _show(request: HttpRequest, code: str, template: str, **more: Any) -> HttpResponse:
    room = await _hosted(request, code)
    try:
        live = await rooms.wake(room, asker(request))
        context = await context_of(request, room, live)
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    return render(request, template, context | panel.context(request, room) | more)


@require_safe
async def door(request: HttpRequest) -> HttpResponse:
    """Where a code is typed in; that of a room without a class leads into the room."""
    way = await entrance(request)
    if way.page:
        return redirect(way.page)
    return render(request, "classes/door.html", {"way": way}, status=way.status)


@require_safe
@never_cache
async def phone(request: HttpRequest, code: str) -> HttpResponse:
    room = await look_up(request, code, hosted=True)
    if not room:
        way = wrong(code)
        return render(request, "classes/door.html", {"way": way}, status=way.status)
    try:
        live = await rooms.wake(room, asker(request))
        context = await context_of(request, room, live)
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    scenario = scenario_of(room)
    own = scenario.group(scenario.actions[0].own)
    return render(request, "classes/phone.html", {**context, "own": own})


@require_POST
@never_cache
@access.own_origin_only
async def enter(request: HttpRequest, code: str) -> HttpResponse:
    """Come in: who was here before stays who they are (`X-Room-Token`, however old), anybody else gets a name."""
    who = _known(request, code)
    try:
        room = await (stored(code) if who else look_up(request, code, hosted=True))
    except TooManyCodes as error:
        return _refused(429, "too-many-codes", str(error))
    if not room or room.door == Door.ENDED:
        return _refused(404, "unknown-room", _("There is no class with this code."))
    if who and await SentOut.objects.filter(room=room, number=who.number).aexists():
        return _refused(403, "sent-out", str(sent_out().message))
    if not who:
        if room.door == Door.LOCKED:
            return _refused(403, "locked", _("The door is closed: ask whoever holds the class to open it."))
        if not joins.take(asker(request)):
            return _refused(429, "too-many", _("Many people come in just now. Try again in a moment."))
        who = Participant(room.code, "", Role.GUEST, await _next_number(room))
    name = await name_in(room, who.number)
    token = tokens.mint(room.code, Role.GUEST, who.number, who.id)
    return JsonResponse({"token": token, "name": name, "key": key_of(name)})


def _known(request: HttpRequest, code: str) -> Participant | None:
    try:
        who = tokens.known(request.headers.get("X-Room-Token"), typed(code))
    except tokens.BadToken:
        return None
    return who if who.number else None


async def _next_number(room: Room) -> int:
    """Counted by the database: no two people have one number."""
    row = Room.objects.filter(pk=room.pk)
    await row.aupdate(joined=F("joined") + 1)
    await room.arefresh_from_db()
    return room.joined


async def _hosted(request: HttpRequest, code: str) -> Room:
    """Raises Http404."""
    room = await knock(request, code)
    if not room.hosted:
        raise Http404(_("There is no class with this code."))
    return room


def _refused(status: int, code: str, message: str) -> JsonResponse:
    counters.refusals.labels(code).inc()
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)
