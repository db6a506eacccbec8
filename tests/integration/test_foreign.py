"""Any client may write anything into a room's topics: such a record is told and passed over."""

from __future__ import annotations

import json
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, Message, Producer

from tests.client import Client, aside, deliver, detail, hearts, make_room, settled, watch
from tests.integration import kafka_python
from tests.processes import memory
from tests.rawrecords import body, write_raw
from tests.schema import hold
from tests.servers import PATIENCE, Server, World

if TYPE_CHECKING:
    from tests.conftest import MakeServer

GROUPS = {"heart-counter", "trending", "notifications"}
CLOUD = [("ce_type", b"heart.sent"), ("content-type", b"application/json")]
PLACED = [("ce_type", b"order.placed")]
SAMPLED = b"00-" + b"7" * 32 + b"-" + b"1" * 16 + b"-01"

NOT_FOR_ANYBODY: list[dict[str, Any]] = [
    {"value": b"not JSON", "key": b"music", "headers": CLOUD},
    {"value": b"\xff\xfe\x00", "key": b"music"},
    {"value": b'{"stream": NaN}', "key": b"music"},
    {"value": b"[" * 100_000, "key": b"music"},
    {"value": b'{"stream": Infinity}'},
]


async def pass_over(
    server: Server, room: dict[str, Any], client: Client, records: list[dict[str, Any]]
) -> None:
    """Every group tells a failure at the very place of each record."""
    places = await aside(kafka_python.write, room["bootstrap_servers"], room["topics"]["hearts"], records)
    for place in places:
        await client.until(partial(told_by_all, client, *place))


def told_by_all(client: Client, partition: int, offset: int) -> bool:
    return {hop["group"] for hop in at(client.hops("fail"), partition, offset)} >= GROUPS


def at(hops: list[dict[str, Any]], partition: int, offset: int) -> list[dict[str, Any]]:
    return [hop for hop in hops if (hop.get("partition"), hop.get("offset")) == (partition, offset)]


