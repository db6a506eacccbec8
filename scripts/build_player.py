"""Makes dist/player: a folder that plays saved runs on any static host, without a server of ours.

    make player

The scripts are those of the pages, in one file (bundle_player.mjs). What stands in the templates around the picture
is as the pages have it, for each language in a file of its own, with its catalogue: a page around it needs none of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kafkaviz.settings")

import django
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django.views.i18n import JavaScriptCatalog

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "dist" / "player"
STATIC = ROOT / "static"
TOOLS = ("esbuild", "terser")
PACKAGE = ROOT / "player"
"""What is put beside the script as it is: an example, the package's description, README and licence."""
EXAMPLE_RUN = ROOT / "traces" / "broker-dies.ndjson"
# What only whole pages have.
OF_PAGES = re.compile(
    r"^\s*((pre|main)(?= \{)|body:not\(\.behind\)|\.player-buttons \[data-live\]|\.(button\.big|top|wordmark"
    r"|skip|problem|retry|lead|words (nav|a)|notice|live-note|rates|facts|lacks|panel-title|control)\b)[^{}]*\{[^}]*\}",
    re.M,
)
# Later ones change what earlier ones say, in the order that a frame's page has them in.
STYLES = ["tokens", "base", "panels", "health", "log", "diagram", "player", "legend", "alone"]


class BuildFailed(Exception):
    """A sentence for the person at the terminal."""


class NoTools(BuildFailed):
    pass


def build(target: Path) -> None:
    """Into that folder, in place of what was there."""
    if not shutil.which("node") or not all((ROOT / "node_modules" / tool).exists() for tool in TOOLS):
        raise NoTools(
            "The player is built with Node.js 18 or newer and npm: install them, then run make player again."
        )
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(PACKAGE, target)
    shutil.copy(EXAMPLE_RUN, target / "run.ndjson")
    with tempfile.TemporaryDirectory() as folder:
        bundle(Path(folder))
        for name in ("player.js", "player.css"):
            shutil.copy(Path(folder) / name, target)
    for language in languages():
        (target / f"words-{language}.js").write_text(words(language))


def bundle(folder: Path) -> None:
    (folder / "entry.js").write_text(entry())
    (folder / "entry.css").write_text(styles())
    command = ["node", str(ROOT / "scripts" / "bundle_player.mjs"), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise BuildFailed(f"The player's scripts could not be put into one file:\n{done.stderr}")
    made = folder / "player.css"
    made.write_text(without_constants(made.read_text()))


def without_constants(css: str) -> str:
    """Tokens that have one value everywhere, put in where they are used; what nobody uses is not there."""
    declared = re.findall(r"(--[\w-]+):([^;}]+)", css)
    names = [name for name, _value in declared]
    for name, value in reversed(declared):
        if names.count(name) == 1:
            css = re.sub(rf"{name}:[^;}}]+;?", "", css).replace(f"var({name})", value)
    return css


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def entry() -> str:
    module = json.dumps(str(STATIC / "js" / "alone" / "begin.js"))
    return f"import {{ begin }} from {module};\nbegin({json.dumps(languages())});\n"


def markup(language: str) -> str:
    with translation.override(language):
        return re.sub(r"\n\s*", "\n", render_to_string("alone/page.html")).strip()


def words(language: str) -> str:
    """A script for the frame: Django's catalogue, and the page. What scripts say is English by itself."""
    with translation.override(language):
        catalogue = JavaScriptCatalog().get(RequestFactory().get("/")).content.decode()
    if language == settings.LANGUAGE_CODE:
        catalogue = ""
    return f"{catalogue}\nglobalThis.kafkavizMarkup = {json.dumps(markup(language), ensure_ascii=False)};\n"


def styles() -> str:
    """The colours of the night by the system, or because the page around wants them."""
    sheets = [OF_PAGES.sub("", (STATIC / "css" / f"{name}.css").read_text()) for name in STYLES]
    night = (STATIC / "css" / "dark.css").read_text()
    by_system = night.replace(":root", ':root[data-theme="auto"]')
    wanted = night.replace(":root", ':root[data-theme="dark"]')
    return "\n".join([*sheets, f"@media (prefers-color-scheme: dark) {{ {by_system} }}", wanted])


if __name__ == "__main__":
    django.setup()
    try:
        build(TARGET)
    except BuildFailed as failure:
        sys.exit(str(failure))
    print(
        f"Built {TARGET.relative_to(ROOT)}: try it with python3 -m http.server --directory {TARGET.relative_to(ROOT)}"
    )
