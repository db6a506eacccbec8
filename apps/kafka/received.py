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


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is a number beyond all")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def decode(raw: bytes) -> Any:
    """JSON that can go on to a database and a browser, or NOT_JSON: any client may write into a room's topics."""
    raw = raw or b"null"
    if len(raw) > _MOST_VALUE or raw.count(b"[") + raw.count(b"{") > _MOST_NESTED:
        return NOT_JSON
    try:
        text = raw.decode().strip()
        value, end = _DECODER.raw_decode(text)
        if end < len(text):
            return NOT_JSON
        if b"\\u" in raw:
            # Half a character, or none, passes the decoder and breaks what comes after it.
            again = json.dumps(value, ensure_ascii=False)
            again.encode()
            return NOT_JSON if "\\u0000" in again else value
        return value
    except (ValueError, RecursionError):
        return NOT_JSON
