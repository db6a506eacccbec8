"""What can be set of the producer, pressed, and what then becomes of hearts: where they land, when, in what company."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.breaker import Breaker
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
MANY = 60
"""Hearts of 28 bytes, as librdkafka counts them: more than a batch of 1,000 bytes holds, and less than two."""
LINGER, SLACK = 500, 100
"""Milliseconds."""


class Sender(Breaker):
    def choose(self, name: str, value: str) -> None:
        self.set(name, value, "producer")
        self.until_said(f"{name} was set to {value}")

    def ends(self) -> list[int]:
        """Of the three partitions, from the table."""
        return [self.numbers_of(f'data-total-end="hearts/{number}"')[0] for number in range(3)]

    def pour(self) -> None:
        """So many hearts in one moment, as no hand presses them."""
        known = sum(self.ends()) + 1
        # To a producer that is new: what it is given before it knows the partitions waits in any case.
        self.send()
        self.until(lambda: sum(self.ends()) == known)
        self.page.evaluate(
            "many => { for (let n = 0; n < many; n += 1) document.querySelector('[data-action]').click(); }",
            MANY,
        )
        self.until(lambda: sum(self.ends()) == known + MANY)

    def waits(self, tmp_path: Path) -> list[float]:
        """How long the hearts that were poured last waited for their answers, in ms."""
        end = sum(self.ends())
        self.until(lambda: any(hop["offset"] == end - 1 for hop in self.answers(tmp_path)))
        return [hop["data"]["latency_ms"] for hop in self.answers(tmp_path) if hop["offset"] >= end - MANY]

    def poured(self, tmp_path: Path) -> list[float]:
        self.pour()
        return self.waits(tmp_path)

    def said_waits(self) -> list[float]:
        """As the text tells them."""
        found = (re.search(r"said so after ([\d,]+(?:\.\d)?) ms", line) for line in self.said)
        return [milliseconds(one[1]) for one in found if one]

    def pictured_wait(self, end: int) -> float | None:
        """Beside the end of a partition."""
        found = (re.match(rf"end {end} · ✓ ([\d,]+(?:\.\d)?) ms", text) for text in self.pictured())
        return next((milliseconds(one[1]) for one in found if one), None)

    def answers(self, tmp_path: Path) -> list[dict[str, Any]]:
        return [hop for hop in self.hops(tmp_path) if hop["type"] == "ack"]


def milliseconds(text: str) -> float:
    return float(text.replace(",", ""))


@pytest.fixture
def sender(browser: Browser, any_server: Server) -> Iterator[Sender]:
    sender = Sender(browser, any_server)
    # Wide enough for the picture to say beside a row how long its producer waited.
    sender.page.set_viewport_size({"width": 1920, "height": 1080})
    sender.begin()
    yield sender
    sender.page.close()
    assert sender.complaints == []


def test_a_key_lands_elsewhere_by_another_hash_and_without_one_it_is_a_record_of_nobody(
    sender: Sender,
) -> None:
    sender.choose("keys", "one")
    sender.send()
    sender.until(lambda: sender.ends() == [1, 0, 0])
    sender.choose("partitioner", "consistent_random")
    sender.send()
    sender.until(lambda: sender.ends() == [1, 1, 0])
    sender.until_said("Kafka stored record O (key one-star, yours) in hearts partition 0, offset 0")
    sender.until_said("Kafka stored record O (key one-star, yours) in hearts partition 1, offset 0")
    sender.until(lambda: len([text for text in sender.pictured() if text.startswith("end 1")]) == 2)
    sender.choose("keys", "none")
    sender.send()
    sender.until_said("Kafka stored your record without a key in hearts")
    nobody = sender.page.locator('kafka-diagram .cell .glyph[data-tone="null"]')
    sender.until(lambda: nobody.all_text_contents() == ["–"])


def test_one_copy_is_answered_for_too_and_an_idempotent_producer_will_not_have_it(sender: Sender) -> None:
    sender.choose("idempotence", "on")
    sender.set("acks", "1", "producer")
    sender.until_refused("#producer", "An idempotent producer needs acks=all. Turn idempotence off first.")
    assert sender.page.locator("#producer-acks").input_value() == "all"
    sender.choose("idempotence", "off")
    sender.choose("acks", "1")
    sender.send()
    sender.until_told("topic/hearts", "1 produced · 1 stored")
    sender.until_pictured("end 1 · ✓")
    sender.until_said("and said so after")
    sender.choose("acks", "all")
    sender.choose("idempotence", "on")
    sender.send()
    sender.until_told("topic/hearts", "2 produced · 2 stored")


def test_hearts_wait_for_each_other_and_a_small_batch_is_full_sooner(sender: Sender, tmp_path: Path) -> None:
    sender.choose("keys", "one")
    sender.choose("linger", str(LINGER))
    sender.choose("batch", "1000000")
    sender.pour()
    sender.until(lambda: max(sender.said_waits(), default=0) > LINGER - SLACK)
    # The first of a batch waits for all of it, and whoever comes last for least.
    waits = sender.waits(tmp_path)
    assert max(waits) > LINGER - SLACK
    sender.until(lambda: sender.pictured_wait(1 + MANY) in [pytest.approx(wait, abs=0.1) for wait in waits])
    # On a busy machine an answer may take as long as any linger; no linger ever lets it be sooner.
    sender.choose("batch", "1000")
    sender.until(lambda: min(waits := sender.poured(tmp_path)) < LINGER - SLACK < max(waits))
    sender.choose("linger", "0")
    sender.until(lambda: max(sender.poured(tmp_path)) < LINGER - SLACK)
