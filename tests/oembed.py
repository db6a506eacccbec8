"""What oEmbed 1.0 (https://oembed.com, 2.3.4) asks of an answer of the type "rich", as a JSON Schema."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

_WORDS = {"type": "string", "minLength": 1}
_ADDRESS = {"type": "string", "pattern": "^https?://"}
_LENGTH = {"type": "integer", "minimum": 1}
_THUMBNAIL = ("thumbnail_url", "thumbnail_width", "thumbnail_height")
RICH = Draft202012Validator(
    {
        "type": "object",
        "required": ["type", "version", "html", "width", "height"],
        "properties": {
            "type": {"const": "rich"},
            "version": {"const": "1.0"},
            "html": {"type": "string", "pattern": "^<"},
            "width": _LENGTH,
            "height": _LENGTH,
            "title": _WORDS,
            "author_name": _WORDS,
            "author_url": _ADDRESS,
            "provider_name": _WORDS,
            "provider_url": _ADDRESS,
            "cache_age": {"type": "integer", "minimum": 0},
            "thumbnail_url": _ADDRESS,
            "thumbnail_width": _LENGTH,
            "thumbnail_height": _LENGTH,
        },
        "dependentRequired": {name: list(_THUMBNAIL) for name in _THUMBNAIL},
    }
)


def faults(answer: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:300]}" for error in RICH.iter_errors(answer)]
