"""The picture beside a link to us elsewhere: of a run, drawn ahead by `make cards`, and served as any static file."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext as _

from apps.rooms.builtin import BUILTIN, STORY_RUNS

SIZES = ((1200, 630), (600, 315))
"""Width and height in pixels, the largest first: that is the one that large cards are made of."""


@dataclass(frozen=True)
class Card:
    run: str
    width: int
    height: int

    @property
    def file(self) -> str:
        return f"cards/{self.run}-{self.width}.png"

    @property
    def words(self) -> str:
        """What is to be seen, for who does not."""
        return _(BUILTIN[self.run].title)

    def address(self, request: HttpRequest) -> str:
        return request.build_absolute_uri(static(self.file))


def cards(run: str = "", scenario: str = "") -> list[Card]:
    """Of that run, or else of the one that stands for the scenario, or else for us; the largest first."""
    drawn = run if run in BUILTIN else STORY_RUNS.get(scenario, STORY_RUNS["food-delivery"])
    return [Card(drawn, width, height) for width, height in SIZES]
