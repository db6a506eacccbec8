"""Who may ask: origins, tokens, and how often an address may make rooms."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

from apps.rooms import tokens
from apps.rooms.answers import refuse
from apps.rooms.limits import Buckets

AsyncView = Callable[..., Coroutine[Any, Any, HttpResponse]]

new_rooms = Buckets(rate=0.5, burst=40)
"""A whole class shares one address, so this is generous."""
new_traces = Buckets(rate=0.1, burst=20)


def same_origin(origin: str | None, host: str | None) -> bool:
    """True for our own pages, and for programs, which send no Origin; their wall is the token."""
    try:
        return origin is None or urlsplit(origin).netloc == host
    except ValueError:  # such as "http://["
        return False


def own_origin_only(view: AsyncView) -> AsyncView:
    """Refuse what a page of another site sends."""

    @functools.wraps(view)
    async def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not same_origin(request.headers.get("Origin"), request.get_host()):
            return refuse(request, 403, "foreign-origin", "Another site's page may not do this.")
        return await view(request, *args, **kwargs)

    return checked


def participants_only(view: AsyncView) -> AsyncView:
    """Demand the room's token in `X-Room-Token`; for views whose first argument is the room's code."""

    @functools.wraps(view)
    async def checked(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            tokens.read(request.headers.get("X-Room-Token"), code.upper())
        except tokens.BadToken as error:
            return refuse(request, 403, "bad-token", str(error))
        return await view(request, code, *args, **kwargs)

    return own_origin_only(checked)


def may_make_room(request: HttpRequest) -> bool:
    return new_rooms.take(request.META.get("REMOTE_ADDR", ""))


def may_save_trace(request: HttpRequest) -> bool:
    return new_traces.take(request.META.get("REMOTE_ADDR", ""))


def socket_headers(scope: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """(Origin, Host) of a websocket handshake."""
    found = {
        name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"origin", b"host")
    }
    return found.get(b"origin"), found.get(b"host")
