"""Words of people who mean no good, as keys and values of real records: they are told as words, and do nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_player import Viewer
from tests.integration import kafka_python
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
MARKUP = '<img src=x onerror="globalThis.taken = 1"><script>globalThis.taken = 1</script>'
TURNED = "\u202etxt.exe\u2066\u2067"
SHORT = 13
"""Characters of a long key that any sentence tells."""
WORDS = {
    "markup": MARKUP,
    "the end of a script": "</script><svg onload=globalThis.taken=1>",
    "turned round": TURNED,
    "right to left": "\u05e9\u05dc\u05d5\u05dd 123",
    "a tower of marks": "a" + "\u0301\u0316" * 200,
    "blank fillers": "\u3164\u1160\u2800",
    "a template": "{{ 7|add:7 }} {% now 'Y' %} ${7*7} %(key)s",
}
HEADERS = [("ce_type", b"heart.sent"), ("content-type", b"application/json")]


def traced(number: int) -> tuple[str, bytes]:
    """To be shown whole, each for itself."""
    return "traceparent", b"00-%032x-%016x-01" % (number + 1, number + 1)


def records() -> list[dict[str, Any]]:
    return [
        {
            "key": word.encode(),
            "value": json.dumps({"stream": word}).encode(),
            "headers": [*HEADERS, traced(number)],
        }
        for number, word in enumerate(WORDS.values())
    ]


def told(word: str) -> str:
    """What turns words round is shut in with itself: the sentence goes on as it began."""
    return "(key \u2068\u202etxt.exe\u2069) from hearts" if word == TURNED else word[:SHORT]


def test_whatever_a_key_or_a_value_is_made_of_it_is_told_as_words(
    browser: Browser, any_server: Server
) -> None:
    viewer = Viewer(browser, any_server)
    code = viewer.play("hearts")
    room: Any = viewer.api(code)
    made = viewer.page.locator("main img, main script:not([type])")
    lines = viewer.page.locator("#log li")
    for word, record in zip(WORDS.values(), records(), strict=True):
        # One after the other: many at once are told as numbers, when a viewer has had their bytes for a while.
        kafka_python.write(room["bootstrap_servers"], room["topics"]["hearts"], [record])
        lines.filter(has_text=told(word)).first.wait_for(state="attached")
    assert set(lines.evaluate_all("nodes => nodes.map(node => getComputedStyle(node).overflow)")) == {"clip"}
    lines.locator("button").first.click()
    viewer.page.locator("[data-strip]").wait_for()
    assert (made.count(), viewer.page.evaluate("globalThis.taken")) == (0, None)
    viewer.page.close()
    assert viewer.complaints == []
