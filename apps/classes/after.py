"""After class: what is kept of it, for its host."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.classes import keeping
from apps.classes.classrooms import classrooms
from apps.classes.hosts import host_only
from apps.rooms.models import Room, Trace
from apps.rooms.setups import scenario_of
from apps.rooms.tokens import Participant


async def context(request: HttpRequest, room: Room) -> dict[str, Any]:
    """Links of the runs that were saved of this class, the newest first."""
    ids = Trace.objects.filter(room=room.code).order_by("-created_at", "-id").values_list("id", flat=True)
    return {"runs": [request.build_absolute_uri(reverse("trace", args=[id_])) async for id_ in ids]}


@require_safe
@never_cache
@host_only
async def view(request: HttpRequest, room: Room, _who: Participant) -> HttpResponse:
    """Also when the class is over."""
    return render(request, "classes/_after.html", {"room": room, **await context(request, room)})


@require_safe
@never_cache
@host_only
async def table(_request: HttpRequest, room: Room, _who: Participant) -> StreamingHttpResponse:
    """Who did what, who voted for what: names as given, and no address."""
    classroom = classrooms.find(room.code)
    register, names = (classroom.register, classroom.names) if classroom else (None, {})
    pieces = keeping.whole(room, register, names, scenario_of(room), translation.get_language())
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = f"kafkaviz-class-{room.code}-{timezone.now():%Y-%m-%d}.csv"
    # What is made in pieces would be packed in pieces, of which browsers read the first alone.
    response["Content-Encoding"] = "identity"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
