"""Writes docs/words.md from apps/rooms/vocabulary.py: python -m scripts.write_words"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kafkaviz.settings")

import django
from django.utils import translation

PAGE = Path(__file__).resolve().parent.parent / "docs" / "words.md"
_HEAD = """\
# Words

One word for one thing. The list is `apps/rooms/vocabulary.py`, which the glossary shows, and this page is made of it by
`python -m scripts.write_words`. `tests/unit/test_words.py` finds words that are used for the same thing and are not on
it. Words of ours that are none of Kafka's are at the beginning of [protocol.md](protocol.md).

| Kafka's term | plain word | what it is | never |
|---|---|---|---|
"""


def page() -> str:
    from apps.rooms.vocabulary import WORDS

    with translation.override("en"):
        rows = [
            f"| {word.term} | {word.plain} | {word.told} | {', '.join(word.instead) or '–'} |"
            for word in WORDS
        ]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    django.setup()
    PAGE.write_text(page(), encoding="utf-8")
