"""Record headers: CloudEvents 1.0 Kafka binding in binary mode, and W3C Trace Context's `traceparent`.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

import functools
import operator
import random
import re
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Message

Headers = list[tuple[str, str | bytes | None]]

_SAMPLED = b"01"
_MOST_TYPE = 200
"""Bytes of a type that are read: it is told to every viewer, and any client may write a megabyte there."""
_TRACE = re.compile("[0-9a-f]{32}").fullmatch
_random = random.SystemRandom()
_fast = random.Random(_random.getrandbits(256))


def new_trace() -> str:
    """A trace id: 32 lower-case hex digits, not all zero."""
    return f"{_fast.getrandbits(128) or 1:032x}"


def build(type_: str, source: str, trace: str, sampled: bool) -> Headers:
    """Headers of one record. `sampled` goes into the trace flags, so every reader makes the same choice."""
    span = f"{_fast.getrandbits(64) or 1:016x}"
    return [
        _VERSION,
        ("ce_id", span.encode()),
        _named("ce_source", source),
        _named("ce_type", type_),
        _CONTENT,
        ("traceparent", f"00-{trace}-{span}-{'01' if sampled else '00'}".encode()),
    ]


def build_many(type_: str, source: str, trace: str, count: int) -> Iterator[Headers]:
    """Of so many records of one trace that are not shown whole. Each has an id of its own, and all the same span."""
    span = _fast.getrandbits(64) or 1
    parent = ("traceparent", f"00-{trace}-{span:016x}-00".encode())
    source_, named = _named("ce_source", source), _named("ce_type", type_)
    for id_ in range(span, span + count):
        yield [_VERSION, ("ce_id", b"%016x" % (id_ & _MOST_SPAN)), source_, named, _CONTENT, parent]


_MOST_SPAN = 2**64 - 1
_VERSION, _CONTENT = ("ce_specversion", b"1.0"), ("content-type", b"application/json")


@functools.lru_cache(maxsize=256)
def _named(name: str, text: str) -> tuple[str, bytes]:
    """A flood has few of them."""
    return name, text.encode()


_ask_client = operator.methodcaller("headers")
"""Checks what the client returns. Called as `message.headers()` it would not be, and the list has a hole in it."""


def of(message: Message) -> Headers | None:
    """A record's headers; None where the client can't read them: a name is not UTF-8, and any client may write that.

    Then confluent-kafka 2.16 sets an error and returns a list all the same, in which the name is a null pointer:
    whoever unpacks it ends the process. Ask once of each message: the client keeps that list, and returns it without
    an error when it is asked again.
    """
    try:
        found: Headers = _ask_client(message) or []
    except SystemError:
        return None
    return found


def sampled(headers: Headers) -> str:
    """The trace id of a record that is to be shown whole, else empty: all that a flood is asked for."""
    for name, value in reversed(headers):
        if name == "traceparent":
            # Most are not, and cost no more than this.
            return read(headers)[1] if value and value[53:55] == _SAMPLED else ""
    return ""


def read(headers: Any) -> tuple[str, str, bool]:
    """(CloudEvents type, trace id, sampled) of a record, as the client gives its headers.

    A record of somebody else's producer may carry none of them: ("", "", False).
    """
    type_, trace, sampled = "", "", False
    for name, value in headers or ():
        if name == "traceparent" and value and len(value) >= 55:
            found = value[3:35].decode("ascii", "replace")
            if _TRACE(found):
                trace, sampled = found, value[53:55] == _SAMPLED
        elif name == "ce_type" and value:
            type_ = value[:_MOST_TYPE].decode("utf-8", "replace")
    return type_, trace, sampled
