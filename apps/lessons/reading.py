"""A lesson's file, read: its head and its steps, with the lines they stand on (docs/writing-lessons.md)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from apps.lessons.lesson import BadLesson, Lesson, Problem, Step, Table

NAME = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.md")
_FENCE = "+++"
_STEP = "## "
_BLOCK, _BLOCK_END = "```toml", "```"
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_MOST = 200_000
"""Bytes; the longest of ours has a twentieth of that."""


def read(path: Path, language: str) -> Lesson:
    """Raises BadLesson. What its words mean is checked elsewhere (`checking.py`)."""
    named = NAME.fullmatch(path.name)
    if not named:
        _bad(path, 1, "A lesson's file is named by number and address, such as 15-tea-time.md.")
    lines = _text(path).splitlines()
    end = _head_end(path, lines)
    head, head_lines = _toml(path, lines[1:end], 1, None)
    steps = _steps(path, lines, end + 1)
    if not steps:
        _bad(path, len(lines), "It has no steps. A step begins with a heading, such as “## An order”.")
    number, slug = named.groups()
    return Lesson(path, int(number), slug, language, head, head_lines, tuple(steps))


def _bad(path: Path, line: int, message: str, step: int | None = None) -> NoReturn:
    raise BadLesson([Problem(path, line, message, step)])


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST + 1)
        if len(raw) > _MOST:
            _bad(path, 1, f"It is longer than {_MOST:,} bytes.")
        return raw.decode()
    except OSError as error:
        _bad(path, 1, f"It can't be read: {error.strerror}.")
    except UnicodeDecodeError as error:
        _bad(path, raw.count(b"\n", 0, error.start) + 1, "It is not UTF-8 text.")


def _head_end(path: Path, lines: list[str]) -> int:
    if not lines or lines[0].rstrip() != _FENCE:
        _bad(path, 1, "It begins with a line of +++, and then its head.")
    for index, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FENCE:
            return index
    _bad(path, 1, "Its head has no end: a second line of +++.")


def _toml(path: Path, lines: list[str], before: int, step: int | None) -> tuple[Table, Mapping[str, int]]:
    """The table, and the line of each of its keys. `before`: how many lines of the file stand before these."""
    try:
        table = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        at = int(found[1]) if found and found[1] else len(lines)
        words = _TOML_LINE.sub("", str(error)).strip().rstrip(".")
        _bad(path, before + at, f"This is no TOML: {words}.", step)
    return table, {
        key: before + at
        for key in table
        for at, line in reversed(list(enumerate(lines, 1)))
        if re.match(rf"\s*\[*{re.escape(key)}\b", line)
    }


def _steps(path: Path, lines: list[str], start: int) -> list[Step]:
    marks = [index for index in range(start, len(lines)) if lines[index].startswith(_STEP)]
    before = next((at for at in range(start, marks[0] if marks else start) if lines[at].strip()), None)
    if before is not None:
        _bad(path, before + 1, "What is said belongs to a step: begin it with a heading, “## …”.")
    ends = [*marks[1:], len(lines)]
    return [_step(path, number, lines, *span) for number, span in enumerate(zip(marks, ends, strict=True), 1)]


def _step(path: Path, number: int, lines: list[str], start: int, end: int) -> Step:
    title, body = lines[start].removeprefix(_STEP).strip(), lines[start + 1 : end]
    blocks = [index for index, line in enumerate(body) if line.rstrip() == _BLOCK]
    if len(blocks) > 1:
        _bad(path, start + 2 + blocks[1], "A step has one block of TOML.", number)
    if not blocks:
        return Step(number, title, "\n".join(body).strip(), {}, start + 1)
    first = blocks[0]
    last = next((at for at in range(first + 1, len(body)) if body[at].rstrip() == _BLOCK_END), None)
    if last is None:
        _bad(path, start + 2 + first, "This block has no end: a line of ```.", number)
    does, key_lines = _toml(path, body[first + 1 : last], start + first + 2, number)
    said = "\n".join([*body[:first], *body[last + 1 :]]).strip()
    return Step(number, title, said, does, start + 1, key_lines)
