"""What every answer tells the browser it may load, and from where."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

EMBEDS = ("embed", "embed-lessons")
"""The namespaces of addresses that are made for frames."""
_OPEN = ("api-room", "api-ledger", "api-projection", "api-record", "trace-file", "oembed")
"""Names of addresses that a page of any site may read."""

_PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
"""What no page of ours ever asks for."""


def policy(request: HttpRequest) -> str:
    """Nothing inline, nothing from elsewhere, framed by nobody, unless it is made for frames."""
    own, sockets = sources(request)
    rules = {
        "default-src": "'none'",
        "script-src": own,
        "style-src": own,
        "img-src": f"{own} data:",
        "font-src": own,
        "manifest-src": own,
        "connect-src": f"{own} {sockets}".strip(),
        "form-action": own,
        "base-uri": "'none'",
        "frame-ancestors": " ".join(settings.KAFKAVIZ_FRAME_ANCESTORS) if is_embed(request) else "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def is_embed(request: HttpRequest) -> bool:
    return bool(request.resolver_match and request.resolver_match.namespace in EMBEDS)


def sources(request: HttpRequest) -> tuple[str, str]:
    """The host stands beside 'self' because older Safaris do not let 'self' stand for ws:."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return "'self'", ""
    if host.startswith("["):  # a policy cannot name an IPv6 address
        return "'self'", "ws: wss:"
    return f"'self' {request.scheme}://{host}", f"ws://{host} wss://{host}"


class ContentSecurityPolicy(MiddlewareMixin):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Security-Policy", policy(request))
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        if is_embed(request):
            # It knows no list of sites, and browsers that know `frame-ancestors` do not ask it.
            del response.headers["X-Frame-Options"]
        return response


class OpenToRead(MiddlewareMixin):
    """What anybody may read without a cookie or a token, a sandboxed frame's scripts may as well."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        match = request.resolver_match
        if request.method in ("GET", "HEAD") and match and match.url_name in _OPEN:
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response
