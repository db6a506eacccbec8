"""Lesson files: what is right is read whole, what is wrong is told once, with file and line."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.core.management import CommandError, call_command

from apps.lessons import library
from apps.lessons.checking import problems
from apps.lessons.lesson import BadLesson
from apps.lessons.reading import read

HEAD = """+++
title = "Tea time"
summary = "One order."
scenario = "food-delivery"
minutes = 3
+++
"""
STEP = """
## An order

Somebody orders.

```toml
show = ["orders"]
do = { press = "place-order" }
until = { hop = "ack", topic = "orders" }
```
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "15-tea-time.md") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def told(path: Path) -> list[str]:
    """What is wrong with the lessons beside it, without where the folder is."""
    _shelf, wrong = library.load([path.parent], "en")
    return [str(problem).removeprefix(f"{path.parent}/") for problem in wrong]


def test_a_lesson_is_read_with_its_steps_and_their_lines(write: Write) -> None:
    lesson = read(write(HEAD + STEP + "\n## The end\n\nThat was all.\n"), "en")
    assert (lesson.number, lesson.slug, lesson.title, lesson.minutes) == (15, "tea-time", "Tea time", 3)
    assert [step.title for step in lesson.steps] == ["An order", "The end"]
    assert lesson.steps[0].say == "Somebody orders."
    assert lesson.steps[0].until == [{"hop": "ack", "topic": "orders"}]
    assert (lesson.steps[0].line, lesson.steps[0].line_of("until")) == (8, 15)


def test_a_right_lesson_has_no_faults(write: Write) -> None:
    assert told(write(HEAD + STEP)) == []


