"""Rooms of one scenario beside each other, on one Kafka as well as each on its own: none hears of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined]

from tests.client import aside, deliver, detail, make_room, settled, stored, watch
from tests.servers import Server, World, wait_for

if TYPE_CHECKING:
    from tests.brokers import Brokers
    from tests.conftest import MakeServer


async def test_two_rooms_of_one_scenario_never_see_each_other(server: Server) -> None:
    busy, quiet = [await aside(make_room, server) for _ in range(2)]
    for names in ("topics", "groups"):
        assert busy[names].keys() == quiet[names].keys()
        if server.external:
            assert not {*busy[names].values()} & {*quiet[names].values()}
    async with watch(server, busy) as client, watch(server, quiet) as neighbour:
        await deliver(client)
        busy_now = await aside(settled, server, busy)
        assert stored(busy_now, "orders") == 1
        # What would have come from next door has had the time that it took here.
        found = await aside(settled, server, quiet)
        assert all(row["end"] == 0 for rows in found["topics_state"].values() for row in rows)
        assert not any(found["projections"].values())
        assert found["ledger"]["topics"]["orders"]["sent"] == 0
        for type_ in ("send", "ack", "poll", "process", "commit", "projection"):
            assert neighbour.hops(type_) == [], type_
        await deliver(neighbour)
        after = await aside(detail, server, busy)
        assert after["topics_state"] == busy_now["topics_state"]
        assert after["projections"] == busy_now["projections"]


@pytest.mark.kafka
def test_what_a_room_stores_is_kept_for_the_minutes_that_were_set(
    kafka: Brokers, make_server: MakeServer
) -> None:
    server = make_server(world=World(kafka), KAFKA_RETENTION_MINUTES=7)
    room = make_room(server)
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers, "log_level": 2})

    def kept_for(topic: str) -> str:
        asked = ConfigResource(ConfigResource.Type.TOPIC, topic)
        [answer] = admin.describe_configs([asked]).values()
        return str(answer.result(10)["retention.ms"].value)

    for topic in room["topics"].values():
        assert wait_for(lambda topic=topic: topic in admin.list_topics(timeout=10).topics), topic
        assert kept_for(topic) == str(7 * 60_000)
