"""Static files, each at an address that changes with what is in them: /static/<version>/js/room/page.js.

One version is of all of them. So modules, which import each other by relative addresses, are served as they lie there
and are always of one making; and what a browser has once it never asks for again, until an upgrade. With
KAFKAVIZ_DEBUG there are no versions, and files are read anew for each request.

Without its version an address is for good, such as that of embed.js in somebody else's page.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from mimetypes import guess_type
from pathlib import Path, PurePosixPath

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

from apps.rooms.compression import Body, short_script
from apps.rooms.modules import closure

_LETTERS = 12
_ADDRESS = re.compile(rf"(?:([0-9a-f]{{{_LETTERS}}})/)?(.+)")
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
"""Told here, for machines differ in what they hold a script to be, and browsers run none that is something else."""
TOGETHER = {
    "css/together/base.css": ("tokens", "base", "page"),
    "css/together/room.css": (
        *("room", "panels", "health", "cards", "log", "controls", "table"),
        *("diagram", "player", "lag", "legend", "journey", "glossary"),
    ),
    "css/together/screen.css": ("snug", "screen"),
}
"""Style sheets that pages always have together, in that order: each file costs a phone's browser milliseconds."""
_ASK_AGAIN = "no-cache"
_SOON_ANEW = "public, max-age=600"
_FOR_GOOD = "public, max-age=31536000, immutable"


class StaticFile:
    def __init__(self, name: str, content: bytes) -> None:
        self.kind = (
            _KINDS.get(PurePosixPath(name).suffix) or guess_type(name)[0] or "application/octet-stream"
        )
        self.content = content
        self._is_long_script = name.endswith(".js") and not name.endswith(".min.js")
        self.etag = f'W/"{hashlib.sha256(content).hexdigest()[:_LETTERS]}"'

    @property
    def is_packed(self) -> bool:
        """As a picture is: to compress it makes it no smaller."""
        return not self.kind.startswith("text/") and "xml" not in self.kind

    @functools.cached_property
    def body(self) -> Body:
        return Body(short_script(self.content) if self._is_long_script else self.content)


def files() -> dict[str, StaticFile]:
    """By name, such as js/room/page.js."""
    return _read() if settings.DEBUG else _kept()


def version() -> str:
    """Of all that is served so, and of the words that scripts say; "" where files are read anew each time."""
    return "" if settings.DEBUG else _kept_version()


def modules(start: str) -> list[str]:
    """The names of all that the module of that name brings with it."""
    return _modules(start) if settings.DEBUG else _kept_modules(start)


def caching(asked: str) -> str:
    """How long a browser may keep what it asked for with that version.

    A version that is not ours is one before or after an upgrade: it is answered, and not to be kept.
    """
    if settings.DEBUG:
        return _ASK_AGAIN
    if not asked:
        return _SOON_ANEW
    return _FOR_GOOD if asked == version() else _ASK_AGAIN


class VersionedStorage(StaticFilesStorage):
    """For the template tag `static`."""

    def url(self, name: str | None) -> str:
        return super().url(f"{version()}/{name}".lstrip("/"))


class StaticFiles:
    """Answers before any other middleware has work: what it serves is everybody's."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        prefix = settings.STATIC_URL
        address = _ADDRESS.fullmatch(request.path_info.removeprefix(prefix))
        found = files().get(address[2]) if address and request.path_info.startswith(prefix) else None
        if not address or not found:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return _answer(request, found, caching(address[1] or ""))


def _answer(request: HttpRequest, file: StaticFile, kept: str) -> HttpResponseBase:
    encoding, body = ("", file.content) if file.is_packed else file.body.for_who(request)
    response = HttpResponse(body, content_type=file.kind)
    if encoding:
        response["Content-Encoding"] = encoding
    response["Content-Length"] = str(len(body))
    response["Cache-Control"] = kept
    response["Vary"] = "Accept-Encoding"
    response["ETag"] = file.etag
    # For frames without an origin, and for pages that fit a frame's height.
    response["Access-Control-Allow-Origin"] = "*"
    return get_conditional_response(request, etag=file.etag, response=response) or response


@require_safe
def script_words(request: HttpRequest) -> HttpResponseBase:
    """What our scripts say, in the language of the address; `?v=` is the version that is asked for."""
    words = _words if settings.DEBUG else _kept_words
    return _answer(request, words(get_language() or ""), caching(request.GET.get("v", "")))


def _words(language: str) -> StaticFile:
    with override(language):
        answer = JavaScriptCatalog().get(HttpRequest())
    return StaticFile("words.js", answer.content)


_kept_words = functools.cache(_words)


def _read() -> dict[str, StaticFile]:
    return {name: StaticFile(name, content) for name, content in _contents().items()}


_kept = functools.cache(_read)


@functools.cache
def _kept_version() -> str:
    """By what is served, which was read once, and not by what may lie there by now."""
    parts = [f"{name} {file.etag}" for name, file in sorted(_kept().items())]
    words = [path.read_bytes() for folder in settings.LOCALE_PATHS for path in sorted(_catalogs(folder))]
    whole = [django.__version__.encode(), *(part.encode() for part in parts), *words]
    return hashlib.sha256(b"\0".join(whole)).hexdigest()[:_LETTERS]


def _modules(start: str) -> list[str]:
    found = files()
    return closure(start, lambda name: found[name].content.decode())


_kept_modules = functools.cache(_modules)


def _catalogs(folder: Path) -> list[Path]:
    return list(Path(folder).glob("*/LC_MESSAGES/djangojs.mo"))


def _contents() -> dict[str, bytes]:
    lying = {
        name: Path(storage.path(name)).read_bytes()
        for finder in get_finders()
        for name, storage in finder.list([])
    }
    together = {
        name: b"\n".join(lying[f"css/{part}.css"] for part in parts) for name, parts in TOGETHER.items()
    }
    return lying | together
