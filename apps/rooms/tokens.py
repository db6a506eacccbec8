"""Signed participant tokens in place of cookies: they work in any iframe, and nothing is sent by itself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

_MOST = 512


class BadToken(Exception):
    """The token is missing, forged, expired or for another room; the text is for people."""


@dataclass(frozen=True)
class Participant:
    room: str
    id: str


def _signer() -> signing.TimestampSigner:
    # A subprotocol may not contain ":", Django's separator.
    return signing.TimestampSigner(salt="kafkaviz.participant", sep=".")


def mint(room: str) -> str:
    """A token for a new participant of a room, about 100 characters."""
    return _signer().sign_object({"r": room, "p": secrets.token_urlsafe(9)})


def read(token: str | None, room: str) -> Participant:
    """Raises BadToken."""
    if not token or len(token) > _MOST:
        raise BadToken("This needs the room's token. Open the room's page to get one.")
    try:
        value = _signer().unsign_object(token, max_age=settings.KAFKAVIZ_TOKEN_AGE)
    except signing.SignatureExpired as error:
        raise BadToken("Your token has expired. Reload the room's page to get a new one.") from error
    except signing.BadSignature as error:
        raise BadToken("That token is not one of ours. Reload the room's page to get a new one.") from error
    if value["r"] != room:
        raise BadToken("That token is for another room.")
    return Participant(value["r"], value["p"])
