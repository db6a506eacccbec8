"""Signed participant tokens in place of cookies: they work in any iframe, and nothing is sent by itself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.core import signing

_MOST = 512


class BadToken(Exception):
    """The token is missing, forged, expired or for another room; the text is for people."""


class Role(StrEnum):
    GUEST = "guest"
    HOST = "host"


@dataclass(frozen=True)
class Participant:
    """`number` is that of a person in a class, from 1; 0 is somebody who only looks, or the host.

    `epoch`: which of the host's links it is; the room says which one counts.
    """

    room: str
    id: str
    role: Role = Role.GUEST
    number: int = 0
    epoch: int = 0


def _signer() -> signing.TimestampSigner:
    # A subprotocol may not contain ":", Django's separator.
    return signing.TimestampSigner(salt="kafkaviz.participant", sep=".")


def mint(room: str, role: Role = Role.GUEST, number: int = 0, id_: str = "", epoch: int = 0) -> str:
    """A token for a participant of a room, a new one unless an id is given; about 140 characters."""
    who = {"r": room, "p": id_ or secrets.token_urlsafe(9), "k": role, "n": number, "e": epoch}
    return _signer().sign_object(who)


def read(token: str | None, room: str) -> Participant:
    """A host's lasts as long as the room does, or until there is a new link. Raises BadToken."""
    who = known(token, room)
    if who.role is not Role.HOST:
        try:
            _signer().unsign_object(token or "", max_age=settings.KAFKAVIZ_TOKEN_AGE)
        except signing.SignatureExpired as error:
            raise BadToken("Your token has expired. Reload the room's page to get a new one.") from error
    return who


def known(token: str | None, room: str) -> Participant:
    """As `read`, however old the token is: enough to give somebody a new one, and for nothing else."""
    if not token or len(token) > _MOST:
        raise BadToken("This needs the room's token. Open the room's page to get one.")
    try:
        value = _signer().unsign_object(token)
    except signing.BadSignature as error:
        raise BadToken("That token is not one of ours. Reload the room's page to get a new one.") from error
    if value["r"] != room:
        raise BadToken("That token is for another room.")
    # A host's of before there were epochs is of the first.
    return Participant(value["r"], value["p"], Role(value["k"]), value["n"], value.get("e", 1))
