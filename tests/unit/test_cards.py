"""The pictures beside links to us elsewhere, as they lie in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image, ImageStat

from apps.embeds.cards import Card, cards
from apps.rooms.builtin import BUILTIN, STORY_RUNS
from scripts.draw_cards import FOLDER, MOMENTS, MOST_BYTES

ALL = [card for run in BUILTIN for card in cards(run)]


@pytest.mark.parametrize("card", ALL, ids=lambda card: f"{card.run}-{card.width}")
def test_each_run_has_a_light_picture_of_the_size_that_is_told(card: Card) -> None:
    path = Path(settings.BASE_DIR) / "static" / card.file
    assert path.stat().st_size <= MOST_BYTES
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("PNG", (card.width, card.height))
        grey = ImageStat.Stat(picture.convert("L"))
    assert grey.mean[0] > 200
    assert grey.stddev[0] > 10, "it is blank"


def test_there_is_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {Path(card.file).name for card in ALL}
    assert MOMENTS.keys() == BUILTIN.keys()


def test_what_has_no_picture_of_its_own_has_that_of_its_story() -> None:
    assert [card.run for card in cards("broker-dies", "food-delivery")] == ["broker-dies"] * 2
    assert cards("2345BC", "hearts")[0].run == STORY_RUNS["hearts"]
    assert cards("2345BC", "a story that is gone")[0].run == cards()[0].run == "food-order"
