import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = Path(settings.BASE_DIR) / "templates"
ROOM_MODULES = Path(settings.BASE_DIR) / "static" / "js" / "room"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles_and_has_nothing_inline(name: str) -> None:
    get_template(name)
    source = (TEMPLATES / name).read_text()
    # The page's policy forbids them, so they would silently do nothing.
    assert " style=" not in source
    assert " onclick=" not in source


def modules(start: str) -> set[str]:
    """What that module brings with it at once, itself included, and not what is imported when it is needed."""
    found, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        text = (ROOM_MODULES / name).read_text()
        waiting += re.findall(r'^import [^;]*?"\./([\w-]+\.js)"', text, re.MULTILINE)
    return found


def test_every_module_of_the_room_is_fetched_ahead_and_no_other() -> None:
    """A dozen small files that are found one after the other cost as many round trips."""
    head = (TEMPLATES / "rooms" / "_head.html").read_text()
    ahead = re.findall(r"modulepreload.*?js/room/([\w-]+\.js)", head)
    assert ahead == sorted(modules("kafka-diagram.js") - {"kafka-diagram.js"})
