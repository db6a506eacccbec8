"""How what is sent is made small: static files are served as they lie there, and nobody builds them first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.deprecation import MiddlewareMixin
from rjsmin import jsmin


class ShortScripts(MiddlewareMixin):
    """Sends our scripts without their comments, which are a third of their weight."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, StreamingHttpResponse) or not is_whole_script(request, response):
            return response
        short = HttpResponse(jsmin(response.getvalue()), headers=response.headers)
        short["Content-Length"] = str(len(short.content))
        response.close()
        return short


def is_whole_script(request: HttpRequest, response: HttpResponseBase) -> bool:
    """And one that is not short already, as those of others are."""
    is_script = response.headers.get("Content-Type", "").startswith("text/javascript")
    is_whole = request.method == "GET" and response.status_code == 200
    return is_script and is_whole and not request.path.endswith(".min.js")


class StaticGZip(GZipMiddleware):
    """For files that everybody may read: Django's makes each answer longer by chance, so that its length tells
    no secret (BREACH); these hold none, and a room loads sixty of them.
    """

    max_random_bytes = 0
