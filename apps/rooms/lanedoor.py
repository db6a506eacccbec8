"""Where the hearts of a comparison come in, beside the pages: both lanes pay the same, and little, for HTTP.

No middleware runs here, for it would cost more than what is compared.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.db import DatabaseError

from apps.rooms.lanes import HEART, comparisons
from apps.scenarios.refusals import Refused

logger = logging.getLogger(__name__)

Application = Callable[[Any, Any, Any], Awaitable[None]]


def beside(pages: Application) -> Application:
    """The pages, and the door of the hearts."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == HEART:
            await _answer(send, *await _take(scope))
        else:
            await pages(scope, receive, send)

    return application


async def _take(scope: Any) -> tuple[int, str]:
    """A status and a sentence."""
    secret = dict(scope["headers"]).get(b"x-lane", b"").decode("latin-1")
    comparison = comparisons.open_to(secret)
    if scope["method"] != "POST" or not comparison:
        return 404, "There is nothing at this address."
    try:
        await comparison.press()
    except Refused as refusal:
        return 503, refusal.message
    except DatabaseError as error:
        return 503, f"The database refused the write: {error}"
    return 200, "accepted"


async def _answer(send: Any, status: int, sentence: str) -> None:
    body = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
