"""A class as a table that spreadsheets read: a line a tap, a question, an answer, a vote."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from django.utils import translation
from django.utils.translation import gettext as _

from apps.classes.questions import Question
from apps.classes.register import Register, Tap
from apps.scenarios.base import ConsumerGroup, Scenario

BOM = "\ufeff"
"""Without it spreadsheets take UTF-8 for something older."""
_FORMULAS = tuple("=+-@\t\r\n＝＋－＠")
"""Beginnings that a spreadsheet would take for a formula, and carry out."""
_AT_ONCE = 200
"""Lines that are made in one go: some milliseconds, for others wait meanwhile."""
Row = Sequence[str | int]


def harmless(cell: str | int) -> str | int:
    """Somebody else's words, as words and nothing else."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell


def head(scenario: Scenario) -> str:
    place = [_("Topic"), _("Partition"), _("Offset"), _("Log")]
    groups = [_("Read by: %(group)s") % {"group": _(group.title)} for group in _readers(scenario)]
    asked = [_("Question"), _("Answer"), _("Votes"), _("Right")]
    return _written([[_("Kind"), _("Time (UTC)"), _("Name"), _("Key"), *place, *groups, *asked]])


async def body(
    register: Register, names: dict[int, str], scenario: Scenario, language: str
) -> AsyncIterator[str]:
    """Pieces of the table; `names` are people's, by number."""
    rows = _rows(register, names, scenario)
    while True:
        with translation.override(language):
            piece = list(islice(rows, _AT_ONCE))
        if not piece:
            return
        yield _written(piece)
        await asyncio.sleep(0)


def _readers(scenario: Scenario) -> list[ConsumerGroup]:
    """The story's groups that read what people send."""
    return [group for group in scenario.groups if scenario.topics[0].name in group.topics]


def _rows(register: Register, names: dict[int, str], scenario: Scenario) -> Iterator[Row]:
    groups, did = _readers(scenario), _words_of_steps()
    for tap, log in register.taps():
        yield _tapped(register, tap, log, groups, did)
    blank = [""] * (4 + len(groups))
    for question in list(register.questions):
        yield from _asked(question, names, blank)


def _words_of_steps() -> dict[str, str]:
    return {
        "read": _("%(member)s: read"),
        "handled": _("%(member)s: handled"),
        "committed": _("%(member)s: committed"),
    }


def _tapped(register: Register, tap: Tap, log: int, groups: list[ConsumerGroup], did: dict[str, str]) -> Row:
    read = [
        register.readings.of(log, group.name, tap.topic, tap.partition, tap.offset).items()
        for group in groups
    ]
    readers = ["; ".join(did[step] % {"member": member} for member, step in found) for found in read]
    place: Row = [tap.topic, tap.partition, tap.offset, log or ""]
    return [_("tap"), _when(tap.at), tap.name, tap.key, *place, *readers, "", "", "", ""]


def _asked(question: Question, names: dict[int, str], blank: list[str]) -> Iterator[Row]:
    """What was asked with what then happened; each answer with its votes; who voted for what."""
    words, counts = dict(question.options), question.counts
    when = _when(question.asked_at)
    yield [_("question"), when, "", "", *blank, question.text, question.seen, len(question.votes), ""]
    for value, title in question.options:
        right = _right(question, value)
        yield [_("answer"), when, "", "", *blank, question.text, title, counts[value], right]
    for number, value in question.votes.items():
        name, right = names.get(number, ""), _right(question, value)
        yield [_("vote"), when, name, "", *blank, question.text, words[value], "", right]


def _right(question: Question, value: str) -> str:
    if not question.answers:
        return ""
    return _("yes") if value in question.answers else _("no")


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _written(rows: Iterable[Row]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()
