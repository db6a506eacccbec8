"""The guarantees lab: the same crash under each promise, with the outcome that the ledger and the picture tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.breaker import Breaker
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
COOKS = "group/restaurant"


class Student(Breaker):
    def begin(self) -> None:
        self.play("food-delivery")
        self.page.evaluate(
            "for (const node of document.querySelectorAll('.more, [data-break]')) node.open = true"
        )
        self.until_pictured("orders P0 P1 P2")

    def lab(self, control: str) -> None:
        self.until_answered()
        self.page.click(f"#lab-{control}:enabled")

    def promise(self, name: str) -> None:
        self.lab(name)
        self.until(lambda: self.page.locator(f'#lab-{name}[aria-pressed="true"]').count())

    def crash_once(self) -> None:
        """One record that a member dies with, and another member that goes on."""
        known = self.lines("crash", "restaurant")
        self.lab("crash")
        self.lab("send")
        self.until(lambda: self.lines("crash", "restaurant") > known)
        self.lab("add")


@pytest.fixture
def student(browser: Browser, server: Server) -> Iterator[Student]:
    student = Student(browser, server)
    student.begin()
    yield student
    student.page.close()
    assert student.complaints == []


def test_the_same_crash_has_the_outcome_that_each_promise_tells(student: Student) -> None:
    assert student.page.locator('#lab [aria-pressed="true"]').inner_text() == "Effectively once"
    student.promise("at-most-once")
    student.crash_once()
    student.until_told(COOKS, "1 lost")
    student.promise("at-least-once")
    student.crash_once()
    student.until_told(COOKS, "1 delivered again")
    student.until_pictured("2 orders cooked")
    student.promise("effectively-once")
    student.crash_once()
    student.until_told(COOKS, "2 delivered again")
    student.until_pictured("3 orders cooked")
    student.until_told(COOKS, "1 lost")


def test_transactions_abort_what_a_crash_left_or_are_not_offered(student: Student) -> None:
    if not student.server.external:
        assert student.page.locator("#lab-transactions").is_disabled()
        assert "its transactions prove nothing" in student.page.locator("#lab-transactions-hint").inner_text()
        assert student.page.locator("#restaurant-isolation").count() == 0
        return
    student.promise("transactions")
    student.set("isolation", "read_uncommitted", "order-status")
    student.crash_once()
    student.until_said("committed its transaction: what it sent and its bookmarks hold, all at once.")
    student.until_said("ends of transactions, or records that were aborted or compacted away.")
    student.until_told("group/delivery", "without a record for it (transactions)")
    student.until_told("group/delivery", "5 handled")
    student.until_told("group/order-status", "7 handled")
    assert student.page.locator("kafka-diagram .cell.void").count() > 0
