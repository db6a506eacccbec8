"""Nobody can write to the log faster than whoever runs the server can read."""

from __future__ import annotations

import logging
from time import monotonic

import pytest

from kafkaviz import logs
from kafkaviz.logs import AT_ONCE, PER_MINUTE, Sparing


def line(text: str, at: int = 1, name: str = "apps.rooms", *values: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "file.py", at, text, values, None)


def passed(sparing: Sparing, records: list[logging.LogRecord]) -> list[str]:
    return [record.getMessage() for record in records if sparing.filter(record)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Its one element is what the time is."""
    now = [monotonic()]
    monkeypatch.setattr("apps.rooms.limits.monotonic", lambda: now[0])
    return now


def test_of_a_thousand_lines_of_a_kind_the_first_pass_and_then_a_few_a_minute(clock: list[float]) -> None:
    sparing = Sparing()
    assert len(passed(sparing, [line(f"No {number}") for number in range(1000)])) == AT_ONCE
    clock[0] += 60
    assert len(passed(sparing, [line(f"No {number}") for number in range(1000)])) == PER_MINUTE


def test_the_next_that_passes_tells_how_many_did_not(clock: list[float]) -> None:
    sparing = Sparing()
    passed(sparing, [line("Again")] * (AT_ONCE + 7))
    clock[0] += 60
    assert passed(sparing, [line("%s, and 100 %%", 1, "apps.rooms", "Again")]) == [
        "Again, and 100 % (and 7 more like this)"
    ]


def test_another_kind_passes_meanwhile(clock: list[float]) -> None:
    sparing = Sparing()
    passed(sparing, [line("Again")] * 1000)
    assert passed(sparing, [line("A runner died", at=2), line("Away", name="apps.kafka")]) == [
        "A runner died",
        "Away",
    ]


def test_what_is_remembered_of_kinds_has_a_bound(clock: list[float]) -> None:
    sparing = Sparing()
    for at in range(5000):
        passed(sparing, [line("Again", at=at)] * (AT_ONCE + 1))
    assert len(sparing._left_out) <= logs._MOST_KINDS
