"""What people type for a room's code."""

from __future__ import annotations

import pytest

from apps.rooms.joining import as_code


@pytest.mark.parametrize(
    "text",
    [
        "K7M2QX",
        "k7m2qx",
        " k7m 2qx ",
        "K7M-2QX",
        "k7m\u00a02qx",
        "(K7M.2QX)",
        "Ｋ７Ｍ２ＱＸ",
        "k 7 m 2 q x",
        "K7M_2QX\n",
    ],
)
def test_a_code_is_one_in_any_case_spacing_and_width(text: str) -> None:
    assert as_code(text) == "K7M2QX"


@pytest.mark.parametrize(
    "text", ["", "   ", "K7M2Q", "K7M2QXX", "K7M2QA", "K7M2Q\x00", "🍜🍜🍜🍜🍜🍜", "a" * 10_000, "\ud800"]
)
def test_what_can_t_be_a_code_is_none(text: str) -> None:
    assert as_code(text) == ""
