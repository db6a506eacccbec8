"""What can be set of a group, pressed: assignors beside each other, static members, commits, repeats, a share group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.breaker import GROUP, Breaker
from tests.e2e.measuring import PICTURED
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
COUNTER, BELL, QUEUE = "heart-counter", "notifications", "queue"
SOON = 0.5
"""Seconds; half of the client's timer."""
Hop = dict[str, Any]


def place(hop: Hop, offset: int) -> tuple[int, int]:
    return hop["partition"], offset


class Chooser(Breaker):
    def choose(self, name: str, value: str, of: str = GROUP) -> None:
        self.set(name, value, of)
        self.until_said(f"{of}: {name} was set to {value}")

    def until_shared(self, *groups: str) -> None:
        """Every partition of theirs has a reader."""
        for title in groups:
            self.until(lambda title=title: not self.unread(title))  # type: ignore[misc]

    def unread(self, group: str) -> bool:
        """What the picture says below the group's name."""
        mark = self.page.locator(f'kafka-diagram [data-id="group-{group}-unread"]')
        return mark.count() > 0

    def parts(self) -> list[list[str]]:
        """What each of two members has, by the picture."""
        told = self.page.evaluate(PICTURED, ".text")
        return [re.findall(r"P\d", told.get(f"member-{GROUP}-{number}-0", "")) for number in (1, 2)]

    def until_still(self, group: str) -> None:
        """Both say how long it stood still, and the same."""
        marks = self.page.locator(f'kafka-diagram [data-id^="group-{group}-"]', has_text="stood still")
        found = re.search(r"stood still ([\d.]+ s)", marks.first.text_content() or "")
        assert found
        figure = found[1]
        self.until(lambda: any(f"{group}-" in line and figure in line for line in self.said))

    def hearts_counted(self) -> str:
        return next(
            (text for text in self.pictured() if text.startswith("one-star: ") and "heart" in text), ""
        )

    def delays(self, tmp_path: Path, group: str) -> list[float]:
        """Of each record of a group: from when it was handled to when the bookmark was behind it, in seconds."""
        hops = [hop for hop in self.hops(tmp_path) if hop.get("group") == group]
        handled = {place(hop, hop["offset"]): hop["time"] for hop in hops if hop["type"] == "process"}
        runs = [hop for hop in hops if hop["type"] == "commit"]
        return [
            hop["time"] - handled[place(hop, offset)]
            for hop in runs
            for offset in range(hop.get("first", hop["offset"]), hop["offset"] + 1)
            if place(hop, offset) in handled
        ]


@pytest.fixture
def chooser(browser: Browser, any_server: Server) -> Iterator[Chooser]:
    chooser = Chooser(browser, any_server)
    chooser.begin()
    chooser.page.evaluate("for (const node of document.querySelectorAll('details.more')) node.open = true")
    yield chooser
    chooser.page.close()
    assert chooser.complaints == []


def test_three_groups_share_one_topic_out_by_three_assignors_side_by_side(
    chooser: Chooser, tmp_path: Path
) -> None:
    """Range takes everything from everybody; the others let a reader keep what does not move."""
    chooser.choose("protocol", "range")
    chooser.choose("protocol", "cooperative-sticky", BELL)
    assert chooser.page.locator(f"#{COUNTER}-protocol").input_value() == "consumer"
    for group in (GROUP, BELL, COUNTER):
        chooser.until_shared(group)
        chooser.add(group)
    for group in (GROUP, BELL, COUNTER):
        chooser.until(lambda group=group: f"{group}-2" in chooser.pictured())  # type: ignore[misc]
        # Its first member gave its partitions back before, when the protocol was chosen.
        chooser.until_said(f"{group}-2 now reads hearts")
    chooser.until_shared(GROUP, BELL, COUNTER)
    chooser.until_said(f"{GROUP}-1 gave partitions back; it now reads no partition.")
    for group in (BELL, COUNTER):
        kept = re.compile(rf"{group}-1 gave partitions back; it now reads hearts \d")
        chooser.until(lambda kept=kept: any(kept.search(line) for line in chooser.said))  # type: ignore[misc]
    for group in (GROUP, BELL, COUNTER):
        chooser.until_still(group)


