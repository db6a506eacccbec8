"""Record headers: CloudEvents 1.0 Kafka binding in binary mode, and W3C Trace Context's `traceparent`.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

import random
import re
from typing import Any

Headers = list[tuple[str, str | bytes | None]]

_SAMPLED = b"01"
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
        ("ce_specversion", b"1.0"),
        ("ce_id", span.encode()),
        ("ce_source", source.encode()),
        ("ce_type", type_.encode()),
        ("content-type", b"application/json"),
        ("traceparent", f"00-{trace}-{span}-{'01' if sampled else '00'}".encode()),
    ]


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
            type_ = value.decode("utf-8", "replace")
    return type_, trace, sampled
