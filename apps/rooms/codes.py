"""Room codes: short enough to type from a projector, large enough that guessing is hopeless."""

from __future__ import annotations

import re
import secrets

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no vowels, so no words; nothing that looks like something else
LENGTH = 6
PATTERN = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
TRACE_LENGTH = 10
"""A trace's id is a link's, not typed: nobody finds another's by trying."""
TRACE_PATTERN = re.compile(f"[{ALPHABET}]{{{TRACE_LENGTH}}}")


def new_code() -> str:
    return _random(LENGTH)


def new_trace_id() -> str:
    return _random(TRACE_LENGTH)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def spaced(code: str) -> str:
    return f"{code[:3]} {code[3:]}"


def typed(text: str) -> str:
    """A code as a person may have typed it; empty if it can't be one, so that no database sees what is not."""
    code = text.upper()
    return code if PATTERN.fullmatch(code) else ""
