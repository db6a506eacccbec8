"""Brokers whose address for people is not the one that Kafkaviz uses, as in Docker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.brokers import Brokers
from tests.client import aside, make_room, watch

if TYPE_CHECKING:
    from tests.conftest import MakeServer


@pytest.mark.kafka
async def test_people_are_shown_the_address_that_is_for_them(kafka: Brokers, make_server: MakeServer) -> None:
    own, public = kafka.bootstrap_servers, "kafka.example:9094,kafka.example:9095"
    server = await aside(
        make_server,
        KAFKA_BOOTSTRAP_SERVERS=own,
        KAFKA_PUBLIC_BOOTSTRAP_SERVERS=public,
        KAFKA_TOPIC_PREFIX="p",
    )
    room = await aside(make_room, server, "hearts")
    assert room["bootstrap_servers"] == public
    async with watch(server, room) as client:
        assert client.room["bootstrap_servers"] == public
        await client.do("send-heart")
        await client.until(lambda: client.total("commit", group="heart-counter") == 1)
    page = (await aside(server.get, f"/r/{room['code']}/")).text
    assert f">{public}</pre>" in page
    assert f"kcat -b kafka.example:9094 -C -t p.{room['code']}.hearts" in page
    assert f"Kafka at {public}" in page
    assert own not in page
