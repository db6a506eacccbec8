"""Who may ask: origins, tokens, and how often an address may make rooms."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.utils.translation import gettext as _

from apps.rooms import tokens
from apps.rooms.answers import refuse
from apps.rooms.askers import asker
from apps.rooms.limits import Buckets
from apps.rooms.models import Room
from apps.rooms.tokens import Participant, Role
from apps.scenarios.refusals import Refused

AsyncView = Callable[..., Coroutine[Any, Any, HttpResponse]]

new_rooms = Buckets(rate=0.5, burst=40)
"""A whole class shares one address, so this is generous."""
new_traces = Buckets(rate=0.1, burst=20)


_NAVIGATION = ("document", "iframe", "frame")


def same_origin(origin: str | None, own: str) -> bool:
    """True for our own pages, and for programs, which send no Origin; their wall is the token.

    An extension's page, or another program's at the same name, has the same host and another scheme than our `own`.
    """
    return origin is None or origin == own


def pages_only(view: AsyncView) -> AsyncView:
    """For addresses that make a room when they are opened: another site's page may lead there, and not load them."""

    @functools.wraps(view)
    async def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        site, what = (request.headers.get(f"Sec-Fetch-{name}", "") for name in ("Site", "Dest"))
        if site in ("cross-site", "same-site") and what not in _NAVIGATION:
            return refuse(
                request, 403, "no-page", _("This address is a page to go to; it can't be a part of another.")
            )
        return await view(request, *args, **kwargs)

    return checked


def may_connect(origin: str | None, own: str) -> bool:
    """A page in a sandbox has the origin "null", whoever it is from; the socket demands a token of it as well."""
    return (origin == "null" and settings.KAFKAVIZ_EMBED_SANDBOXED) or same_origin(origin, own)


def own_origin_only(view: AsyncView) -> AsyncView:
    """Refuse what a page of another site sends."""
    return _asked_by(same_origin, view)


def _asked_by(may_ask: Callable[[str | None, str], bool], view: AsyncView) -> AsyncView:
    """`may_ask` is told the Origin and our own."""

    @functools.wraps(view)
    async def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        own = f"{request.scheme}://{request.get_host()}"
        if not may_ask(request.headers.get("Origin"), own):
            return refuse(request, 403, "foreign-origin", "Another site's page may not do this.")
        return await view(request, *args, **kwargs)

    return checked


def participants_only(view: AsyncView) -> AsyncView:
    """Demand the room's token in `X-Room-Token`; for views that take the room's code, and who asks."""
    return own_origin_only(_with_token(view))


def framed_participants_only(view: AsyncView) -> AsyncView:
    """As `participants_only`, and also for a frame that is in a sandbox: the token is the wall, as at the socket."""
    return _asked_by(may_connect, _with_token(view))


def open_to_sandboxes(view: AsyncView) -> AsyncView:
    """A sandboxed page's browser asks before it sends a token, and hands over no answer that does not allow it."""

    @functools.wraps(view)
    async def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.headers.get("Origin") != "null" or not settings.KAFKAVIZ_EMBED_SANDBOXED:
            return await view(request, *args, **kwargs)
        if request.method == "OPTIONS":
            return _readable_in_sandboxes(HttpResponse(status=204))
        return _readable_in_sandboxes(await view(request, *args, **kwargs))

    return opened


def _readable_in_sandboxes(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "null"
    response["Access-Control-Allow-Methods"] = "POST"
    response["Access-Control-Allow-Headers"] = "X-Room-Token"
    return response


def _with_token(view: AsyncView) -> AsyncView:
    @functools.wraps(view)
    async def checked(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            who = tokens.read(request.headers.get("X-Room-Token"), code.upper())
        except tokens.BadToken as error:
            return refuse(request, 403, "bad-token", str(error))
        return await view(request, code, who, *args, **kwargs)

    return checked


def may_change(room: Room, who: Participant) -> bool:
    """In a class, only its host; elsewhere, everybody who is there."""
    return not room.hosted or (who.role is Role.HOST and who.epoch == room.epoch)


def not_yours(request: HttpRequest, who: Participant) -> HttpResponse:
    why = (
        old_link()
        if who.role is Role.HOST
        else Refused("host-only", _("Only who holds this class can do that."))
    )
    return refuse(request, 403, why.code, why.message)


def old_link() -> Refused:
    return Refused("old-link", _("There is a new link for whoever holds this class. Open it with that one."))


def may_make_room(request: HttpRequest) -> bool:
    return new_rooms.take(asker(request))


def may_save_trace(request: HttpRequest) -> bool:
    return new_traces.take(asker(request))


def comes(scope: Mapping[str, Any], subprotocol: str, code: str) -> Participant | None:
    """Who opens a socket; None for who may not. It offers the subprotocol, and then its token as another."""
    offered = [*scope["subprotocols"], "", ""]
    origin, host = _socket_headers(scope)
    own = f"{'https' if scope.get('scheme') == 'wss' else 'http'}://{host}"
    if offered[0] != subprotocol or not _is_ours(host) or not may_connect(origin, own):
        return None
    try:
        return tokens.read(offered[1], code)
    except tokens.BadToken:
        return None


def _is_ours(host: str | None) -> bool:
    """As Django holds requests to it: a name that was made to lead here from elsewhere is none of ours."""
    return validate_host(split_domain_port(host or "")[0], settings.ALLOWED_HOSTS)


def _socket_headers(scope: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """(Origin, Host) of a websocket handshake."""
    found = {
        name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"origin", b"host")
    }
    return found.get(b"origin"), found.get(b"host")
