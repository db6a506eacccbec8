"""Pages of saved runs: save one, play it at its link, download it, open a file of one's own."""

from __future__ import annotations

import gzip

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.rooms import access, traces
from apps.rooms.answers import BUSY, panel
from apps.rooms.askers import asker
from apps.rooms.compression import takes
from apps.rooms.finding import find_room
from apps.rooms.live import Full, rooms
from apps.rooms.models import Room, Trace
from apps.rooms.tokens import Participant
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused

_PANEL = "rooms/_save.html"


@require_POST
@access.participants_only
async def save(request: HttpRequest, code: str, who: Participant) -> HttpResponse:
    """Keep what the room's viewers were sent in the last minutes, and answer with its link."""
    room = await find_room(code)
    if not access.may_change(room, who):
        return access.not_yours(request, who)
    if not access.may_save_trace(request):
        return _refused(request, room, 429, _("That was many saved runs in a short time. Wait a minute."))
    try:
        trace = await saved(request, room)
    except (Full, Refused) as error:
        return _refused(request, room, BUSY, str(error))
    link = reverse("trace", args=[trace.id])
    url = request.build_absolute_uri(link)
    at = traces.second_of(bytes(trace.body), request.POST.get("moment", ""))
    moment = "" if at is None else f"{url}#t={at:.1f}"
    found = {"url": url, "file": reverse("trace-file", args=[trace.id]), "moment": moment}
    response = render(request, _PANEL, {"room": room, "saved": found}, status=201)
    response["Location"] = link
    return response


async def saved(request: HttpRequest, room: Room) -> Trace:
    """What was seen in the room lately, kept. Raises Full or Refused."""
    live = await rooms.wake(room, asker(request))
    body = await live.trace(traces.head_of(room, live.facts["cluster"]))
    return await sync_to_async(traces.keep)(room, body, asker(request))


def _refused(request: HttpRequest, room: Room, status: int, error: str) -> HttpResponse:
    return panel(request, _PANEL, {"room": room, "error": error}, status)


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    run = _found(name)
    context = {
        "run": run,
        "scenario": SCENARIOS.get(run.scenario),
        "file": reverse("trace-file", args=[run.name]),
        "questions": traces.questions_of(run.body),
    }
    return render(request, "rooms/trace.html", context)


@require_safe
def open_file(request: HttpRequest) -> HttpResponse:
    """For a file on the reader's own machine. It stays there: the page reads it, and sends it nowhere."""
    return render(request, "rooms/trace.html")


@require_safe
def download(request: HttpRequest, name: str) -> HttpResponse:
    run = _found(name)
    packed = takes(request, "gzip")
    response = HttpResponse(run.body if packed else gzip.decompress(run.body))
    if packed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    response["Content-Type"] = "application/x-ndjson; charset=utf-8"
    response["Content-Disposition"] = f'attachment; filename="kafkaviz-{run.name}.ndjson"'
    response["Cache-Control"] = "public, max-age=31536000, immutable" if run.lasts else "no-cache"
    return response


def _found(name: str) -> traces.SavedRun:
    run = traces.find(name)
    if not run:
        raise Http404(_("There is no such saved run. It may have been deleted: they are kept for a while."))
    return run
