"""The host's panel: the door, the pause, the parts that are handed out, and what the class is asked."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.classes import after, holding
from apps.classes.classroom import Classroom
from apps.classes.classrooms import classrooms
from apps.classes.hosts import host_only
from apps.classes.questions import MOST_FREE, Free
from apps.rooms import qr, tokens, traceviews
from apps.rooms.answers import panel, unavailable
from apps.rooms.askers import asker
from apps.rooms.codes import spaced
from apps.rooms.live import ENDED, Full, rooms
from apps.rooms.models import Door, Room
from apps.rooms.panels import whole
from apps.rooms.reach import reachable
from apps.rooms.setups import scenario_of
from apps.rooms.tokens import Participant, Role
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

_TEMPLATE = "classes/_class.html"
MOST_DEALT = 6


def door_of(request: HttpRequest, room: Room) -> dict[str, Any]:
    """How people come in."""
    host, problem = reachable(request)
    url = f"{request.scheme}://{host}{reverse('scanned', args=[room.code])}"
    return {
        "join_address": f"{host}{reverse('class:door')}",
        "join_problem": problem,
        "join_code": spaced(room.code),
        "join_qr": qr.drawn(url.upper(), _("Join with your phone")),
    }


def context(request: HttpRequest, room: Room) -> dict[str, Any]:
    scenario = scenario_of(room)
    classroom = classrooms.of(room)
    question = classroom.asking.question
    return {
        **door_of(request, room),
        "room": classroom.room,
        "here": len(classroom.people.here),
        "volunteers": classroom.parts.volunteers,
        "may_choose_names": settings.KAFKAVIZ_OWN_NAMES,
        "question": question.told if question else None,
        "question_is_free": isinstance(question, Free),
        "free_answers": range(1, MOST_FREE + 1),
        "story_groups": scenario.groups,
        "parts": range(1, MOST_DEALT + 1),
    }


@require_http_methods(["GET", "POST"])
@host_only
async def view(request: HttpRequest, room: Room, who: Participant) -> HttpResponse:
    token = request.headers["X-Room-Token"]
    problem, done, status = "", "", 200
    try:
        if request.method == "POST" or room.door != Door.ENDED:  # what is kept of it can still be had
            await rooms.wake(room, asker(request))
        if request.method == "POST":
            classroom = classrooms.of(room)
            done = await _do(request, classroom)
            if classroom.room.epoch != who.epoch:
                token = tokens.mint(room.code, Role.HOST, epoch=classroom.room.epoch)
    except (Full, Refused) as error:
        if error.code == ENDED:
            return unavailable(request, error.code, str(error))
        problem, status = str(error), 400
    more = {"error": problem, "done": done, **await after.context(request, room)}
    response = panel(request, _TEMPLATE, context(request, room) | more, status)
    if token != request.headers["X-Room-Token"]:
        response["X-Room-Token"] = token
    return response


async def _do(request: HttpRequest, classroom: Classroom) -> str:
    """What was asked for; returns what there is to say of it. Raises Refused."""
    change = request.POST.get("change", "")
    if change not in _CHANGES:
        known = ", ".join(f"“{name}”" for name in _CHANGES)
        raise Refused("bad-change", _("change must be one of: %(known)s.") % {"known": known})
    return await _CHANGES[change](request, classroom) or ""


Change = Callable[[HttpRequest, Classroom], Awaitable[str | None]]


def _row(**values: Any) -> Change:
    async def change(_request: HttpRequest, classroom: Classroom) -> None:
        for name, value in values.items():
            setattr(classroom.room, name, value)
        await classroom.room.asave(update_fields=list(values))

    return change


async def _reset(_request: HttpRequest, classroom: Classroom) -> None:
    await holding.begin_anew(classroom)


async def _new_link(_request: HttpRequest, classroom: Classroom) -> str:
    await holding.renew_link(classroom)
    return _("This is the link now. Whoever has the old one changes nothing any more.")


async def _end(request: HttpRequest, classroom: Classroom) -> str:
    """Its run is saved first, for afterwards it is gone; where that can't be, the class ends all the same."""
    classroom.asking.close_vote()
    try:
        await traceviews.saved(request, classroom.room)
    except (Full, Refused) as error:
        logger.info("The run of class %s was not saved: %s", classroom.code, error)
    await _row(door=Door.ENDED)(request, classroom)
    await holding.end(classroom)
    return _("The class is over. Everybody has been told.")


def _volunteers(allowed: bool) -> Change:
    async def change(_request: HttpRequest, classroom: Classroom) -> None:
        classroom.parts.volunteers = allowed

    return change


def _own_names(allowed: bool) -> Change:
    async def change(_request: HttpRequest, classroom: Classroom) -> None:
        await holding.let_choose_names(classroom, allowed)

    return change


async def _deal(request: HttpRequest, classroom: Classroom) -> str:
    count = min(whole(request.POST, "count"), MOST_DEALT)
    by_hand = request.POST.get("by_hand") == "on"
    dealt = await classroom.parts.deal(request.POST.get("group", ""), count, by_hand)
    return _("%(count)s phones are members now.") % {"count": dealt}


async def _ask(request: HttpRequest, classroom: Classroom) -> None:
    classroom.asking.ask(request.POST.get("kind", ""), request.POST.get("group", ""))


async def _pose(request: HttpRequest, classroom: Classroom) -> None:
    """Of a lesson: values and words of its answers come in pairs."""
    values, words = request.POST.getlist("value"), request.POST.getlist("words")
    classroom.asking.pose(request.POST.get("text", ""), list(zip(values, words, strict=False)))


async def _answered(request: HttpRequest, classroom: Classroom) -> None:
    classroom.asking.answered(request.POST.get("value", ""), request.POST.get("seen", ""))


async def _close(_request: HttpRequest, classroom: Classroom) -> None:
    classroom.asking.close_vote()


async def _find_out(_request: HttpRequest, classroom: Classroom) -> None:
    classroom.asking.find_out()


async def _put_away(_request: HttpRequest, classroom: Classroom) -> None:
    classroom.asking.put_away()


async def _ask_freely(request: HttpRequest, classroom: Classroom) -> None:
    answers = [words for each in request.POST.getlist("answer") if (words := each.strip())]
    classroom.asking.ask_freely(request.POST.get("text", "").strip(), answers)


async def _send_out(request: HttpRequest, classroom: Classroom) -> str:
    name = await holding.send_out(classroom, whole(request.POST, "number"))
    return _("%(name)s was sent out.") % {"name": name}


_CHANGES: Mapping[str, Change] = {
    "open": _row(door=Door.OPEN),
    "lock": _row(door=Door.LOCKED),
    "pause": _row(paused=True),
    "go-on": _row(paused=False),
    "reset": _reset,
    "new-link": _new_link,
    "end": _end,
    "volunteers": _volunteers(True),
    "no-volunteers": _volunteers(False),
    "own-names": _own_names(True),
    "given-names": _own_names(False),
    "deal": _deal,
    "ask": _ask,
    "pose": _pose,
    "answered": _answered,
    "close": _close,
    "find-out": _find_out,
    "put-away": _put_away,
    "ask-freely": _ask_freely,
    "send-out": _send_out,
}
