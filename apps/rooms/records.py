"""A record that was read back, as JSON."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from apps.kafka.readback import Kept

Header = tuple[str, bytes | None]
_MOST, _MOST_NAME, _MOST_HEADERS = 64 * 1024, 1_000, 100
_MOST_OF_HEADERS = 4 * _MOST
"""Bytes of a key, a value or a header, characters of a header's name, and headers that are told, and bytes of all of
them: any client may write megabytes into a room's topics, and what is told of them goes over a link that bears 16."""

_LAST_TIME, _NO_TIME = 8_640_000_000_000_000, -1
"""The last ms that a browser's calendar has; Kafka takes any number for a time."""


def told(record: Kept) -> dict[str, Any]:
    """`cut` is true when there is more of it than is told; `size` is that of the whole."""
    headers = _first(record.headers)
    parts = (record.key, record.value, *(value for _, value in headers))
    return {
        "key": _text(record.key),
        "value": _text(record.value),
        "headers": [[name[:_MOST_NAME], _text(value)] for name, value in headers],
        "headers_readable": record.readable,
        "timestamp": record.timestamp if 0 <= record.timestamp <= _LAST_TIME else _NO_TIME,
        "timestamp_type": "append" if record.appended else "create",
        "size": record.size,
        "cut": len(record.headers) > len(headers)
        or any(len(part or b"") > _MOST for part in parts)
        or any(len(name) > _MOST_NAME for name, _ in headers),
    }


def _first(headers: Sequence[Header]) -> Sequence[Header]:
    """As many of them as are told."""
    told, size = 0, 0
    for _, value in headers[:_MOST_HEADERS]:
        size += min(len(value or b""), _MOST)
        if size > _MOST_OF_HEADERS:
            break
        told += 1
    return headers[:told]


def _text(raw: bytes | None) -> str | dict[str, str] | None:
    """Text as it is; bytes that are none as base64, so that nothing is lost."""
    if raw is None:
        return None
    try:
        return raw.decode()[:_MOST]
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw[:_MOST]).decode()}
