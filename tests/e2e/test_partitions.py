"""Somebody gives a room's topic more partitions on Kafka: a page that is open follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from tests.brokers import Brokers
from tests.e2e.test_player import Viewer
from tests.servers import LEFT, PATIENCE, Server, World

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


def widen(kafka: Brokers, code: str, partitions: int) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    names = admin.list_topics(timeout=PATIENCE).topics
    (name,) = [name for name in names if name.endswith(f"{code}.hearts")]
    admin.create_partitions([NewPartitions(name, partitions)])[name].result(PATIENCE)


def test_rows_and_table_of_an_open_page_follow_the_topic(viewer: Viewer, kafka: Brokers) -> None:
    viewer.play("hearts")
    page = viewer.page
    code = page.evaluate("document.querySelector('kafka-diagram').topology.code")
    widen(kafka, code, 5)
    page.wait_for_selector("[data-notice]:has-text('now has 5 partitions')", timeout=1000 * PATIENCE)
    page.wait_for_selector('kafka-diagram [data-id="endtext-hearts/4"]', state="attached")
    page.click('[data-action="send-heart"]')
    viewer.until_read()
    places = page.locator("#state tbody th").all_text_contents()
    assert sorted({place for place in places if place.startswith("hearts")}) == [
        f"hearts P{n}" for n in range(5)
    ]
