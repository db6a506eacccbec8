"""What was measured beside what is allowed, as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """`limit` is the most allowed, or the least if `at_least`; None for what is only told."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> tuple[str, str, str, str]:
        bound = "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {_number(self.limit)}"
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return self.name, f"{_number(self.value)} {self.unit}".strip(), bound, verdict


Figures = Iterable[Figure]


def print_figures(title: str, figures: Figures) -> None:
    print(f"\n{title}")
    for name, value, bound, verdict in (figure.row() for figure in figures):
        print(f"  {name:<56} {value:>16}   {bound:<8} {verdict}".rstrip(), flush=True)


def as_json(figures: Figures) -> list[dict[str, Any]]:
    return [{**asdict(figure), "met": figure.met} for figure in figures]


def _number(value: float) -> str:
    """Three digits that matter, or all of a large number."""
    if value == 0 or abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
