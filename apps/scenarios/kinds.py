"""What the records of a topic look like, as its scenario declares it; and, in a sentence, what does not fit. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.kafka.received import Received


@dataclass(frozen=True)
class Wanted:
    """What a field holds: in words, and whether a JSON value is such."""

    words: str
    fits: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST


_MOST = 1e15
"""Beyond it whole numbers are no more told apart by a browser."""
TEXT = Wanted("text", _is_text)
NUMBER = Wanted("a number", _is_number)


@dataclass(frozen=True)
class Kind:
    """Records of one CloudEvents type: their values are objects with at least these fields.

    Of no type: whatever they call themselves, which in a flood is not even read.
    """

    type: str
    fields: Mapping[str, Wanted] = field(default_factory=dict)


def typed(record: Received, kinds: Sequence[Kind]) -> Received:
    """A record that says no type, as one from a terminal, is of its topic's kind where there is only one."""
    if len(kinds) != 1 or not kinds[0].type or record.type:
        return record
    return Received(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        kinds[0].type,
        record.trace,
        record.shown,
        record.timestamp,
        record.raw,
    )


def misfit(record: Received, kinds: Sequence[Kind]) -> str:
    """Why a record is none of these, in a sentence without any of its own words; empty where it is one."""
    for kind in kinds:
        if not kind.type or kind.type == record.type:
            return _lack(record, kind)
    return _no_such_type(record, kinds) if kinds else ""


def _lack(record: Received, kind: Kind) -> str:
    value = record.value
    if not isinstance(value, dict):
        given = "empty" if value is None and not record.raw else _told(value)
        return f"Its value is {given}; expected is an object with {_listed(kind.fields)}."
    for name, wanted in kind.fields.items():
        if name not in value:
            return f"It has no field “{name}”; expected is {wanted.words}."
        if not wanted.fits(value[name]):
            return f"Its field “{name}” is {_told(value[name])}; expected is {wanted.words}."
    return ""


def _no_such_type(record: Received, kinds: Sequence[Kind]) -> str:
    expected = " or ".join(f"“{kind.type}”" for kind in kinds)
    given = "another one than is known here" if record.type else "missing"
    return f"Its type, the header “ce_type”, is {given}; expected is {expected}."


def _listed(fields: Mapping[str, Wanted]) -> str:
    names = [f"“{name}”" for name in fields]
    return f"the field{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _told(value: Any) -> str:
    """A JSON value by its kind."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text" if value else "an empty text"
        case list():
            return "an array"
        case dict():
            return "an object"
        case _:
            return "a number" if _is_number(value) else "a number beyond all measure"