async def test_what_is_no_json_is_told_and_passed_over(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await pass_over(server, room, client, NOT_FOR_ANYBODY)
        await client.do("send-heart")
        assert hearts(await aside(settled, server, room)) == 1
    assert all(hop["error"].startswith("Its value ") for hop in client.hops("fail"))
    for frame in client.frames:
        hold(frame["type"], frame)


async def test_records_without_headers_or_key_are_told_too(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    records = [{"value": b'{"stream": "music"}'}, {"value": b'{"stream": "music"}', "key": b"music"}]
    async with watch(server, room) as client:
        await aside(kafka_python.write, room["bootstrap_servers"], room["topics"]["hearts"], records)
        await client.do("send-heart")
        state = await aside(settled, server, room)
        await client.until(lambda: client.total("commit", group="heart-counter") == 3)
    assert hearts(state) + len(client.hops("fail", group="heart-counter")) == 3
    assert hearts(state) >= 1
    for frame in client.frames:
        hold(frame["type"], frame)


async def test_a_record_from_the_future_does_not_keep_the_window_from_moving(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    # Kafka itself refuses what is more than an hour ahead (message.timestamp.after.max.ms).
    ahead = int((time.time() + 1800) * 1000)
    record = {"value": b'{"stream": "music"}', "key": b"music", "timestamp_ms": ahead}
    async with watch(server, room) as client:
        await aside(kafka_python.write, room["bootstrap_servers"], room["topics"]["hearts"], [record])
        await client.until(lambda: client.total("process", group="trending") == 1)
        await client.do("send-heart", stream="music")
        state = await aside(settled, server, room)
    assert state["projections"]["trending"]["music"]["window"] <= time.time()


async def test_a_header_whose_name_is_no_text_ends_nothing_and_is_told_in_the_proof(
    server: Server, kcat: str
) -> None:
    """The client returns a list with a null pointer in it, on which a runner would die, with all its rooms."""
    room = await aside(make_room, server, "hearts")
    where = ["-b", room["bootstrap_servers"], "-t", room["topics"]["hearts"]]
    command = [kcat, "-P", *where, "-p", "0", "-k", "music", "-H", b"\xff\xfe=1", "-H", "ce_type=heart.sent"]
    async with watch(server, room) as client:
        for _ in range(3):
            await aside(subprocess.run, command, input=b'{"stream": "music"}', check=True)
        await client.until(lambda: client.total("commit", group="heart-counter") == 3)
        await client.do("send-heart")
        state = await aside(settled, server, room)
        answer = await aside(server.get, f"/api/rooms/{room['code']}/records/hearts/0/0/")
        assert client.incarnation == state["incarnation"] == 1
    assert hearts(state) == 3 + 1
    hold("record", answer.json())
    assert (answer.json()["headers"], answer.json()["headers_readable"]) == ([], False)
    assert answer.json()["value"] == '{"stream": "music"}'


NAMES = (
    None,
    b"",
    b"\x00",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf8\x88\x80\x80\x80",
    "é😀".encode(),
    b"ce_type",
)
ODD: list[tuple[bytes, int]] = [
    *((body(b"A", b"{}", [(name, name)]), 1) for name in NAMES),
    *((body(name, name), 1) for name in NAMES),
    (
        body(
            b"A",
            b"{}",
            [(b"ce_type", b"order.placed"), (None, None), (b"ce_type", b"order.ready"), (b"\xff", b"1")],
        ),
        1,
    ),
    (body(b"A", b"{}", [(b"n%d" % number, b"v") for number in range(10_000)]), 1),
    (body(b"A", b"{}", [(b"ce_type", b"t" * 1_000_000)]), 1),
    (body(b"A", b"{}", [(b"n" * 1_000_000, b"v")]), 1),
    (body(b"k" * 1_000_000, b"{}"), 1),
    (body(b"A", b"v" * 1_000_000, [(b"traceparent", SAMPLED)]), 1),
    *((body(b"A", b"{}"), at) for at in (0, -1, -(2**62), 2**62)),
]


async def test_whatever_a_record_is_made_of_it_is_read(any_server: Server) -> None:
    """The embedded brokers check nothing, so this is what clients have to bear."""
    room = await aside(make_room, any_server)
    topic = room["topics"]["orders"]
    async with watch(any_server, room) as client:
        await aside(write_raw, room["bootstrap_servers"], topic, 0, ODD)
        card = (await client.do("place-order"))["card"]
        state = await aside(settled, any_server, room)
        assert state["projections"]["order-status"][card]["status"] == "delivered"
        assert state["incarnation"] == client.incarnation == 1
        assert state["topics_state"]["orders"][0]["end"] >= len(ODD)
    for frame in client.frames:
        hold(frame["type"], frame)
    assert max(len(json.dumps(frame)) for frame in client.frames) < 150_000
    for offset in range(len(ODD)):
        answer = await aside(any_server.get, f"/api/rooms/{room['code']}/records/orders/0/{offset}/")
        assert answer.status == 200, answer.text
        hold("record", answer.json())


X, Y = b'{"order":"x"}', b'{"order":"y"}'
NO_ORDER, NO_CUSTOMER = (f"It has no field “{name}”; expected is text." for name in ("order", "customer"))
AN_ORDER = "expected is an object with the fields “order”, “customer”, “dish”."
STRANGE: dict[str, tuple[str, dict[str, Any]]] = {
    "a tombstone": (f"Its value is empty; {AN_ORDER}", {"value": None, "key": b"Daniel"}),
    "headers without a value": (
        NO_ORDER,
        {"value": b"{}", "headers": [("traceparent", None), ("ce_type", None)]},
    ),
    "a binary key": (NO_CUSTOMER, {"value": X, "key": b"\xff\xfe\x00\x01"}),
    "an empty key": (NO_CUSTOMER, {"value": X, "key": b""}),
    "no key": (NO_CUSTOMER, {"value": X}),
    "an empty value": (f"Its value is empty; {AN_ORDER}", {"value": b"", "key": b"k"}),
    "900 kB": (
        "Its value has 900,012 bytes; at most 4,096 are read.",
        {"value": b'{"order":"' + b"a" * 900_000 + b'"}'},
    ),
    "of 1970": (NO_CUSTOMER, {"value": Y, "timestamp": 1}),
    "of the year 9999, which Kafka refuses": (NO_CUSTOMER, {"value": Y, "timestamp": 253402300799000}),
    "200 headers": (NO_CUSTOMER, {"value": Y, "headers": [(f"h{i}", b"\xff" * 10) for i in range(200)]}),
    "no trace": (NO_CUSTOMER, {"value": Y, "headers": [("traceparent", b"00-zz-zz-01"), *PLACED]}),
    "a key of a shell": (NO_CUSTOMER, {"value": Y, "key": b'it\'s "quoted" $(id) `x`\n'}),
    "an array": (f"Its value is an array; {AN_ORDER}", {"value": b"[1,2]", "headers": PLACED}),
    "1e999": (
        "Its value has a number in it that is larger than any that can be told.",
        {"value": b'{"order":1e999}', "headers": PLACED},
    ),
    "5,000 digits": (
        "Its value has 5,010 bytes; at most 4,096 are read.",
        {"value": b'{"order":' + b"9" * 5000 + b"}", "headers": PLACED},
    ),
    "turned round": (
        NO_CUSTOMER,
        {"value": '{"order":"\u202e😀"}'.encode(), "key": "\u202eclé😀".encode(), "headers": PLACED},
    ),
    "somebody else's type": (
        "Its type, the header “ce_type”, is another one than is known here; expected is “order.placed”.",
        {"value": X, "headers": CLOUD},
    ),
}


def write(room: dict[str, Any]) -> dict[int, str]:
    """Offset -> what is to be told of it. By librdkafka's own client, which any of these is possible with."""
    producer, told = Producer({"bootstrap.servers": room["bootstrap_servers"]}), dict[int, str]()

    def stored(sentence: str, error: KafkaError | None, message: Message) -> None:
        if not error:
            told[message.offset() or 0] = sentence

    for sentence, record in STRANGE.values():
        producer.produce(
            room["topics"]["orders"], partition=0, on_delivery=partial(stored, sentence), **record
        )
        # Each by itself: Kafka refuses a batch for one of its records.
        assert producer.flush(PATIENCE) == 0
    return told


async def test_each_kind_of_stranger_s_record_is_told_in_a_sentence_and_the_next_order_is_delivered(
    server: Server,
) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        expected = await aside(write, room)
        assert len(expected) >= len(STRANGE) - 1
        for group in ("restaurant", "delivery", "order-status"):
            await client.until(partial(so_many_failed, client, group, len(expected)))
            told = {hop["offset"]: hop["error"] for hop in client.hops("fail", group=group)}
            assert told == {at: f"{why} It went to the dead letters." for at, why in expected.items()}
        await deliver(client)
        state = await aside(settled, server, room)
    assert state["ledger"]["groups"]["restaurant"]["dead"] == len(expected)
    assert state["ledger"]["groups"]["restaurant"]["processed"] == 1


_ROUNDS = 6
_FLAT = 15.0
"""Megabytes. Of each round 0.9 are one record's value, which three groups read and put aside: kept, it would be 20."""


async def test_memory_stays_flat_however_often_strangers_write_each_kind(
    make_server: MakeServer, world: World
) -> None:
    """What a cluster of ours holds is let be full first: three partitions, of which this is one."""
    server = await aside(make_server, world=world)
    room = await aside(make_room, server)
    async with watch(server, room):
        held = list[float]()
        for _ in range(2):
            for _ in range(_ROUNDS):
                await aside(write, room)
            await aside(settled, server, room)
            held.append(sum((await aside(memory, server)).values()) / 1000)
    assert held[1] - held[0] < _FLAT, held


def so_many_failed(client: Client, group: str, count: int) -> bool:
    return len(client.hops("fail", group=group)) == count


ORDERS = [
    b"[1, 2]",
    b"null",
    b"7",
    b'"text"',
    b"{}",
    b'{"order": null}',
    b'{"order": {"a": [1]}, "customer": [], "dish": {}}',
    b'{"order": "", "customer": "A"}',
    b'{"order": "\\u0000", "customer": "\\u0000"}',
    b'{"order": "' + b"x" * 5000 + b'"}',
]


TYPES = [b"order.placed", b"order.ready", b"order.", b"", b"\xff\xfe", b"heart.sent"]


async def test_json_of_another_shape_does_not_stop_a_group(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        for type_ in TYPES:
            records = [{"value": value, "headers": [("ce_type", type_)]} for value in ORDERS]
            for topic in room["topics"].values():
                await aside(kafka_python.write, room["bootstrap_servers"], topic, records)
            # By the API: among so many failures not each step of an order fits into the frames.
            card = (await client.do("place-order"))["card"]
            state = await aside(settled, server, room)
            assert state["projections"]["order-status"][card]["status"] == "delivered", type_
        assert client.incarnation == 1
    for frame in client.frames:
        hold(frame["type"], frame)


POISON = {
    "a number beyond all": b'{"order": "x-0001", "customer": 1e999, "dish": -1e999}',
    "half a character in a value": b'{"order": "x-0001", "customer": "\\ud800", "dish": "\\udfff"}',
    "a NUL in a value": b'{"order": "x-0001", "customer": "A\\u0000"}',
    "half a character in a key": b'{"order": "\\ud800-0001", "customer": "A"}',
    "a number of 4,000 digits": b'{"order": "x-0001", "customer": ' + b"9" * 4000 + b"}",
    "900 levels": b'{"order": "x-0001", "customer": ' + b"[" * 900 + b"]" * 900 + b"}",
    "half a megabyte": b'{"order": "x-0001", "customer": "' + b"y" * 500_000 + b'"}',
}


async def test_poison_stops_neither_the_group_nor_the_viewers(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        for name, value in POISON.items():
            record = {"value": value, "key": b"A", "headers": [*PLACED, ("traceparent", SAMPLED)]}
            await aside(kafka_python.write, room["bootstrap_servers"], room["topics"]["orders"], [record])
            await deliver(client)
            await aside(settled, server, room)
            assert client.incarnation == 1, name
    assert (await aside(detail, server, room))["incarnation"] == 1
    for frame in client.frames:
        hold(frame["type"], frame)


HEADERS: dict[str, list[tuple[str, bytes]]] = {
    "a trace that is no hex": [("traceparent", b"00-" + b"z" * 32 + b"-" + b"1" * 16 + b"-01")],
    "a trace in bytes": [("traceparent", b"00-" + b"\xff" * 32 + b"-" + b"1" * 16 + b"-01")],
    "a trace of zeroes": [("traceparent", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01")],
    "a short trace": [("traceparent", b"00-1-1-01")],
    "an empty trace": [("traceparent", b"")],
    "a very long type": [("ce_type", b"t" * 10_000)],
}


async def test_foreign_headers_do_no_harm(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    where = room["bootstrap_servers"], room["topics"]["hearts"]
    record = {"value": b'{"stream": "music"}', "key": b"music"}
    async with watch(server, room) as client:
        for number, headers in enumerate(HEADERS.values(), start=1):
            await aside(kafka_python.write, *where, [record | {"headers": headers}])
            await client.do("send-heart")
            await client.until(partial(bookmarked, client, 2 * number))
    for frame in client.frames:
        hold(frame["type"], frame)


def bookmarked(client: Client, records: int) -> bool:
    return client.total("commit", group="heart-counter") == records


async def test_a_flood_of_strange_records_is_survived(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await aside(
            kafka_python.write, room["bootstrap_servers"], room["topics"]["hearts"], NOT_FOR_ANYBODY[:3] * 500
        )
        await client.do("send-heart")
        assert hearts(await aside(settled, server, room)) == 1
        await client.until(lambda: client.total("commit", group="heart-counter") == 1501)
    for frame in client.frames:
        hold(frame["type"], frame)
