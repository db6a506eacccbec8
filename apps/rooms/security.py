"""What every answer tells the browser it may load, and from where."""

from __future__ import annotations

from wsgiref.headers import Headers

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


def policy(request: HttpRequest) -> str:
    """Nothing inline, nothing from elsewhere, framed by nobody."""
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
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


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
        return response


def revalidate(headers: Headers, path: str, url: str) -> None:
    """Static files may be kept, but their age is asked every time."""
    headers["Cache-Control"] = "no-cache"
