"""The visual language: what styles use is declared, the night has a colour for each of the day, none is idle."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from scripts.build_player import without_constants

STYLES = {path.name: path.read_text() for path in Path(settings.BASE_DIR, "static", "css").glob("*.css")}
SCRIPTS = "".join(path.read_text() for path in Path(settings.BASE_DIR, "static", "js").rglob("*.js"))
DECLARED = re.compile(r"^\s*(--[\w-]+):", re.M)
USED = re.compile(r"var\((--[\w-]+)\)")


def declared(name: str) -> set[str]:
    return set(DECLARED.findall(STYLES[name]))


def test_what_a_style_uses_is_declared_by_a_style_or_set_by_a_script() -> None:
    known = {name for css in STYLES.values() for name in DECLARED.findall(css)} | set(
        re.findall(r"--[\w-]+", SCRIPTS)
    )
    assert {name for css in STYLES.values() for name in USED.findall(css)} <= known


def test_the_night_has_other_colours_for_the_same_tokens_and_no_tokens_of_its_own() -> None:
    colours = {name for name in declared("tokens.css") if re.search(rf"{name}: #", STYLES["tokens.css"])}
    assert declared("dark.css") == colours


def test_each_token_is_used() -> None:
    used = {name for css in STYLES.values() for name in USED.findall(css)}
    assert declared("tokens.css") <= used


def test_where_the_player_is_built_tokens_of_one_value_are_put_in_and_others_stay() -> None:
    css = ":root{--a:1px;--b:var(--a) solid;--c:#fff}.x{border:var(--b);color:var(--c)}.y{--c:#000}"
    assert without_constants(css) == (":root{--c:#fff}.x{border:1px solid;color:var(--c)}.y{--c:#000}")
