"""How we say no: a page for people, JSON for programs; always a sentence."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import validate_host
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from apps.rooms import counters, outage
from apps.rooms.finding import TooManyCodes
from apps.rooms.live import ENDED
from apps.rooms.lookout import CLUSTER

BUSY = 503
SOON = "5"
_RETRY_AFTER = "30"
_PASSING = (CLUSTER, outage.DATABASE, "room-restarting", "no-answer")
"""Refusals that end by themselves, mostly within seconds: the page asks again."""
_UNKNOWN_HOST = "unknown-host"
_ABSENT = {"not-stored": 404, "no-record": 404, "gone": 410, ENDED: 410}


def refuse(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    counters.refusals.labels(code).inc()
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse({"error": {"code": code, "message": message}}, status=status)
    else:
        response = render(request, "rooms/problem.html", _problem(request, code, message), status=status)
    if status in (429, BUSY):
        response["Retry-After"] = SOON if code in _PASSING else _RETRY_AFTER
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django itself refuses to read. Nothing here asks for the request's host, which may be what is wrong."""
    code, message = _why_not(exception)
    counters.refusals.labels(code).inc()
    if request.path.startswith("/api/"):
        return JsonResponse({"error": {"code": code, "message": message}}, status=400)
    context = {"message": message, "elsewhere": _on_this_machine(request) if code == _UNKNOWN_HOST else ""}
    return HttpResponse(render_to_string("400.html", context), status=400)


def _on_this_machine(request: HttpRequest) -> str:
    """Where whoever sits at it finds us under a name that we do know; "" if that is not known."""
    port = request.META.get("SERVER_PORT", "")
    return f"http://localhost:{port}/" if port and validate_host("localhost", settings.ALLOWED_HOSTS) else ""


def _why_not(exception: Exception) -> tuple[str, str]:
    if not isinstance(exception, DisallowedHost):
        return "bad-request", _("This request could not be read: it has too much in it, or no order.")
    told = _("Kafkaviz is not known by the name in this address. Whoever runs it can add it to %(setting)s.")
    return _UNKNOWN_HOST, told % {"setting": "KAFKAVIZ_ALLOWED_HOSTS"}


def unavailable(request: HttpRequest, code: str, message: str) -> HttpResponse:
    """Why a room, or something in it, is not to be had: mostly not now, sometimes not any more."""
    return refuse(request, _ABSENT.get(code, BUSY), code, message)


class DatabaseAway(MiddlewareMixin):
    """Whatever a view wanted of a database that is away: who asked is told so, and may come again soon."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, outage.AWAY):
            return None
        outage.spell.met(error)
        return refuse(request, BUSY, outage.DATABASE, outage.SENTENCE)


class TooManyGuesses(MiddlewareMixin):
    """Whichever door it was at."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refuse(request, 429, "too-many-codes", str(error)) if isinstance(error, TooManyCodes) else None


def _problem(request: HttpRequest, code: str, message: str) -> dict[str, Any]:
    return {
        "title": _("That did not work"),
        "message": message,
        # Only what can be asked again by itself: a page that reloads must not send a form twice.
        "retry": code in _PASSING and request.method == "GET",
    }


def panel(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    """A part of a page. htmx shows what comes with 200 only; a program reads the status."""
    if status >= 400:
        counters.refusals.labels("panel").inc()
    shown = 200 if request.headers.get("HX-Request") else status
    return render(request, template, context, status=shown)
