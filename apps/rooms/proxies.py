"""What a proxy says of whom it asks for: believed of those in KAFKAVIZ_TRUSTED_PROXIES, and of nobody else.

All that comes after goes by the scope alone (client, scheme and Host), and knows nothing of proxies.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.conf import settings

Application = Callable[[Any, Any, Any], Awaitable[None]]

logger = logging.getLogger(__name__)

_mentioned: list[str] = []
"""The first address that was not believed; it is told once."""
_SECURE = {"https": True, "wss": True, "http": False, "ws": False}
"""What proxies call it: some by what a page speaks, some by what a socket does."""


def behind_proxies(application: Application) -> Application:
    async def told(scope: Any, receive: Any, send: Any) -> None:
        await application(as_asked(scope), receive, send)

    return told


def is_trusted(address: str) -> bool:
    found = _parsed(address)
    return found is not None and any(found in network for network in settings.KAFKAVIZ_TRUSTED_PROXIES)


def as_asked(scope: Mapping[str, Any]) -> Mapping[str, Any]:
    """The scope of a request or a socket as it reached the first proxy. Without one, as it is."""
    peer = (scope.get("client") or [""])[0]
    if not is_trusted(peer):
        _mention(peer, scope["headers"])
        return scope
    said = {name: _said(scope["headers"], b"x-forwarded-" + name) for name in (b"for", b"host", b"proto")}
    found = {**scope, "client": [_who(peer, said[b"for"]), 0]}
    secure = _SECURE.get(said[b"proto"][-1].lower()) if said[b"proto"] else None
    if secure is not None:
        schemes = ("ws", "wss") if scope["type"] == "websocket" else ("http", "https")
        found["scheme"] = schemes[secure]
    if said[b"host"]:
        others = [(name, value) for name, value in scope["headers"] if name != b"host"]
        found["headers"] = [*others, (b"host", said[b"host"][-1].encode("latin-1"))]
    return found


def _mention(peer: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Once: most likely it is a proxy that was forgotten, and then all visitors share its limits."""
    if not _mentioned and any(name == b"x-forwarded-for" for name, _ in headers):
        _mentioned.append(peer)
        logger.warning(
            "Requests from %s carry X-Forwarded-For, which is not believed. If that is your proxy, put its address "
            "into KAFKAVIZ_TRUSTED_PROXIES.",
            peer,
        )


def _said(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    """What that header lists, in all its lines. Each proxy adds to the right."""
    lines = [value.decode("latin-1") for name, value in headers if name == wanted]
    return [part.strip() for part in ",".join(lines).split(",") if part.strip()]


def _who(peer: str, chain: list[str]) -> str:
    """The right-most that is no proxy of ours: what stands left of it, it may have made up itself."""
    asker = peer
    for each in reversed(chain):
        found = _parsed(_without_port(each))
        if found is None:
            break
        asker = str(found)
        if not is_trusted(asker):
            break
    return asker


def _without_port(text: str) -> str:
    """Of 203.0.113.7:4711 and [2001:db8::7]:4711, which some proxies write."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    # Who listens on :: is told IPv4 addresses in this way.
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