FAULTS = {
    "an unknown action": (STEP.replace("place-order", "make-tea"), 14, "There is no action “make-tea”"),
    "an unknown panel": (
        STEP.replace('press = "place-order"', 'panel = "tea", label = "Tea"'),
        14,
        "There is no panel “tea”",
    ),
    "a control that does not exist": (
        STEP.replace('press = "place-order"', 'panel = "members", change = "dance", label = "Dance"'),
        14,
        "change must be one of",
    ),
    "a setting's value": (
        STEP.replace(
            'press = "place-order"',
            'panel = "group", group = "restaurant", setting = "work", value = "9", label = "Slow"',
        ),
        14,
        "work can't be “9”",
    ),
    "an unknown part": (STEP.replace('["orders"]', '["teapots"]'), 13, "show can't be “teapots”"),
    "a press with text": (
        STEP.replace('press = "place-order"', 'press = "place-order", with = "x"'),
        14,
        "with is a table",
    ),
    "a press as often as text": (
        STEP.replace('press = "place-order"', 'press = "place-order", times = "3"'),
        14,
        "times is a whole number",
    ),
    "more members than a group can have": (
        STEP.replace('{ hop = "ack", topic = "orders" }', '{ members = "restaurant", at_least = 7 }'),
        15,
        "This can't happen",
    ),
    "more partitions than there are": (
        STEP.replace('hop = "ack", topic = "orders"', 'hop = "assign", group = "restaurant", owns = 9'),
        15,
        "This can't happen",
    ),
    "an unknown hop": (STEP.replace('"ack"', '"boil"'), 15, "hop can't be “boil”"),
    "a partition that there is not": (
        STEP.replace('topic = "orders" }', 'topic = "orders", partition = 3 }'),
        15,
        "This can't happen",
    ),
    "a group that does not read it": (
        STEP.replace('"ack", topic = "orders"', '"poll", topic = "order-events", group = "restaurant"'),
        15,
        "This can't happen",
    ),
    "what such a hop never has": (
        STEP.replace('topic = "orders" }', 'topic = "orders", group = "restaurant" }'),
        15,
        "This can't happen: an ack has no group",
    ),
    "a partition of who joins": (
        STEP.replace('hop = "ack", topic = "orders"', 'hop = "join", partition = 1'),
        15,
        "This can't happen: a join has no partition",
    ),
    "how much is owned by who has read": (
        STEP.replace('topic = "orders" }', "owns = 1 }"),
        15,
        "This can't happen: an ack has no owns",
    ),
    "an answer that such a hop never has": (
        STEP.replace(
            "until =",
            'predict = { ask = "?", options = ["0"], answer = { first = { hop = "send" }, field = "offset" } }'
            "\nuntil =",
        ),
        15,
        "This can't be answered: a send has no offset",
    ),
    "more at least than at most": (
        STEP.replace('hop = "ack", topic = "orders"', 'lag = "restaurant", at_least = 5, at_most = 2'),
        15,
        "This can't happen: at_least is more than at_most",
    ),
    "an until behind another page": (
        STEP.replace('press = "place-order"', 'open = "lanes"'),
        15,
        "This until can't happen",
    ),
    "bad TOML": (STEP.replace("do = {", "do = {{"), 14, "This is no TOML"),
    "a key that there is not": (STEP.replace("show =", "shows ="), 13, "There is no “shows”"),
    "a block without an end": (STEP.replace("```\n", ""), 12, "This block has no end"),
    "a step without a title": (STEP.replace("## An order", "## "), 8, "This step has no title"),
    "a step that says nothing": (STEP.replace("Somebody orders.\n", ""), 8, "This step says nothing"),
    "a panel with a field that it does not have": (
        STEP.replace(
            'press = "place-order"', 'panel = "members", group = "restaurant", chance = "add", label = "Add"'
        ),
        14,
        "There is no “chance” in members",
    ),
    "a panel that is a list": (
        STEP.replace('press = "place-order"', 'panel = ["x"]'),
        14,
        "There is no panel",
    ),
    "a place that a group does not read": (
        STEP.replace(
            'press = "place-order"',
            'panel = "bookmark", group = "restaurant", to = "end", place = "orders/7", label = "Jump"',
        ),
        14,
        "place can't be “orders/7”",
    ),
    "a number to do": (STEP.replace('{ press = "place-order" }', "5"), 14, "do is a table or a list"),
    "numbers to do": (STEP.replace('{ press = "place-order" }', "[5]"), 14, "“5” is no table"),
    "fewer records than none": (
        STEP.replace('topic = "orders" }', 'topic = "orders", records = -1 }'),
        15,
        "records is 1 at least",
    ),
    "a question without answers to choose from": (
        STEP.replace(
            "until =", 'predict = { ask = "?", options = [], answer = { lag = "restaurant" } }\nuntil ='
        ),
        15,
        "This prediction needs options",
    ),
    "what a ledger does not count": (
        STEP.replace(
            "until =",
            'predict = { ask = "?", options = ["0"], answer = { ledger = "restaurant", field = "x" } }\nuntil =',
        ),
        15,
        "field can't be “x”",
    ),
    "a prediction that is never answered": (
        STEP.replace("until = {", 'predict = { ask = "?", options = ["0"], answer = {').replace(
            'hop = "ack", topic = "orders" }', 'lag = "restaurant" } }'
        ),
        15,
        "this step needs an until",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_step_is_told_once_with_file_line_and_step(write: Write, fault: str) -> None:
    step, line, words = FAULTS[fault]
    (message,) = told(write(HEAD + step))
    assert message.startswith(f"15-tea-time.md:{line}: step 1: ")
    assert words in message


HEADS = {
    "no title": (HEAD.replace('title = "Tea time"\n', ""), 1, "The head has no title."),
    "bad TOML": (HEAD.replace("minutes = 3", "minutes = three"), 5, "This is no TOML"),
    "no scenario of that name": (HEAD.replace("food-delivery", "tea"), 4, "There is no scenario “tea”"),
    "no end": ("+++\n", 1, "Its head has no end"),
    "no head": ("", 1, "It begins with a line of +++"),
    "a topic set up that there is not": (
        HEAD.replace("minutes = 3\n", "minutes = 3\n[setup]\npartitions = { tea = 2 }\n"),
        6,
        "partitions names “tea”",
    ),
    "more partitions than a picture can show": (
        HEAD.replace("minutes = 3\n", "minutes = 3\n[setup]\npartitions = { orders = 13 }\n"),
        6,
        "partitions of orders can be 1 to 12.",
    ),
    "partitions that are a number": (
        HEAD.replace("minutes = 3\n", "minutes = 3\n[setup]\npartitions = 3\n"),
        6,
        "partitions is a table",
    ),
    "controls that are a number": (
        HEAD.replace("minutes = 3\n", "minutes = 3\n[setup]\ncontrols = 3\n"),
        6,
        "controls is a list",
    ),
    "no whole minute": (HEAD.replace("minutes = 3", "minutes = 0"), 5, "minutes is 1 at least"),
    "a source without an address": (
        HEAD.replace("minutes = 3\n", 'minutes = 3\nsources = [{ title = "Tea", url = "tea" }]\n'),
        6,
        "A source has a title and a url",
    ),
    "a number that is text": (HEAD.replace("minutes = 3", 'minutes = "3"'), 5, "minutes is a whole number"),
}


@pytest.mark.parametrize("fault", HEADS)
def test_a_fault_in_the_head_is_told_once_with_file_and_line(write: Write, fault: str) -> None:
    head, line, words = HEADS[fault]
    (message,) = told(write(head + STEP))
    assert message.startswith(f"15-tea-time.md:{line}: ")
    assert words in message


VALUES: tuple[Any, ...] = (5, -1, True, 1.5, "x", "", [], ["x"], [5], [[]], [{}], {}, {"x": 1})


@pytest.mark.parametrize("slug", ["bookmarks", "queues-too"])
def test_whatever_stands_at_a_place_of_a_lesson_is_told_once_at_most_and_breaks_nothing(slug: str) -> None:
    lesson = library.load([library.OURS], "en")[0][slug]
    heads = (replace(lesson, head=head) for head in spoilt(lesson.head))
    steps = (
        replace(lesson, steps=(replace(step, does=does),))
        for step in lesson.steps
        for does in spoilt(step.does)
    )
    for one in itertools.chain(heads, steps):
        assert len(problems(one)) <= 1, (one.head, one.steps[0].does)


def spoilt(found: Any) -> Iterator[Any]:
    """The same with one thing in it that is something else."""
    if isinstance(found, Mapping):
        for key, value in found.items():
            yield from ({**found, key: other} for other in itertools.chain(VALUES, spoilt(value)))
    elif isinstance(found, list):
        for at, value in enumerate(found):
            for other in itertools.chain(VALUES, spoilt(value)):
                yield [*found[:at], other, *found[at + 1 :]]


def test_a_lesson_may_have_twelve_partitions(write: Write) -> None:
    twelve = HEAD.replace("minutes = 3\n", "minutes = 3\n[setup]\npartitions = { orders = 12 }\n")
    assert told(write(twelve + STEP)) == []


def test_lessons_that_lead_round_in_a_circle_are_told_once(write: Write) -> None:
    chained = HEAD.replace("minutes = 3", 'minutes = 3\nnext = "{}"')
    write(chained.format("cake") + STEP)
    path = write(chained.format("tea-time") + STEP, "16-cake.md")
    (message,) = told(path)
    assert message.startswith("15-tea-time.md:6: ")
    assert "would never come to an end" in message


def test_a_link_to_a_lesson_that_there_is_not_is_told(write: Write) -> None:
    (message,) = told(write(HEAD.replace("minutes = 3", 'minutes = 3\nnext = "cake"') + STEP))
    assert message.startswith("15-tea-time.md:6: next can't be “cake”")


def test_a_file_that_is_no_text_or_has_no_number_is_told(write: Write) -> None:
    path = write("", "tea.md")
    path.with_name("16-cake.md").write_bytes(b"+++\ntitle = \xff\n")
    assert [message.split(":")[0] for message in told(path)] == ["16-cake.md", "tea.md"]
    with pytest.raises(BadLesson):
        read(path, "en")


def test_a_huge_file_is_told_and_not_read(write: Write) -> None:
    (message,) = told(write(HEAD + STEP + "x" * 10_000_000))
    assert message == "15-tea-time.md:1: It is longer than 200,000 bytes."


def test_a_folder_in_the_place_of_a_file_is_told(write: Write) -> None:
    path = write(HEAD + STEP)
    path.with_name("16-cake.md").mkdir()
    (message,) = told(path)
    assert message.startswith("16-cake.md:1: It can't be read")


def test_two_files_of_one_address_are_told(write: Write) -> None:
    write(HEAD + STEP)
    (message,) = told(write(HEAD + STEP, "16-tea-time.md"))
    assert message.startswith("16-tea-time.md:1: 15-tea-time.md has the same address")


def test_a_translation_may_change_words_only(write: Write, settings: LazySettings) -> None:
    settings.KAFKAVIZ_LESSONS_DIR = write(HEAD + STEP).parent
    write(
        HEAD.replace("Tea time", "चाय") + STEP.replace("Somebody orders.", "कोई मँगाता है।"),
        "hi/15-tea-time.md",
    )
    assert [str(problem) for problem in library.check()[0]] == []
    write(HEAD + STEP.replace("ack", "poll"), "hi/15-tea-time.md")
    (problem,) = library.check()[0]
    assert "something else than its original" in problem.message


KAFKAS = (
    r"(?i)\b(topic|partition|offset|record|producer|consumer|broker|group|member|log|lag|hash|key)s?\b"
    r"|\bcommit"
)


def test_a_lesson_in_plain_words_has_none_of_kafka_s() -> None:
    plain = library.load([library.OURS], settings.PLAIN)[0]
    assert "the-post-office" in plain
    for lesson in plain.values():
        for step in lesson.steps:
            assert not re.search(KAFKAS, words_of([step.title, step.say, step.does])), step.title


def words_of(found: Any) -> str:
    """What a reader sees of a step."""
    if isinstance(found, Mapping):
        seen = ("then", "hint", "label", "ask", "words")
        parts = [one for key, one in found.items() if key in seen or not isinstance(one, str)]
        return " ".join(map(words_of, parts))
    return " ".join(map(words_of, found)) if isinstance(found, list) else str(found)


def test_ours_have_no_faults_and_what_is_not_translated_is_listed() -> None:
    assert "All lessons can be taught." in checked()


def test_the_command_names_a_teacher_s_own_lessons_or_says_that_it_found_none(
    write: Write, settings: LazySettings
) -> None:
    path = write(HEAD + STEP, "15-tea-time.txt")
    settings.KAFKAVIZ_LESSONS_DIR = path.parent
    assert f"{path.parent}: no lesson: its file is named such as 15-tea-time.md." in checked()
    write(HEAD + STEP)
    assert f"{path.parent}: Tea time." in checked()


def checked() -> str:
    out = StringIO()
    call_command("check_lessons", stdout=out, stderr=out)
    return out.getvalue()


def test_the_command_fails_with_a_line_for_each_fault(write: Write, settings: LazySettings) -> None:
    path = write(HEAD + FAULTS["an unknown action"][0])
    settings.KAFKAVIZ_LESSONS_DIR = path.parent
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("check_lessons", stdout=StringIO(), stderr=err)
    assert err.getvalue().count(str(path)) == 1


def test_a_lesson_of_a_teacher_s_own_stands_in_for_one_of_ours(write: Write) -> None:
    path = write(HEAD + STEP, "01-the-post-office.md")
    shelf, wrong = library.load([library.OURS, path.parent], "en")
    assert wrong == []
    assert shelf["the-post-office"].title == "Tea time"
