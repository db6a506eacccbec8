"""What a name may be made of that a person of a class chooses."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.classes.names import is_given, key_of, name_of
from apps.classes.ownnames import MOST, checked, folded
from apps.scenarios.refusals import Refused

UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u180f\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060"
    "\u2066\u2069\u206f\u2800\u3164\ufe00\ufe0f\ufeff\uffa0\ufff9\U000e0001\U000e0020\U000e0100\U000e01ef"
)
"""What turns words round, or takes no room, or only looks like a space."""
LATIN = "abcxyzABCXYZ019 -'\u2019\u00e9\u00df"
MARKS = "\u0301\u0316\u0323\u20dd\u0489\u093c\u0940\u0902\u05b8\u064e"
OTHER = "\u0915\u0916\u05e9\u0634\u1019\u4e2d\u3042\u30fc\uac00\u0e01\u0e33\u0130\ufdfa\U0001d400\u0967\u00b2\u2167"
texts = st.one_of(
    st.text(max_size=40), st.text(alphabet=LATIN + MARKS + OTHER + UNSEEN + "<>&\u3000\t\n\0", max_size=24)
)
likely = st.text(alphabet=LATIN + OTHER + MARKS, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Zo\u00eb", "Zo\u00eb"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("  Anna \u00a0\u3000 Lena ", "Anna Lena"),
        ("O\u2019Brien", "O'Brien"),
        ("Jean\u2010Luc 2", "Jean-Luc 2"),
        ("Nguy\u1ec5n", "Nguy\u1ec5n"),
        (
            "\u0916\u093c\u093e\u0901 \u0938\u093e\u0939\u092c",
            "\u0916\u093c\u093e\u0901 \u0938\u093e\u0939\u092c",
        ),
        ("\u1019\u103c\u102d\u102f\u1037", "\u1019\u103c\u102d\u102f\u1037"),  # Burmese: four marks
        ("\u05e9\u05c1\u05bc\u05b8\u05d1", "\u05e9\u05c1\u05bc\u05b8\u05d1"),  # Hebrew, pointed
        (
            "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f",
            "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f",
        ),
        ("\u0e19\u0e49\u0e33\u0e1d\u0e19", "\u0e19\u0e49\u0e33\u0e1d\u0e19"),
        ("\u5c0f\u660e", "\u5c0f\u660e"),
        ("\uae40\ubbfc\uc900", "\uae40\ubbfc\uc900"),
        ("\u30e6\u30fc\u30ad", "\u30e6\u30fc\u30ad"),
        ("x" * MOST, "x" * MOST),
        ("42", "42"),
    ],
)
def test_a_name_of_any_script_is_one(text: str, name: str) -> None:
    assert checked(text) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "  x  ",
        "x" * (MOST + 1),
        "   ",
        "--",
        "-Ann",
        "Ann-",
        "'Ann'",
        "<b>Ann</b>",
        "Ann&amp;",
        "{{ 7 }}",
        "Ann/Bob",
        "Ann\tBob",
        "Ann\nBob",
        "Ann\u2028Bob",
        "Ann\0",
        "Ann\x1b[2J",
        "\U0001f600 Ann",
        "Ann\u20dd",
        "Ann \u0301e",
        "\u0301Ann",
        "e\u0301\u0301\u0301\u0301n",
        "a" + "\u0301\u0316" * 9,
        "\u0915" + "\u093f" * 5,
        "\u2160\u2167",
        "\ue000\ue001",
        *(f"Ann{char}a" for char in UNSEEN),
        *(char * 3 for char in UNSEEN),
    ],
)
def test_what_is_no_name_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Refused, match=r"^A name has 2 to 20 characters: .*\.$") as refused:
        checked(text)
    assert refused.value.code == "bad-name"


@given(texts | likely)
def test_whatever_is_typed_nothing_is_shown_that_may_not_be(text: str) -> None:
    try:
        name = checked(text)
    except Refused:
        return
    assert 2 <= len(name) <= MOST
    assert name == unicodedata.normalize("NFC", name) == " ".join(name.split())
    assert not set(name) & set(UNSEEN + '<>&"`{}/\\')
    for char in name:
        category = unicodedata.category(char)
        assert category[0] == "L" or category in ("Nd", "Mn", "Mc") or char in " -'\u058a\u05be\u055a\u05f3"
    piled = [unicodedata.combining(char) >= 200 for char in name]
    assert not any(all(piled[at : at + 3]) for at in range(len(piled) - 2))
    assert checked(name) == name
    assert " " not in key_of(name)
    assert 0 < len(folded(name)) <= 400


@given(likely, likely)
def test_names_with_one_key_are_one_name(one: str, other: str) -> None:
    assert key_of(one) != key_of(other) or folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann Lee", "ann-lee"),
        ("Stra\u00dfe", "STRASSE"),
        ("\uff21\uff4e\uff4e", "Ann"),
        ("\U0001d400\U0001d427\U0001d427", "Ann"),
        ("\u0130pek", "i\u0307pek"),
    ],
)
def test_names_that_only_look_different_are_one_name(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@given(st.text(alphabet="23456789BCDFGHJKMNPQRSTVWXYZ", min_size=6, max_size=6), st.integers(1, 10_000))
def test_every_given_name_is_known_as_one(code: str, number: int) -> None:
    name = name_of(code, number)
    assert is_given(folded(name))
    assert checked(name) == name


def test_a_name_that_nobody_is_given_is_free() -> None:
    assert not is_given(folded("Amber Person"))
