"""Somebody who presses everything in a room of hearts, and sees what comes of it in the picture and in the words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.test_player import Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

GROUP = "trending"


class Breaker(Viewer):
    """In a room of hearts, on a screen so tall that nothing is out of sight, with the panels open."""

    def __init__(self, browser: Browser, server: Server) -> None:
        super().__init__(browser, server, 1280, 4800)

    def begin(self) -> None:
        """Every partition has a reader."""
        self.play("hearts")
        self.unfold()
        self.until(lambda: self.pictured().count("hearts P0 P1 P2") == 3)

    def unfold(self) -> None:
        panels = f"details.more[data-group={GROUP}], [data-break]"
        self.page.evaluate(f"for (const node of document.querySelectorAll('{panels}')) node.open = true")

    def until(self, condition: Callable[[], object]) -> None:
        assert wait_for(condition), (self.pictured(), self.said[:30])

    # What is pressed

    def send(self, hearts: int = 1) -> None:
        for _ in range(hearts):
            self.page.click('[data-action="send-heart"]')

    def add(self, group: str = GROUP) -> None:
        self.until_answered()
        self.page.locator(f"#{group}-add").click()

    def part(self, group: str = GROUP) -> Locator:
        return self.page.locator(f'details[data-group="{group}"]')

    def press(self, name: str, group: str = GROUP) -> None:
        self.until_answered()
        self.part(group).get_by_role("button", name=name, exact=True).click()

    def set(self, name: str, value: str, of: str = GROUP) -> None:
        self.page.locator(f"#{of}-{name}").select_option(value)

    def choose_member(self, name: str, group: str = GROUP) -> None:
        self.until_answered()
        self.page.locator(f"#{group}-member").select_option(name)

    def letters(self, name: str) -> None:
        self.until_answered()
        self.page.locator("#letters").get_by_role("button", name=name).click()

    def broker(self, name: str) -> None:
        self.until_answered()
        self.page.locator("#brokers").get_by_role("button", name=name).click()

    # What is seen

    @property
    def said(self) -> list[str]:
        return self.page.locator("#log li").all_inner_texts()

    def until_said(self, words: str) -> None:
        self.until(lambda: any(words in line for line in self.said))

    def until_pictured(self, *words: str) -> None:
        """All of them at once."""
        self.until(lambda: self.is_pictured(words))

    def is_pictured(self, words: Sequence[str]) -> bool:
        texts = self.pictured()
        return all(any(one in text for text in texts) for one in words)

    def until_members(self, number: int) -> None:
        """What the panel says."""
        count = self.page.locator(f'[data-members="{GROUP}"]')
        self.until(lambda: count.inner_text() == str(number))

    def until_told(self, account: str, words: str) -> None:
        """In the ledger, which adds up."""
        line = self.page.locator(f'[data-ledger="{account}"]')
        self.until(lambda: line.count() and words in line.inner_text())
        assert "✕" not in self.page.locator("[data-ledger-verdict]").inner_text()

    def until_refused(self, panel: str, words: str) -> None:
        self.until(lambda: words in " ".join(self.page.locator(f"{panel} .refusal").all_inner_texts()))

    def numbers_of(self, name: str) -> list[int]:
        """From the table, such as `data-lag` of each partition of a group."""
        cells = self.page.locator(f"#state tr:not([hidden]) [{name}]").all_text_contents()
        return [int(text.replace(",", "").replace("–", "0")) for text in cells]

    def lag(self, group: str = GROUP) -> int:
        return sum(self.numbers_of(f'data-lag^="{group}/"'))

    def pictured_lag(self, icon: str) -> int:
        found = (re.match(rf"{icon}(?:.*lag )?(\d+)$", text) for text in self.pictured())
        return sum(int(lag[1]) for lag in found if lag)

    def mark(self, id_: str) -> str:
        """The words and the look of a mark in the picture."""
        node = self.page.locator(f'kafka-diagram [data-id="{id_}"]')
        return f"{node.text_content()} {node.get_attribute('class')}"

    def hops(self, tmp_path: Path) -> list[dict[str, Any]]:
        with self.page.expect_download() as download:
            self.page.click("[data-log-export]")
        download.value.save_as(tmp_path / "hops.json")
        return list(json.loads((tmp_path / "hops.json").read_text()))
