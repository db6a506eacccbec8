"""How we say no: a page for people, JSON for programs; always a sentence."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

BUSY = 503
_RETRY_AFTER = "30"


def refuse(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse({"error": {"code": code, "message": message}}, status=status)
    else:
        response = render(request, "rooms/problem.html", _problem(message), status=status)
    if status in (429, BUSY):
        response["Retry-After"] = _RETRY_AFTER
    return response


def _problem(message: str) -> dict[str, Any]:
    return {
        "title": _("That did not work"),
        "message": message,
        "action_url": reverse("home"),
        "action_label": _("To the start"),
    }
