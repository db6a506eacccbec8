import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from apps.rooms import statics

TEMPLATES = Path(settings.BASE_DIR) / "templates"
SCRIPTS = Path(settings.BASE_DIR) / "static"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles_and_has_nothing_inline(name: str) -> None:
    get_template(name)
    source = (TEMPLATES / name).read_text()
    # The page's policy forbids them, so they would silently do nothing.
    assert " style=" not in source
    assert " onclick=" not in source


def imported(start: str) -> set[str]:
    """What that module brings with it at once, itself included, and not what is imported when it is needed."""
    found, waiting = set[Path](), [SCRIPTS / start]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        near = re.findall(r'^import [^;]*?"(\.[./\w-]+\.js)"', path.read_text(), re.MULTILINE)
        waiting += [(path.parent / name).resolve() for name in near]
    return {str(path.relative_to(SCRIPTS)) for path in found}


MODULES = sorted(
    {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"\{% (?:module|preload) '(.*?)' %\}", path.read_text())
    }
)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_that_a_page_needs_is_fetched_ahead_and_no_other(name: str) -> None:
    """A dozen small files that are found one after the other cost as many round trips."""
    assert statics.modules(name) == sorted(imported(name) - {name})


def test_no_page_runs_a_module_without_what_it_imports() -> None:
    assert "js/room/kafka-diagram.js" in MODULES
    assert not [name for name in NAMES if 'type="module"' in (TEMPLATES / name).read_text()]
