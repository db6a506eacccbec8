"""All lessons there are: ours, and beside or instead of them those of KAFKAVIZ_LESSONS_DIR."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.conf import settings

from apps.lessons.checking import problems
from apps.lessons.lesson import BadLesson, Lesson, Problem
from apps.lessons.reading import read

logger = logging.getLogger(__name__)
OURS = Path(__file__).parent / "content"
Shelf = Mapping[str, Lesson]
"""Lessons by their address, in the order of their numbers."""


def directories() -> list[Path]:
    """The later ones win."""
    return [OURS, *([settings.KAFKAVIZ_LESSONS_DIR] if settings.KAFKAVIZ_LESSONS_DIR else [])]


def load(folders: Iterable[Path], language: str) -> tuple[dict[str, Lesson], list[Problem]]:
    """All that can be taught in a language, and what is wrong with the others."""
    found: dict[str, Lesson] = {}
    wrong: list[Problem] = []
    for folder in folders:
        here: dict[str, Path] = {}
        for path in sorted(_of_language(folder, language)):
            try:
                lesson = read(path, language)
                if faults := problems(lesson):
                    raise BadLesson(faults)
                if (other := here.setdefault(lesson.slug, path)) != path:
                    words = f"{other.name} has the same address: only one of the two can be taught."
                    raise BadLesson([Problem(path, 1, words)])
                found[lesson.slug] = lesson
            except BadLesson as bad:
                wrong += bad.problems
    shelf = dict(sorted(found.items(), key=lambda item: (item[1].number, item[0])))
    return shelf, wrong + (_of_links(shelf) if language == settings.LANGUAGE_CODE else [])


def check() -> tuple[list[Problem], list[str]]:
    """What is wrong with any file, and, one line each, which lessons have no translation."""
    wrong, untranslated = [], []
    originals, found = load(directories(), settings.LANGUAGE_CODE)
    wrong += found
    for language in translations():
        shelf, found = load(directories(), language)
        wrong += found + [
            problem for lesson in shelf.values() for problem in _of_translation(lesson, originals)
        ]
        untranslated += [f"{language}: {slug}" for slug in originals if slug not in shelf]
    return wrong, untranslated


def own() -> dict[Path, list[str]]:
    """The titles of a teacher's own lessons, by folder."""
    folders = directories()[1:]
    return {
        folder: [lesson.title for lesson in load([folder], settings.LANGUAGE_CODE)[0].values()]
        for folder in folders
    }


def translations() -> list[str]:
    """Languages that lessons can be in, besides their first; plain words are one of them."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


@functools.cache
def shelf(language: str) -> Shelf:
    """What can be taught. Of a lesson without a translation the first language's is there.

    Files are read once: who has changed one starts the server again. What is wrong with one is in the log.
    """
    originals = _load_and_tell(settings.LANGUAGE_CODE)
    if language not in translations():
        return originals
    translated = _load_and_tell(language)
    return {slug: translated.get(slug, lesson) for slug, lesson in originals.items()}


@functools.cache
def _load_and_tell(language: str) -> Shelf:
    found, wrong = load(directories(), language)
    for problem in wrong:
        logger.warning("This lesson can't be taught: %s", problem)
    return found


def after(lesson: Lesson, shelf: Shelf) -> Lesson | None:
    if "next" in lesson.head:
        return shelf.get(lesson.head["next"])
    slugs = list(shelf)
    following = slugs[slugs.index(lesson.slug) + 1 :]
    return shelf[following[0]] if following else None


def _of_language(folder: Path, language: str) -> Iterable[Path]:
    place = folder if language == settings.LANGUAGE_CODE else folder / language
    return place.glob("*.md") if place.is_dir() else ()


def _of_links(shelf: Shelf) -> list[Problem]:
    """Who goes on and on must come to an end."""
    wrong = []
    for lesson in shelf.values():
        target = lesson.head.get("next")
        if target is not None and target not in shelf:
            known = ", ".join(shelf)
            words = f"next can't be “{target}”. There are: {known}."
            wrong.append(Problem(lesson.path, lesson.line_of("next"), words))
        elif target is not None and _comes_back(lesson, shelf):
            words = (
                f"From “{target}” one comes back to this lesson: whoever goes on would never come to an end."
            )
            wrong.append(Problem(lesson.path, lesson.line_of("next"), words))
    return wrong[:1] if all("comes back" in problem.message for problem in wrong) else wrong


def _comes_back(lesson: Lesson, shelf: Shelf) -> bool:
    seen: set[str] = set()
    one = after(lesson, shelf)
    while one and one.slug not in seen:
        if one.slug == lesson.slug:
            return True
        seen.add(one.slug)
        one = after(one, shelf)
    return False


def _of_translation(lesson: Lesson, originals: Shelf) -> list[Problem]:
    """Only words may differ: it does, and waits for, what its original does."""
    original = originals.get(lesson.slug)
    if not original:
        return [Problem(lesson.path, 1, "There is no such lesson in the first language.")]
    if len(lesson.steps) != len(original.steps):
        words = f"It has {len(lesson.steps)} steps, and its original {len(original.steps)}."
        return [Problem(lesson.path, lesson.steps[-1].line, words)]
    pairs = zip(lesson.steps, original.steps, strict=True)
    return [
        Problem(lesson.path, one.line, "It does something else than its original.", one.number)
        for one, other in pairs
        if _essence(one.does) != _essence(other.does)
    ]


_OF_WORDS = ("label", "then", "hint", "ask", "words")


def _essence(found: object) -> object:
    """What a block does, without its words."""
    if isinstance(found, Mapping):
        return {key: _essence(value) for key, value in found.items() if key not in _OF_WORDS}
    return [_essence(one) for one in found] if isinstance(found, list) else found
