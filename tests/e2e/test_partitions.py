"""Somebody gives a room's topic more partitions on Kafka, or deletes records of it: a page that is open follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from tests.brokers import Brokers
from tests.e2e.test_player import Viewer
from tests.servers import LEFT, PATIENCE, Server, World, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.kafka]


@pytest.fixture
def viewer(browser: Browser, kafka: Brokers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    server = Server(tmp_path_factory.mktemp("partitions"), World(kafka), **LEFT).start()
    viewer = Viewer(browser, server)
    yield viewer
    viewer.page.close()
    server.stop_and_check()
    assert viewer.complaints == []


def named(admin: AdminClient, code: str) -> str:
    """The topic of the hearts of that room, on the brokers."""
    (name,) = [one for one in admin.list_topics(timeout=PATIENCE).topics if one.endswith(f"{code}.hearts")]
    return str(name)


def widen(kafka: Brokers, code: str, partitions: int) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    name = named(admin, code)
    admin.create_partitions([NewPartitions(name, partitions)])[name].result(PATIENCE)


def delete_before(kafka: Brokers, code: str, partition: int, offset: int) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    place = TopicPartition(named(admin, code), partition, offset)
    admin.delete_records([place])[place].result(PATIENCE)


def test_rows_and_table_of_an_open_page_follow_the_topic(viewer: Viewer, kafka: Brokers) -> None:
    page = viewer.page
    code = viewer.play("hearts")
    widen(kafka, code, 5)
    page.wait_for_selector("[data-notice]:has-text('now has 5 partitions')", timeout=1000 * PATIENCE)
    page.wait_for_selector('kafka-diagram [data-id="endtext-hearts/4"]', state="attached")
    page.click('[data-action="send-heart"]')
    viewer.until_read()
    # Where one's own record is, it is said behind the name.
    places = {place.partition("yours")[0] for place in page.locator("#state tbody th").all_text_contents()}
    assert sorted(place for place in places if place.startswith("hearts")) == [
        f"hearts P{n}" for n in range(5)
    ]


def test_what_was_deleted_is_told_in_row_table_and_text(viewer: Viewer, kafka: Brokers) -> None:
    page = viewer.page
    code = viewer.play("hearts")
    for _ in range(3):
        page.click('[data-action="send-heart"]')
    assert wait_for(lambda: sum(ends(viewer, code)) == 3)
    viewer.until_read()
    partition = next(number for number, end in enumerate(ends(viewer, code)) if end)
    last = ends(viewer, code)[partition] - 1
    delete_before(kafka, code, partition, last + 1)
    place = f"hearts/{partition}"
    page.wait_for_selector(f'#state td[data-deleted="{place}"]:text-is("0…{last}")')
    page.wait_for_selector('#log li[data-type="delete"]')
    earlier = page.locator(f'kafka-diagram [data-id="earlier-{place}"]')
    assert "deleted" in (earlier.text_content() or "")


def ends(viewer: Viewer, code: str) -> list[int]:
    found = viewer.api(code).get("topics_state", {})
    return [place["end"] for place in found.get("hearts", [])]
