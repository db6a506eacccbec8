"""A log that loses its end, as when a broker leads that did not have the last records: what its group had counted stays
counted, and what comes in their place counts once."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.apache_kafka import ApacheKafka
from tests.brokers import Brokers
from tests.client import aside, hearts, make_room, settled, stored, watch
from tests.integration import kafka_python
from tests.servers import World

if TYPE_CHECKING:
    from tests.conftest import MakeServer

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
_BEFORE_BATCH = 12
"""Bytes of a batch that its length does not count: its first offset (8), and that length (4)."""


@pytest.fixture
def broker(kafka_here: None, tmp_path: Path) -> Iterator[ApacheKafka]:
    kafka = ApacheKafka(tmp_path / "kafka")
    try:
        yield kafka.start()
    finally:
        kafka.stop()


def cut(segment: Path, offset: int) -> int:
    """From the batch on that begins there or before. Returns where the log ends now."""
    data, at, first = segment.read_bytes(), 0, 0
    while at < len(data):
        first, length = struct.unpack_from(">qi", data, at)
        if first >= offset:
            break
        at += _BEFORE_BATCH + length
    segment.write_bytes(data[:at])
    return first


async def test_records_that_were_handled_and_then_lost_stay_counted_and_their_places_count_anew(
    broker: ApacheKafka, make_server: MakeServer
) -> None:
    server = await aside(make_server, world=World(Brokers(broker.bootstrap_servers)))
    room = await aside(make_room, server, "hearts")
    topic = room["topics"]["hearts"]
    async with watch(server, room) as client:
        for number in range(1, 7):
            await client.do("send-heart", stream="music")
            # One after the other, so that each has a batch of its own.
            await client.until(lambda number=number: client.total("ack") == number)  # type: ignore[misc]
        await aside(settled, server, room)
        (partition,) = {hop["partition"] for hop in client.hops("ack")}
        await aside(broker.stop)
        (segment,) = broker.folder.glob(f"node1/{topic}-{partition}/*.log")
        kept = cut(segment, 4)
        await aside(broker.restart, 1)
        await client.until(lambda: client.incarnation == 2)
        assert "ends earlier than it did" in client.room["notice"]
        for _ in range(3):
            await client.do("send-heart", stream="music")
        state = await aside(settled, server, room)
    elsewhere = await aside(kafka_python.read_all, room["bootstrap_servers"], topic)
    assert (kept, len(elsewhere), stored(state, "hearts"), hearts(state)) == (4, 7, 7, 9)
    for group in ("heart-counter", "trending", "notifications"):
        account = state["ledger"]["groups"][group]
        assert (account["processed"], account["lost"], account["unread"]) == (7, 0, 0)
