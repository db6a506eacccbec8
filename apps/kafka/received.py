"""A record as a group member gets it, and what may be read of one that any client may have written."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Message

from apps.kafka import headers

NOT_JSON = object()
_MOST_VALUE, _MOST_NESTED, _MOST_KEY = 4096, 64, 200
"""Bytes of a value, brackets in it and characters of a key that we read; what a scenario writes is far below."""


@dataclass(slots=True)
class Received:
    """A record as a member got it. `value` is the decoded JSON, or NOT_JSON; `timestamp` Unix seconds.

    `shown` is the trace id if the record is to be shown whole, else empty. `raw` is the value as it came.
    """

    topic: str
    partition: int
    offset: int
    key: str | None
    value: Any
    type: str
    trace: str
    shown: str
    timestamp: float
    raw: bytes = b""


def receive(message: Message, topic: str) -> Received:
    """`topic` is what the scenario calls the message's."""
    type_, trace, sampled = headers.read(headers.of(message))
    key, raw = message.key(), bytes_of(message)
    return Received(
        topic,
        message.partition() or 0,
        message.offset() or 0,
        None if key is None else text_of(key),
        decode(raw),
        type_,
        trace,
        trace if sampled else "",
        # Any client may stamp its record with any time; what it says of the future nobody can have seen.
        min(message.timestamp()[1] / 1000, time.time()),
        raw,
    )


def bytes_of(message: Message) -> bytes:
    """A record's value as it came, empty for none. The client gives bytes; its types know of deserializers, too."""
    value: Any = message.value()
    return value.encode() if isinstance(value, str) else value or b""


def text_of(raw: bytes | str) -> str:
    """A key as text, whatever bytes it is."""
    text = raw if isinstance(raw, str) else raw[: _MOST_KEY * 4].decode("utf-8", "replace")
    return text[:_MOST_KEY]


class _Refused(ValueError):
    """Its text says why, to people."""


def _refuse_constant(name: str) -> Any:
    raise _Refused(f"Its value has {name} in it, which is not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Refused("Its value has a number in it that is larger than any that can be told.")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def decode(raw: bytes) -> Any:
    """JSON that can go on to a database and a browser, or NOT_JSON: any client may write into a room's topics."""
    try:
        return _decode(raw)
    except (ValueError, RecursionError):
        return NOT_JSON


def why_not_json(raw: bytes) -> str:
    """Why a value is NOT_JSON, in a sentence without any of its own words."""
    try:
        _decode(raw)
    except _Refused as refused:
        return str(refused)
    except UnicodeError:
        return "Its value is not text in UTF-8; expected is JSON."
    except (ValueError, RecursionError):
        pass
    return "Its value is not JSON."


def _decode(raw: bytes) -> Any:
    raw = raw or b"null"
    if len(raw) > _MOST_VALUE:
        raise _Refused(f"Its value has {len(raw):,} bytes; at most {_MOST_VALUE:,} are read.")
    if raw.count(b"[") + raw.count(b"{") > _MOST_NESTED:
        raise _Refused(f"Its value has more than {_MOST_NESTED} brackets.")
    text = raw.decode().strip()
    value, end = _DECODER.raw_decode(text)
    if end < len(text):
        raise _Refused("Its value is JSON with something behind it.")
    if b"\\u" in raw:
        # Half a character, or none, passes the decoder and breaks what comes after it.
        again = json.dumps(value, ensure_ascii=False)
        try:
            again.encode()
        except UnicodeError:
            raise _Refused("Its value has half a character in it.") from None
        if "\\u0000" in again:
            raise _Refused("Its value has a NUL character in it, which is not kept.")
    return value
