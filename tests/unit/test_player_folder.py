"""What `make player` makes: what it weighs, what it holds, and whom it asks for anything."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from scripts.build_player import ROOT, languages
from tests.playerfolder import built

MOST = 47_000  # bytes, by brotli
WEIGH = """
const { brotliCompressSync } = require("node:zlib");
const { readFileSync } = require("node:fs");
console.log(process.argv.slice(1).reduce((sum, path) => sum + brotliCompressSync(readFileSync(path)).length, 0));
"""
LEFT = "left.js"
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("player")
    (folder / LEFT).touch()
    return built(folder)


def test_script_and_styles_weigh_at_most_47_kb_by_brotli(folder: Path) -> None:
    files = [str(folder / name) for name in ("player.js", "player.css")]
    done = subprocess.run(["node", "-e", WEIGH, *files], capture_output=True, text=True, check=True)
    assert 20_000 < int(done.stdout) <= MOST


def test_it_is_a_package_whose_files_are_all_there(folder: Path) -> None:
    package = json.loads((folder / "package.json").read_text())
    assert package["name"] == "kafkaviz-player" and "private" not in package
    for pattern in [package["main"], *package["files"], "README.md", "LICENCE"]:
        assert list(folder.glob(pattern)), pattern
    assert {path.name for path in folder.glob("words-*.js")} == {f"words-{each}.js" for each in languages()}


def test_its_script_names_no_address(folder: Path) -> None:
    script = (folder / "player.js").read_text() + (folder / "player.css").read_text()
    assert set(re.findall(r"https?://[\w./-]+", script)) <= NAMESPACES
    assert "/api/" not in script and "WebSocket" not in script


def test_it_is_built_in_place_of_what_was_there(folder: Path) -> None:
    assert not (folder / LEFT).exists()
    assert (folder / "run.ndjson").read_bytes() == (ROOT / "traces" / "broker-dies.ndjson").read_bytes()


def test_each_language_has_its_catalogue_and_the_page_in_it(folder: Path) -> None:
    catalogue, page = (folder / "words-hi.js").read_text().split("globalThis.kafkavizMarkup")
    assert json.dumps("चलाएँ") in catalogue
    assert re.search(r"[\u0900-\u097f]", page)
