"""A record that was read back, as JSON."""

from __future__ import annotations

import base64
from typing import Any

from apps.kafka.readback import Kept

_MOST, _MOST_HEADERS = 64 * 1024, 100
"""Bytes of a key or a value, and headers, that are told: any client may write megabytes into a room's topics."""


def told(record: Kept) -> dict[str, Any]:
    """`cut` is true when there is more of it than is told; `size` is that of the whole."""
    parts = (record.key, record.value, *(value for _, value in record.headers))
    return {
        "key": _text(record.key),
        "value": _text(record.value),
        "headers": [[name, _text(value)] for name, value in record.headers[:_MOST_HEADERS]],
        "headers_readable": record.readable,
        "timestamp": record.timestamp,
        "timestamp_type": "append" if record.appended else "create",
        "size": record.size,
        "cut": len(record.headers) > _MOST_HEADERS or any(len(part or b"") > _MOST for part in parts),
    }


def _text(raw: bytes | None) -> str | dict[str, str] | None:
    """Text as it is; bytes that are none as base64, so that nothing is lost."""
    if raw is None:
        return None
    try:
        return raw.decode()[:_MOST]
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw[:_MOST]).decode()}
