"""One word for one thing, on every screen and in every lesson."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from apps.rooms.vocabulary import WORDS, Word
from scripts.write_words import PAGE, page
from tests.servers import ROOT

PLAIN = "en-plain"
_IN_TEMPLATES = re.compile(r'\{% (?:block)?translate (?:"([^"]*)"|[^%]*%\}(.*?)\{% endblocktranslate)', re.S)
_IN_CODE = re.compile(r'\b(?:gettext|ngettext|_)\(\s*((?:"(?:[^"\\]|\\.)*"[\s,]*)+)')
ALLOWED = ("copies nothing", "message.timeout.ms")
"""A verb, and a setting of librdkafka's."""


def on_screen() -> dict[str, str]:
    """Text as gettext gets it -> the file it is in."""
    found: dict[str, str] = {}
    for path in [
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("static/js/**/*.js"),
        *ROOT.glob("apps/**/*.py"),
    ]:
        pattern = _IN_TEMPLATES if path.suffix == ".html" else _IN_CODE
        for match in pattern.finditer(path.read_text(encoding="utf-8")):
            found[" ".join(filter(None, match.groups()))] = str(path.relative_to(ROOT))
    return found


def lessons() -> dict[str, str]:
    content = ROOT / "apps" / "lessons" / "content"
    return {path.read_text(encoding="utf-8"): path.name for path in content.glob("*.md")}


def test_the_words_on_screen_are_found() -> None:
    texts = on_screen()
    for text in ("Consumer groups", "Glossary", "%(n)s waits"):
        assert any(text in one for one in texts), text


@pytest.mark.parametrize("word", [word for word in WORDS if word.instead], ids=lambda word: str(word.term))
def test_no_other_word_is_used_for_the_same_thing(word: Word) -> None:
    never = re.compile(rf"\b(?:{'|'.join(map(re.escape, word.instead))})\b", re.I)
    wrong = [
        f"{place}: {text[max(0, match.start() - 40) : match.end() + 20]!r}"
        for text, place in {**on_screen(), **lessons()}.items()
        for match in never.finditer(_without_what_is_allowed(text))
    ]
    assert not wrong, f"say {word.term}: {wrong}"


def _without_what_is_allowed(text: str) -> str:
    for one in ALLOWED:
        text = text.replace(one, " " * len(one))
    # Addresses and sources in a lesson's head are not ours to word.
    return re.sub(r'(?m)%\(\w+\)s|^(?:url|title) = ".*"$|https?://\S+|`[^`]*`', "", text)


def test_the_page_of_words_is_made_of_the_list() -> None:
    assert Path(PAGE).read_text(encoding="utf-8") == page(), "run python -m scripts.write_words"


@pytest.mark.parametrize("word", WORDS, ids=lambda word: str(word.term))
def test_plain_words_are_those_of_the_list(word: Word) -> None:
    with translation.override(PLAIN):
        assert str(word.term) == word.plain
