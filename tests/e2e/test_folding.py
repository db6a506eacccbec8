"""Twelve partitions in a real browser: seven are one row that counts them and unfolds at a press, by keys too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.client import crowd
from tests.e2e.measuring import faults
from tests.e2e.test_flood import Watcher
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
LESSON = """+++
title = "Twelve slots"
summary = "A topic of twelve partitions."
scenario = "hearts"
minutes = 3
sandbox = true
[setup]
partitions = { hearts = 12 }
+++

## A heart

Send one.

```toml
do = { press = "send-heart" }
until = { hop = "ack", topic = "hearts" }
```
"""
ROWS = "kafka-diagram .name text"
FOLD = "kafka-diagram .unfold"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With a lesson of a teacher's own."""
    lessons = tmp_path_factory.mktemp("lessons")
    (lessons / "20-twelve-slots.md").write_text(LESSON)
    server = Server(tmp_path_factory.mktemp("school"), KAFKAVIZ_LESSONS_DIR=lessons).start()
    yield server
    server.stop_and_check()


@pytest.fixture(params=[1280, 360])
def learner(browser: Browser, school: Server, request: pytest.FixtureRequest) -> Iterator[Watcher]:
    learner = Watcher(browser, school, request.param, 740)
    learner.go("/lessons/twelve-slots/")
    learner.page.wait_for_selector('kafka-diagram[data-state="live"]')
    learner.page.locator("kafka-diagram").scroll_into_view_if_needed()
    assert wait_for(lambda: "hearts P0–P11" in learner.pictured()), learner.pictured()
    yield learner
    learner.page.close()
    assert learner.complaints == []


def rows(learner: Watcher) -> int:
    return sum(text.startswith("P") for text in learner.page.locator(ROWS).all_text_contents())


def test_seven_of_twelve_partitions_are_one_row_that_unfolds_at_a_press(learner: Watcher) -> None:
    assert rows(learner) == 5
    assert any(text.startswith("+ 7 more: 0 records") for text in learner.pictured())
    assert faults(learner.page) == []
    learner.page.locator(FOLD).click()
    assert rows(learner) == 12
    assert learner.page.locator(FOLD).count() == 0
    assert faults(learner.page) == []
    learner.page.locator("[data-all-rows]").uncheck()
    assert rows(learner) == 5


def test_keys_unfold_it_and_the_focus_is_where_it_folds_again(learner: Watcher) -> None:
    learner.page.locator(FOLD).focus()
    learner.page.keyboard.press("Enter")
    assert rows(learner) == 12
    assert learner.page.evaluate("document.activeElement.matches('[data-all-rows]')")
    learner.page.keyboard.press("Space")
    assert rows(learner) == 5


def test_what_is_folded_counts_on_in_a_flood(learner: Watcher) -> None:
    page = learner.page
    code = page.evaluate("JSON.parse(document.querySelector('#topology').textContent).code")
    room = {"code": code, "token": page.evaluate("document.body.dataset.token")}
    crowd(learner.server, room, 4_000)

    def folded() -> str:
        return next(text for text in learner.pictured() if text.startswith("+ 7 more"))

    assert wait_for(lambda: folded().endswith("/s")), folded()
    assert faults(page) == []
    crowd(learner.server, room, 0)

    def stored() -> int:
        return sum(
            part["end"] for part in learner.api(code)["topics_state"]["hearts"] if part["partition"] > 4
        )

    assert wait_for(lambda: f"{stored():,} records" in folded()), folded()