def test_a_static_member_restarts_and_nobody_notices(chooser: Chooser, tmp_path: Path) -> None:
    chooser.add()
    chooser.until_pictured(f"{GROUP}-2")
    chooser.until_shared(GROUP)
    chooser.choose("static", "on")
    chooser.until(lambda: sorted(map(len, chooser.parts())) == [1, 2])
    known = chooser.hops(tmp_path)[-1]["seq"]
    chooser.press("Restart it")
    back = re.compile(rf"{GROUP}-2 now reads hearts")

    def since() -> list[Hop]:
        hops = [hop for hop in chooser.hops(tmp_path) if hop["seq"] > known and hop.get("group") == GROUP]
        return [hop for hop in hops if hop["type"] in ("join", "leave", "assign", "revoke", "lost")]

    chooser.until(lambda: [hop["type"] for hop in since()][-2:] == ["join", "assign"])
    assert {hop["source"] for hop in since()} == {f"{GROUP}-2"}
    had, *_rest, came = since()
    assert had["type"] == "revoke" and came["partitions"] == had["data"]["changed"] != []
    assert any(back.search(line) for line in chooser.said)
    chooser.until_shared(GROUP)


def test_by_its_own_timer_the_client_sets_a_bookmark_later_than_it_handles(
    chooser: Chooser, tmp_path: Path
) -> None:
    chooser.choose("commit", "auto")
    chooser.until_shared(GROUP)

    def is_seen_behind() -> bool:
        chooser.send()
        chooser.until(lambda: chooser.lag(COUNTER) == 0)
        return chooser.lag() > 0 and chooser.pictured_lag("🔥") > 0

    chooser.until(lambda: is_seen_behind() and max([*chooser.delays(tmp_path, GROUP), 0]) > SOON)
    chooser.until(lambda: chooser.lag() == 0)
    chooser.until_told(f"group/{GROUP}", "handled · 0 lost")
    chooser.choose("commit", "after")
    chooser.until_shared(GROUP)
    known = len(chooser.delays(tmp_path, GROUP))
    chooser.send()
    chooser.until(lambda: len(chooser.delays(tmp_path, GROUP)) > known)
    chooser.until_said(f"{GROUP} set its bookmark in hearts partition")
    assert chooser.delays(tmp_path, GROUP)[-1] < SOON


def test_what_is_delivered_again_counts_once_or_twice_as_it_is_set(chooser: Chooser) -> None:
    chooser.set("keys", "one", "producer")
    chooser.until_said("keys was set to one")
    chooser.send()
    chooser.until_told(f"group/{COUNTER}", "1 handled · 0 lost")
    chooser.until(lambda: chooser.hearts_counted() == "one-star: 1 heart")
    chooser.press("to the beginning", COUNTER)
    chooser.until_told(f"group/{COUNTER}", "1 handled · 1 delivered again · 0 lost")
    assert chooser.hearts_counted() == "one-star: 1 heart"
    chooser.choose("repeats", "handled", COUNTER)
    chooser.press("to the beginning", COUNTER)
    chooser.until_told(f"group/{COUNTER}", "1 handled · 2 delivered again · 0 lost")
    chooser.until(lambda: chooser.hearts_counted() == "one-star: 2 hearts")
    chooser.until_said(f"{COUNTER} now has for one-star: hearts 2.")


def test_a_share_group_s_member_works_long_crashes_and_throws_at_poison(chooser: Chooser) -> None:
    chooser.add(QUEUE)
    chooser.until_pictured("takes single records")
    chooser.choose("work", "2", QUEUE)
    chooser.send()
    chooser.until(lambda: "1○" in chooser.pictured())
    chooser.press("Crash it", QUEUE)
    chooser.until_pictured("✕ crashed")
    chooser.until_said("queue-1 crashed with 1 record in its hands")
    chooser.choose("work", "0", QUEUE)
    chooser.add(QUEUE)
    chooser.until_said("delivered for the second time")
    chooser.until(lambda: "2✓" in chooser.pictured())
    chooser.until_told(f"group/{QUEUE}", "1 accepted")
    chooser.choose("repeats", "handled", QUEUE)
    chooser.press("Crash between its steps", QUEUE)
    chooser.send()
    chooser.until(lambda: chooser.lines("crash", QUEUE) == 2)
    chooser.add(QUEUE)
    chooser.until_told(f"group/{QUEUE}", "2 accepted · 1 handled again")
    chooser.until_pictured("3 records")
    chooser.letters("Send a poison record")
    chooser.until_told(f"group/{QUEUE}", "2 accepted · 1 handled again · 1 in the dead letters")
    chooser.choose("poison", "mended", QUEUE)
    chooser.letters("Send a poison record")
    chooser.until_told(f"group/{QUEUE}", "3 accepted · 1 handled again · 1 in the dead letters")
