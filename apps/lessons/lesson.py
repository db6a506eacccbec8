"""A lesson, and what can be wrong with its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """What is wrong, for who wrote the file: a sentence, and where."""

    path: Path
    line: int
    message: str
    step: int | None = None

    def __str__(self) -> str:
        step = f" step {self.step}:" if self.step else ""
        return f"{self.path}:{self.line}:{step} {self.message}"


class BadLesson(ValueError):
    """Its file can't be used."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Step:
    """`say` is Markdown; `does` is the step's block of TOML as it stands there. Lines are of the file, from 1."""

    number: int
    title: str
    say: str
    does: Table
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)
    """Of each key in the block."""

    @property
    def presses(self) -> list[Table]:
        return _listed(self.does.get("do", []))

    @property
    def until(self) -> list[Table]:
        return _listed(self.does.get("until", []))

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)


@dataclass(frozen=True)
class Lesson:
    """`head` is what stands above the steps, as in the file; `language` is that of its words."""

    path: Path
    number: int
    slug: str
    language: str
    head: Table
    lines: Mapping[str, int]
    steps: tuple[Step, ...]

    @property
    def title(self) -> str:
        return str(self.head["title"])

    @property
    def summary(self) -> str:
        return str(self.head["summary"])

    @property
    def scenario(self) -> str:
        return str(self.head["scenario"])

    @property
    def sandbox(self) -> bool:
        return bool(self.head.get("sandbox", False))

    @property
    def minutes(self) -> int:
        return int(self.head["minutes"])

    @property
    def concepts(self) -> list[str]:
        return list(self.head.get("concepts", []))

    @property
    def sources(self) -> list[Table]:
        return list(self.head.get("sources", []))

    @property
    def setup(self) -> Table:
        table: Table = self.head.get("setup", {})
        return table

    def line_of(self, key: str) -> int:
        return self.lines.get(key, 1)


def _listed(found: Any) -> list[Table]:
    return list(found) if isinstance(found, list) else [found]
