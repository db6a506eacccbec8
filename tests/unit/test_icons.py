"""Pictures of ours: each that a template names is in the sprite, and each story has one."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from django.conf import settings

from apps.rooms.templatetags.icons import SPRITE, icon
from apps.scenarios.catalog import SCENARIOS

NAMED = re.compile(r'{% icon "([\w-]+)"')


def test_each_icon_that_a_template_names_is_there_and_no_other() -> None:
    templates = (settings.BASE_DIR / "templates").rglob("*.html")
    named = {name for path in templates for name in NAMED.findall(path.read_text())}
    namespace = "{http://www.w3.org/2000/svg}"
    kept = {symbol.get("id") for symbol in ElementTree.parse(SPRITE).iter(f"{namespace}symbol")}
    assert kept == named | set(SCENARIOS)


@pytest.mark.parametrize("slug", SCENARIOS)
def test_a_story_s_icon_needs_no_font(slug: str) -> None:
    assert re.fullmatch(r'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><.+></svg>', icon(slug))


def test_a_story_without_a_picture_of_ours_has_its_own_sign() -> None:
    assert icon("a-new-story", "<🦊>") == '<span class="icon" aria-hidden="true">&lt;🦊&gt;</span>'
