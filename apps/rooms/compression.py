"""How a file is made small before anybody asks for it twice."""

from __future__ import annotations

import gzip
import re
from functools import cached_property

import brotli
from django.http import HttpRequest
from rjsmin import jsmin

_QUALITY = 11
"""Of brotli. A file takes 5 ms, once; at 5 it took 0.2 ms and was 7 % larger, which is 6 kB of a room."""


class Body:
    """What a file holds, and the same compressed: each is made when it is first asked for, and kept."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain

    @cached_property
    def br(self) -> bytes:
        return bytes(brotli.compress(self.plain, quality=_QUALITY))

    @cached_property
    def gzip(self) -> bytes:
        return gzip.compress(self.plain, mtime=0)

    def for_who(self, request: HttpRequest) -> tuple[str, bytes]:
        """The best encoding that whoever asks takes, or none, and the bytes in it."""
        if takes(request, "br"):
            return "br", self.br
        return ("gzip", self.gzip) if takes(request, "gzip") else ("", self.plain)


def takes(request: HttpRequest, encoding: str) -> bool:
    """As the header Accept-Encoding has it: a quality of nought is a no."""
    refused = r"(?!\s*;\s*q=0(\.0*)?\s*(,|$))"
    return bool(re.search(rf"\b{encoding}\b{refused}", request.headers.get("Accept-Encoding", "")))


def short_script(script: bytes) -> bytes:
    """Without its comments, which are a third of what ours weigh."""
    return bytes(jsmin(script))
