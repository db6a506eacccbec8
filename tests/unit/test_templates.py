from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = Path(settings.BASE_DIR) / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles_and_has_nothing_inline(name: str) -> None:
    get_template(name)
    source = (TEMPLATES / name).read_text()
    # The page's policy forbids them, so they would silently do nothing.
    assert " style=" not in source
    assert " onclick=" not in source
