"""Whether a table has the keys and kinds that it should: a sentence for what it has not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.lessons.lesson import Table

Says = Iterator[str]
_WORDS = {str: "text", int: "a whole number", bool: "true or false", dict: "a table", list: "a list"}


def misfits(table: Table, shape: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    """(words, key) for what should not be there, or should be something else."""
    for key, value in table.items():
        if key not in shape:
            yield f"There is no “{key}” in {where}. There are: {listed(shape)}.", key
        elif not is_a(value, shape[key]):
            wanted = shape[key] if isinstance(shape[key], tuple) else (shape[key],)
            yield f"{key} is {' or '.join(_WORDS[one] for one in wanted)}.", key


def is_a(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def at_least(what: str, value: int, least: int) -> Says:
    if value < least:
        yield f"{what} is {least} at least."


def one_of(what: str, value: Any, known: Iterable[Any]) -> Says:
    known = list(known)
    if value not in known:
        yield f"{what} can't be “{value}”. It can be: {listed(known)}."


def listed(names: Iterable[Any]) -> str:
    return ", ".join(map(str, names))


def each(tables: Iterable[Any], check: Any) -> Says:
    for table in tables:
        if isinstance(table, dict):
            yield from check(table)
        else:
            yield f'“{table}” is no table, such as {{ hop = "ack" }}.'


def has_texts(table: Any, *keys: str) -> bool:
    return (
        isinstance(table, dict)
        and set(keys) == set(table)
        and all(isinstance(found, str) for found in table.values())
    )
