"""Where a group's bookmark is sent: as far as the log goes, in one partition or in all; seen in picture and words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.breaker import GROUP, Breaker
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
FULL, EMPTY = 0, 1
"""Partitions: that of the one key of all, and another."""


@pytest.fixture
def reader(browser: Browser, any_server: Server) -> Iterator[Breaker]:
    """Three hearts in one partition that nobody of the group has read: it is paused."""
    reader = Breaker(browser, any_server)
    reader.begin()
    reader.set("keys", "one", "producer")
    reader.until_said("keys was set to one")
    reader.set("paused", "on")
    reader.until_said("paused was set to on")
    reader.send(3)
    until_behind(reader, 3)
    yield reader
    reader.page.close()
    assert reader.complaints == []


def until_behind(reader: Breaker, records: int) -> None:
    """In the table and in the picture."""
    reader.until(lambda: reader.lag() == records and reader.pictured_lag("🔥") == records)


def until_reads_from(reader: Breaker, partition: int, offset: int, more: str = ".") -> None:
    reader.until_said(f"{GROUP} now reads hearts partition {partition} from offset {offset}{more}")


def in_one(reader: Breaker, partition: int) -> None:
    reader.until_answered()
    reader.page.locator(f"#{GROUP}-place").select_option(f"hearts/{partition}")


def in_all(reader: Breaker) -> None:
    """What was chosen stays chosen when the panel is shown anew."""
    reader.until_answered()
    place = reader.page.locator(f"#{GROUP}-place")
    assert place.input_value() == f"hearts/{FULL}"
    place.select_option("")


def test_a_bookmark_goes_to_the_end_to_a_minute_ago_and_in_one_partition_alone(reader: Breaker) -> None:
    reader.press("to the end")
    reader.until_said(f"{GROUP} is to read from: the end.")
    until_reads_from(reader, FULL, 3)
    until_behind(reader, 0)
    reader.until_told(f"group/{GROUP}", "3 passed over by choice")
    reader.press("to a minute ago")
    reader.until_said(f"{GROUP} is to read from: 1 minute ago.")
    until_reads_from(reader, FULL, 0, ": that log begins no earlier.")
    until_reads_from(reader, EMPTY, 0, ": that log goes no further.")
    until_behind(reader, 3)
    in_one(reader, EMPTY)
    reader.press("to the end")
    reader.until_said(f"{GROUP} is to read hearts partition {EMPTY} from: the end.")
    until_reads_from(reader, EMPTY, 0)
    assert reader.lag() == reader.pictured_lag("🔥") == 3
    in_one(reader, FULL)
    reader.press("to the end")
    until_behind(reader, 0)


def test_a_bookmark_goes_to_an_offset_or_to_some_minutes_ago_and_to_no_nonsense(reader: Breaker) -> None:
    number = reader.page.locator(f"#{GROUP}-number")
    number.fill("a dozen")
    reader.press("to that offset")
    reader.until_refused("#groups", "Write a whole number: an offset such as 12, or minutes such as 5.")
    assert number.input_value() == "a dozen"
    number.fill("2")
    in_one(reader, FULL)
    number.press("Enter")
    reader.until_said(f"{GROUP} is to read hearts partition {FULL} from: offset 2.")
    until_behind(reader, 1)
    number.fill("99")
    in_one(reader, FULL)
    reader.press("to that offset")
    until_reads_from(reader, FULL, 3, ": that log goes no further.")
    until_behind(reader, 0)
    number.fill("5")
    in_all(reader)
    reader.press("to so many minutes ago")
    reader.until_said(f"{GROUP} is to read from: 5 minutes ago.")
    until_reads_from(reader, FULL, 0, ": that log begins no earlier.")
    until_behind(reader, 3)
    reader.set("paused", "off")
    reader.until_told(f"group/{GROUP}", "3 handled · 0 lost")
    until_behind(reader, 0)


def test_who_comes_late_and_starts_at_the_end_reads_only_what_comes_then(reader: Breaker) -> None:
    reader.page.evaluate("document.querySelector('details.more[data-group=latecomer]').open = true")
    reader.set("start", "latest", "latecomer")
    reader.until_said("latecomer: start was set to latest")
    reader.add("latecomer")
    reader.until_pictured("latecomer-1")
    reader.until(lambda: reader.lines("assign", "latecomer") == 1)
    reader.send()
    reader.until_told("group/latecomer", "1 handled · 0 lost · 3 passed over by choice")
    reader.until_said(
        f"latecomer-1 read record O (key one-star, yours) from hearts partition {FULL}, offset 3."
    )
    assert reader.lines("poll", "latecomer") == 1
    reader.until(lambda: "1 record" in reader.pictured())
    assert reader.pictured_lag("🔎") == 0
