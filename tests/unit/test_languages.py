"""What translators wrote: whole, compiled, and with every value in its place."""

from __future__ import annotations

import contextlib
import gettext
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.conftest import require
from tests.servers import ROOT

FILES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
_NAME = re.compile(r"%\(\w+\)s")
Words = dict[str | tuple[str, int], str]
Compile = Callable[[Path], Words]


def words_of(compiled: Path) -> Words:
    with compiled.open("rb") as file:
        catalog: Words = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return catalog


@pytest.fixture
def compile_words(tmp_path: Path) -> Compile:
    if shutil.which("msgfmt") is None:
        require("gettext", "msgfmt of GNU gettext was not found")

    def compiled(file: Path) -> Words:
        made = tmp_path / "made.mo"
        subprocess.run(["msgfmt", "--check", "-o", str(made), str(file)], check=True)
        return words_of(made)

    return compiled


@pytest.fixture
def collected(tmp_path: Path) -> Path:
    """What is on screen now, beside what Hindi has for it."""
    if shutil.which("xgettext") is None:
        require("gettext", "xgettext of GNU gettext was not found")
    # Where there is a folder of words beside what is read, Django writes into that one.
    for folder in ("apps", "kafkaviz", "locale", "static", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    with override_settings(LOCALE_PATHS=[tmp_path / "locale"]), contextlib.chdir(tmp_path):
        for domain in ("django", "djangojs"):
            call_command("makemessages", domain=domain, locale=["hi"], verbosity=0)
    return tmp_path / "locale"


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_what_is_served_is_what_the_translators_wrote(file: Path, compile_words: Compile) -> None:
    assert words_of(file.with_suffix(".mo")) == compile_words(file), "run make messages"


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_a_translation_has_the_values_of_the_original(file: Path) -> None:
    words = words_of(file.with_suffix(".mo"))
    assert words
    for key, told in words.items():
        # A plural may have other values than its singular, and only the singular is a key.
        one, form = key if isinstance(key, tuple) else (key, 0)
        if one and form == 0:
            assert sorted(_NAME.findall(told)) == sorted(_NAME.findall(one)), one


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_hindi_has_a_word_for_everything_on_screen(collected: Path, domain: str) -> None:
    file = collected / "hi" / "LC_MESSAGES" / f"{domain}.po"
    for kind in ("--untranslated", "--only-fuzzy"):
        left = subprocess.run(
            ["msgattrib", kind, "--no-obsolete", str(file)], capture_output=True, text=True, check=True
        )
        assert left.stdout == "", "run make messages, and translate"
