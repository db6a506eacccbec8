"""Parts of the host's panel that are fetched when they are opened: who is here, the host's own link, and notes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.classes.classrooms import classrooms
from apps.classes.hosts import host_only
from apps.classes.models import SpeakerNotes
from apps.rooms import qr
from apps.rooms.answers import panel
from apps.rooms.models import Room
from apps.rooms.reach import reachable
from apps.rooms.tokens import Participant

LONGEST_NOTES = 5_000
"""Characters: some pages, and within what a form may have in any script."""


@require_safe
@never_cache
@host_only
async def people(request: HttpRequest, room: Room, _who: Participant) -> HttpResponse:
    """Who is here, to be sent out."""
    found = sorted(classrooms.of(room).people.here, key=lambda person: person.name)
    return render(request, "classes/_people.html", {"room": room, "people": found})


@require_safe
@never_cache
@host_only
async def link(request: HttpRequest, room: Room, _who: Participant) -> HttpResponse:
    """The host's own, for the phone in the host's hand: only who has it already is shown it."""
    page, token = reverse("class:host", args=[room.code]), request.headers["X-Room-Token"]
    mine = f"{request.scheme}://{reachable(request)[0]}{page}#{token}"
    drawn = qr.drawn(mine, _("Your own link as the host"))
    return render(request, "classes/_link.html", {"room": room, "host_qr": drawn})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@host_only
async def notes(request: HttpRequest, room: Room, _who: Participant) -> HttpResponse:
    """The speaker's own: on each of the host's devices, and on no other page."""
    context = {"room": room, "longest": LONGEST_NOTES}
    if request.method != "POST":
        kept = await SpeakerNotes.objects.filter(room=room).afirst()
        return render(request, "classes/_notes.html", {**context, "text": kept.text if kept else ""})
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\0", "")
    if len(text) > LONGEST_NOTES:
        error = _("Notes may have %(most)s characters.") % {"most": LONGEST_NOTES}
        return panel(request, "classes/_notes.html", {**context, "text": text, "error": error}, 400)
    await SpeakerNotes.objects.aupdate_or_create(room=room, defaults={"text": text})
    return render(request, "classes/_notes.html", {**context, "text": text, "done": True})
