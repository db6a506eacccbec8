"""Trouble that lasts is two lines in the log, however often it is met."""

from __future__ import annotations

import logging

import pytest

from apps.rooms.spells import Spell

logger = logging.getLogger("apps.test")


@pytest.fixture(autouse=True)
def all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "apps.test")


def new_spell() -> Spell:
    return Spell(logger, logging.INFO, "No broker answers", "A broker answers again")


def test_its_begin_and_its_end_are_told(caplog: pytest.LogCaptureFixture) -> None:
    spell = new_spell()
    for _ in range(3):
        spell.met("Connection\n  refused")
    assert spell.lasts
    for _ in range(3):
        spell.over()
    assert caplog.messages == ["No broker answers: Connection refused", "A broker answers again"]


def test_where_all_is_well_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    spell = new_spell()
    spell.over()
    assert not spell.lasts
    assert caplog.messages == []


def test_it_is_told_again_when_it_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    spell = new_spell()
    for _ in range(2):
        spell.met("Connection refused")
        spell.over()
    assert len(caplog.messages) == 4
