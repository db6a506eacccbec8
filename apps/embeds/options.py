"""What a page that embeds us may choose in the address: closed lists, and anything else is as if it were not there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from django.conf import settings

THEMES = ("auto", "light", "dark")
SPEEDS = ("1", "2", "5", "10", "20", "50", "100", "200", "500", "1000")
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
_CLOSED: Mapping[str, tuple[str, ...]] = {
    "theme": THEMES,
    "controls": ("1", "0"),
    "height": ("fixed", "auto"),
    "speed": SPEEDS,
    "lang": LANGUAGES,
}
_SECONDS = re.compile(r"\d{1,4}(\.\d)?", re.ASCII)
_STEP = re.compile(r"0*([1-9]\d{0,8})", re.ASCII)
MOST_STEPS = 999


@dataclass(frozen=True)
class Options:
    """`height`: all fits the frame as it is, or the frame is to be fitted. `speed`: so many times slower.

    `start` and `end`: seconds of a saved run, in tenths; nothing outside is shown. No `lang`: that of the address.
    `step`: of a lesson, counted from 1; past its end it is the last. Of a room or a run 1 is step by step: nothing goes
    by by itself.
    """

    theme: str = "auto"
    controls: str = "1"
    height: str = "fixed"
    speed: str = "1"
    start: str = ""
    end: str = ""
    lang: str = ""
    step: str = ""

    @property
    def stepwise(self) -> bool:
        return self.step == "1"

    @property
    def query(self) -> str:
        """What differs from the usual, as a query with its question mark, or nothing."""
        usual = Options()
        chosen = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if getattr(self, f.name) != getattr(usual, f.name)
        }
        return f"?{urlencode(chosen)}" if chosen else ""


def read(query: Mapping[str, str]) -> Options:
    chosen = {name: query[name] for name, known in _CLOSED.items() if query.get(name) in known}
    spans = {name: query[name] for name in ("start", "end") if _SECONDS.fullmatch(query.get(name, ""))}
    if len(spans) == 2 and float(spans["start"]) >= float(spans["end"]):
        spans = {}
    step = _STEP.fullmatch(query.get("step", ""))
    return Options(**chosen, **spans, step=str(min(int(step[1]), MOST_STEPS)) if step else "")
