"""What a room tells is what clients that are not ours find on its brokers."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from kafka.partitioner.default import murmur2

from apps.scenarios.catalog.hearts import STREAMS
from scripts.apache_kafka import tool
from tests.brokers import Brokers
from tests.client import Client, aside, crowd, deliver, hearts, make_room, settled, stored, watch
from tests.conftest import WORLDS
from tests.integration import kafka_python
from tests.servers import Server, World

GROUPS = ("heart-counter", "trending", "notifications")


def test_the_room_is_there_for_any_client(server: Server) -> None:
    room = make_room(server)
    servers, topics = room["bootstrap_servers"], room["topics"]
    assert kafka_python.ends(servers, topics["orders"]) == {0: 0, 1: 0, 2: 0}
    assert kafka_python.ends(servers, topics["order-events"]) == {0: 0, 1: 0}
    assert set(kafka_python.committed(servers, room["groups"]["delivery"], topics["orders"]).values()) == {
        None
    }


def places(hops: list[dict[str, Any]]) -> dict[tuple[str, int, int], dict[str, Any]]:
    return {(hop["topic"], hop["partition"], hop["offset"]): hop for hop in hops if "trace" in hop}


async def test_every_record_is_where_its_ack_says(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        for _ in range(3):
            await deliver(client)
        await aside(settled, server, room)
        records = await aside(kafka_python.read_all, room["bootstrap_servers"], *room["topics"].values())
        await client.until(lambda: len(places(client.hops("ack"))) == len(records))
    told = places(client.hops("ack"))
    topics = {real: name for name, real in room["topics"].items()}
    sent = {(hop["trace"], hop["data"]["type"]): hop for hop in client.hops("send")}
    assert len(records) == 3 * 5
    for record in records:
        ack = told[topics[record.topic], record.partition, record.offset]
        headers = dict(record.headers)
        assert ack["key"] == record.key.decode()
        assert ack["data"]["type"] == headers["ce_type"].decode()
        assert ack["trace"] == headers["traceparent"].decode().split("-")[1]
        value = sent[ack["trace"], ack["data"]["type"]]["data"]["value"]
        assert json.loads(record.value) == value


async def test_the_records_of_one_order_share_its_trace(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        trace = (await client.do("place-order"))["trace"]
        await client.until(lambda: len(client.hops("ack", trace=trace)) == 5)
        records = await aside(kafka_python.read_all, room["bootstrap_servers"], *room["topics"].values())
    found = [dict(record.headers)["traceparent"].decode() for record in records]
    assert [each[3:35] for each in found] == [trace] * 5
    assert all(each.startswith("00-") and each.endswith("-01") and len(each) == 55 for each in found)
    spans = {each[36:52] for each in found}
    assert len(spans) == 5


async def test_a_keys_partition_is_the_java_clients(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        for stream in STREAMS:
            await client.do("send-heart", stream=stream)
        await client.until(lambda: len(client.hops("ack")) == len(STREAMS))
    for hop in client.hops("ack"):
        assert hop["partition"] == (murmur2(hop["key"].encode()) & 0x7FFFFFFF) % 3


@pytest.fixture
async def flooded(server: Server) -> AsyncIterator[tuple[dict[str, Any], dict[str, Any], Client]]:
    """A room after a crowd: its facts, its detail, and a viewer who saw all of it."""
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await aside(crowd, server, room, 5000)
        await client.until(lambda: client.total("ack") >= 10_000)
        await aside(crowd, server, room, 0)
        state = await aside(settled, server, room)
        end = stored(state, "hearts")
        await client.until(lambda: {client.total("send"), client.total("ack")} == {end})
        await client.until(lambda: all(client.total("commit", group=group) == end for group in GROUPS))
        yield room, state, client


async def test_totals_are_the_brokers_and_no_record_is_lost(
    flooded: tuple[dict[str, Any], dict[str, Any], Client],
) -> None:
    room, state, client = flooded
    end = stored(state, "hearts")
    servers = room["bootstrap_servers"]
    topic = room["topics"]["hearts"]
    ends = await aside(kafka_python.ends, servers, topic)
    assert ends == {row["partition"]: row["end"] for row in state["topics_state"]["hearts"]}
    assert end >= 10_000
    assert len(client.of("backlog")) == 1
    assert client.total("send") == client.total("ack") == end
    assert hearts(state) == end
    for group in GROUPS:
        assert [client.total(step, group=group) for step in ("poll", "process", "commit")] == [end] * 3
        assert await aside(kafka_python.committed, servers, room["groups"][group], topic) == ends
        assert {row["partition"]: row["committed"] for row in state["groups_state"][group]} == ends


async def test_every_offset_is_told_exactly_once_at_every_step(
    flooded: tuple[dict[str, Any], dict[str, Any], Client],
) -> None:
    _, state, client = flooded
    ends = {row["partition"]: row["end"] for row in state["topics_state"]["hearts"]}
    for step, group in [("ack", None), *((step, group) for step in ("poll", "commit") for group in GROUPS)]:
        told: dict[int, list[int]] = {partition: [] for partition in ends}
        for hop in client.hops(step, group=group):
            if hop["count"]:
                told[hop["partition"]] += range(hop.get("first", hop["offset"]), hop["offset"] + 1)
        assert {number: sorted(offsets) for number, offsets in told.items()} == {
            number: list(range(end)) for number, end in ends.items()
        }


async def test_keys_and_others_of_a_flood_are_the_records_on_the_brokers(
    flooded: tuple[dict[str, Any], dict[str, Any], Client],
) -> None:
    room, _, client = flooded
    records = await aside(kafka_python.read_all, room["bootstrap_servers"], room["topics"]["hearts"])
    there = {(record.partition, record.offset): record.key.decode() for record in records}
    runs = [hop for hop in client.hops("ack") if "trace" not in hop]
    assert len(runs) >= 5
    for run in runs:
        offsets = range(run.get("first", run["offset"]), run["offset"] + 1)
        assert dict(run["keys"]) == Counter(there[run["partition"], offset] for offset in offsets)


def acked(client: Client, records: int) -> bool:
    return len(places(client.hops("ack"))) == records


async def send_hearts(client: Client, count: int) -> list[dict[str, Any]]:
    """Their acks, in order of sending."""
    for number in range(1, count + 1):
        await client.do("send-heart")
        await client.until(partial(acked, client, number))
    return client.hops("ack")


@pytest.mark.kcat
async def test_kcat_prints_the_same_records(server: Server, kcat: str) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        acks = await send_hearts(client, 8)
        where = ["-b", room["bootstrap_servers"], "-C", "-t", room["topics"]["hearts"], "-e"]
        command = [kcat, *where, "-f", "%p %o %k\n"]
        printed = await aside(subprocess.run, command, capture_output=True, text=True, timeout=60, check=True)
    told = [f"{hop['partition']} {hop['offset']} {hop['key']}" for hop in acks]
    assert sorted(printed.stdout.split("\n")[:-1]) == sorted(told)


@pytest.mark.parametrize("world", WORLDS[1:], indirect=True, scope="session")
async def test_kafka_s_own_console_consumer_prints_the_same_records(server: Server, world: World) -> None:
    assert world.kafka
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        acks = await send_hearts(client, 8)
        printed = await aside(console_consumer, world.kafka, room["topics"]["hearts"], 8)
    told = [f"Partition:{hop['partition']}\tOffset:{hop['offset']}\t{hop['key']}" for hop in acks]
    assert sorted(line.rpartition("\t")[0] for line in printed) == sorted(told)


def console_consumer(kafka: Brokers, topic: str, count: int) -> list[str]:
    properties = [f"--formatter-property=print.{name}=true" for name in ("key", "partition", "offset")]
    done = tool(
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
        "--bootstrap-server",
        kafka.bootstrap_servers,
        "--topic",
        topic,
        "--from-beginning",
        f"--max-messages={count}",
        "--timeout-ms=30000",
        *properties,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
