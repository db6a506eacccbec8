"""The API reads a record back from the brokers, as clients that are not ours find it there."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from tests.client import Room, aside, deliver, make_room, settled, stored, watch
from tests.integration import kafka_python
from tests.integration.test_bad_http import refused
from tests.schema import hold
from tests.servers import PATIENCE, Answer, Server, wait_for

LAST = 2**63 - 1


def ask(server: Server, room: Room, topic: str, partition: int, offset: int) -> Answer:
    return server.get(f"/api/rooms/{room['code']}/records/{topic}/{partition}/{offset}/")


def read(server: Server, room: Room, topic: str, partition: int, offset: int) -> dict[str, Any]:
    answer = ask(server, room, topic, partition, offset)
    assert answer.status == 200, answer.text
    hold("record", answer.json())
    return answer.json()


async def test_each_record_is_told_as_it_is_on_the_brokers(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        for _ in range(2):
            await deliver(client)
        await aside(settled, server, room)
    records = await aside(kafka_python.read_all, room["bootstrap_servers"], *room["topics"].values())
    names = {real: name for name, real in room["topics"].items()}
    assert len(records) == 2 * 5
    for record in records:
        told = await aside(read, server, room, names[record.topic], record.partition, record.offset)
        assert (told["key"], told["value"]) == (record.key.decode(), record.value.decode())
        assert told["headers"] == [[name, value.decode()] for name, value in record.headers]
        assert (told["timestamp"], told["timestamp_type"]) == (record.timestamp, "create")
        assert not told["cut"]


FOREIGN: list[dict[str, Any]] = [
    {"value": b"\xff\xfe\x00", "key": b"\xc3\x28", "headers": [("raw", b"\x80"), ("raw", b"text")]},
    {"value": b"", "key": None},
    {"value": b"x" * 70_000, "key": b"large"},
    {"value": b"\xff" * 70_000},
]


@pytest.fixture(scope="module")
def room(server: Server) -> Room:
    return make_room(server, "hearts")


def test_whatever_any_client_wrote_is_told_and_never_an_error(server: Server, room: Room) -> None:
    places = kafka_python.write(room["bootstrap_servers"], room["topics"]["hearts"], FOREIGN)
    odd, empty, large, both = (read(server, room, "hearts", *place) for place in places)
    assert base64.b64decode(odd["value"]["base64"]) == b"\xff\xfe\x00"
    assert base64.b64decode(odd["key"]["base64"]) == b"\xc3\x28"
    assert odd["headers"] == [["raw", {"base64": "gA=="}], ["raw", "text"]]
    assert (empty["value"], empty["key"], empty["headers"]) == ("", None, [])
    assert large["cut"] and large["value"] == "x" * 65_536 and large["size"] == 70_005
    assert both["cut"] and len(base64.b64decode(both["value"]["base64"])) == 65_536


def test_what_is_not_stored_yet(server: Server, room: Room) -> None:
    for offset in (40_000, LAST, LAST + 1, 10**30):
        refused(ask(server, room, "hearts", 0, offset), 404, "not-stored")


def test_a_place_that_there_is_not(server: Server, room: Room) -> None:
    refused(ask(server, room, "no-such-topic", 0, 0), 404, "unknown-topic")
    refused(ask(server, room, "%00", 0, 0), 404, "unknown-topic")
    refused(ask(server, room, "hearts", 3, 0), 404, "unknown-partition")
    refused(ask(server, room, "hearts", 10**30, 0), 404, "unknown-partition")
    refused(server.get("/api/rooms/XXXXXX/records/hearts/0/0/"), 404, "unknown-room")
    for odd in ("hearts/0/-1", "hearts/x/0", "hearts/0/1.5", "hearts/0/" + "9" * 5000, "hearts/0"):
        refused(server.get(f"/api/rooms/{room['code']}/records/{odd}/"), 404, "unknown-path")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_wrong_method(server: Server, room: Room, method: str) -> None:
    answer = server.request(method, f"/api/rooms/{room['code']}/records/hearts/0/0/", b"")
    refused(answer, 405, "wrong-method")
    assert "GET" in answer.headers["Allow"]


def test_what_the_brokers_no_longer_keep(server: Server) -> None:
    room = make_room(server, "hearts")
    topic, servers = room["topics"]["hearts"], room["bootstrap_servers"]
    large = {"value": b"x" * 500_000, "partition": 1}
    # The embedded log keeps 5 MiB.
    kafka_python.write(servers, topic, [large] * (1 if server.external else 14))
    if server.external:
        admin = AdminClient({"bootstrap.servers": servers})
        admin.delete_records([TopicPartition(topic, 1, 1)])[TopicPartition(topic, 1, 1)].result(PATIENCE)
    refused(ask(server, room, "hearts", 1, 0), 410, "gone")


def test_a_class_that_presses_at_once_is_answered(server: Server) -> None:
    room = make_room(server, "hearts")
    place = kafka_python.write(room["bootstrap_servers"], room["topics"]["hearts"], [{"value": b"{}"}])[0]
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: ask(server, room, "hearts", *place), range(60)))
    assert [answer.status for answer in answers] == [200] * 60
    assert wait_for(lambda: stored(settled(server, room), "hearts") == 1)
