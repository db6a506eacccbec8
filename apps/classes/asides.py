"""Parts of the host's panel that are fetched when they are opened: who is here, and the host's own link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.classes import qr
from apps.classes.classroom import classrooms
from apps.classes.reach import reachable
from apps.rooms import access
from apps.rooms.finding import find_room
from apps.rooms.tokens import Participant


@require_safe
@never_cache
@access.participants_only
async def people(request: HttpRequest, code: str, who: Participant) -> HttpResponse:
    """Who is here, to be sent out."""
    room = await find_room(code)
    if not room.hosted or not access.may_change(room, who):
        return access.not_yours(request, who)
    found = sorted(classrooms.of(room).people.here, key=lambda person: person.name)
    return render(request, "classes/_people.html", {"room": room, "people": found})


@require_safe
@never_cache
@access.participants_only
async def link(request: HttpRequest, code: str, who: Participant) -> HttpResponse:
    """The host's own, for the phone in the host's hand: only who has it already is shown it."""
    room = await find_room(code)
    if not room.hosted or not access.may_change(room, who):
        return access.not_yours(request, who)
    page, token = reverse("class:host", args=[room.code]), request.headers["X-Room-Token"]
    mine = f"{request.scheme}://{reachable(request)[0]}{page}#{token}"
    drawn = qr.drawn(mine, _("Your own link as the host"))
    return render(request, "classes/_link.html", {"room": room, "host_qr": drawn})
