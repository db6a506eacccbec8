"""What docs/security.md says is held by tests that there are."""

import re

from tests.servers import ROOT


def test_every_test_that_is_named_exists() -> None:
    page = (ROOT / "docs/security.md").read_text()
    code = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", page))
    assert len(named) > 40
    assert {name for name in named if f"def {name}(" not in code} == set()
    for path in re.findall(r"`(tests/js/\S+)`", page):
        assert (ROOT / path).is_file(), path
