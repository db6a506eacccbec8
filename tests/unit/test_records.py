"""What is told of a record that was read back goes over a link: however large the record, it must fit."""

import json

import pytest

from apps.kafka.readback import Kept
from apps.rooms.link import MOST
from apps.rooms.records import told

WIDE = "😀".encode() * 500_000
"""Each character is twelve bytes in JSON as the link has it."""


@pytest.mark.parametrize(
    "record",
    [
        Kept(WIDE, WIDE, (), 0, False),
        Kept(None, None, tuple((f"n{number}", WIDE) for number in range(100)), 0, False),
        Kept(None, None, tuple((f"n{number}", b"\xff" * 2_000_000) for number in range(100)), 0, False),
        Kept(None, None, tuple(("n" * 1_000_000, b"") for _ in range(100)), 0, False),
        Kept(None, None, tuple((f"n{number}", b"v") for number in range(10_000)), 0, False),
    ],
    ids=["wide", "wide headers", "large headers", "long names", "many headers"],
)
def test_of_a_record_of_megabytes_the_beginning_is_told_and_that_there_is_more(record: Kept) -> None:
    answer = told(record)
    assert answer["cut"]
    assert len(json.dumps(answer)) < MOST / 4


def test_a_usual_record_is_told_whole() -> None:
    answer = told(
        Kept(b"k", b"v" * 60_000, tuple((f"n{number}", b"v" * 2000) for number in range(99)), 0, False)
    )
    assert not answer["cut"]
    assert len(answer["headers"]) == 99


@pytest.mark.parametrize(("kept", "shown"), [(0, 0), (7, 7), (-1, -1), (-(2**62), -1), (2**62, -1)])
def test_a_time_that_no_calendar_has_is_none(kept: int, shown: int) -> None:
    assert told(Kept(None, None, (), kept, False))["timestamp"] == shown
