"""What a socket may send up. Everything is checked here, and every refusal has a code and a sentence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from apps.scenarios.refusals import Refused

MOST_CHARACTERS = 4096
_REF = 40


@dataclass(frozen=True)
class Act:
    action: str
    data: dict[str, Any]
    ref: str | None


@dataclass(frozen=True)
class Seen:
    seq: int


@dataclass(frozen=True)
class Resync:
    pass


def parse(text: str | None) -> Act | Seen | Resync:
    """Raises Refused."""
    message = decode(text)
    match message.get("type"):
        case "act":
            return _act(message)
        case "seen":
            return Seen(_number(message.get("seq")))
        case "resync":
            return Resync()
        case _:
            raise Refused("unknown-type", 'The type must be "act", "seen" or "resync".')


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def decode(text: str | None) -> dict[str, Any]:
    """An object of JSON that everything after it can read. Raises Refused."""
    if text is None:
        raise Refused("not-text", "Send text, not bytes.")
    if len(text) > MOST_CHARACTERS:
        raise Refused("too-long", f"A message has at most {MOST_CHARACTERS} characters.")
    try:
        message = json.loads(text, parse_constant=_refuse_constant)
        # A lone surrogate passes json.loads and breaks everything after it.
        text.encode()
        json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refused("not-json", "That is not JSON that we can read.") from error
    if not isinstance(message, dict):
        raise Refused("not-an-object", "A message is a JSON object.")
    return message


def _act(message: dict[str, Any]) -> Act:
    action, data = message.get("action"), message.get("data", {})
    if not isinstance(action, str):
        raise Refused("bad-action", "action must be text.")
    # Text only: what nests deeply enough passes one JSON parser and breaks the next.
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise Refused("bad-data", "data must be an object whose values are text.")
    return Act(action, data, ref_in(message))


def ref_in(message: dict[str, Any]) -> str | None:
    """By which the answer is known. Raises Refused."""
    ref = message.get("ref")
    if ref is not None and (not isinstance(ref, str) or len(ref) > _REF):
        raise Refused("bad-ref", f"ref must be text of at most {_REF} characters.")
    return ref


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise Refused("bad-seq", "seq must be a whole number from 0.")
    return value


def ref_of(text: str | None) -> str | None:
    """The ref of a message that was refused, where it has one that can be told."""
    try:
        ref = json.loads(text or "").get("ref")
    except (ValueError, RecursionError, AttributeError):
        return None
    return ref if isinstance(ref, str) and len(ref) <= _REF and ref.isprintable() else None
