"""Views for whoever holds a class, and for nobody else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.rooms import access
from apps.rooms.finding import find_room
from apps.rooms.models import Room
from apps.rooms.tokens import Participant

HostView = Callable[[HttpRequest, Room, Participant], Coroutine[Any, Any, HttpResponseBase]]


def host_only(view: HostView) -> access.AsyncView:
    """Demand the host's token of a hosted room, also when its class is over. The view takes the room, and who asks."""

    @access.participants_only
    @functools.wraps(view)
    async def checked(request: HttpRequest, code: str, who: Participant) -> HttpResponse:
        room = await find_room(code)
        if not room.hosted or not access.may_change(room, who):
            return access.not_yours(request, who)
        return await view(request, room, who)  # type: ignore[return-value]  # a stream is none to its types

    return checked
