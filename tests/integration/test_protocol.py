"""Every message of a run is what docs/protocol.schema.json says."""

from __future__ import annotations

import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.client import (
    Client,
    aside,
    change_members,
    contiguous,
    crowd,
    deliver,
    detail,
    make_room,
    set_group,
    settled,
    watch,
)
from tests.schema import SCHEMA, hold, holds, validator
from tests.servers import ROOT, Server, wait_for


def hold_all(client: Client) -> None:
    for frame in client.frames:
        hold(frame["type"], frame)
    assert contiguous(client)


def types(client: Client) -> set[str]:
    return {hop["type"] for frame in client.of("backlog", "hops") for hop in frame["hops"]}


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_message_that_the_protocol_names_is_in_the_schema() -> None:
    words = (ROOT / "docs" / "protocol.md").read_text()
    named = {"act", "seen", "resync", "backlog", "hops", "accepted", "refused"}
    assert all(f'{{"type":"{name}"' in words for name in named)
    assert named <= set(SCHEMA["$defs"])


async def test_an_order_keeps_to_the_protocol(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await deliver(client)
        await aside(settled, server, room)
        await client.until(lambda: client.hops("lag", group="delivery", topic="order-events"))
    hold_all(client)
    assert {"send", "ack", "poll", "process", "commit", "projection", "lag", "assign", "leader"} <= types(
        client
    )


async def test_refusals_keep_to_the_protocol(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await client.act("no-such-action", "a")
        await client.act("send-heart", "b", stream="no-such-stream")
        await client.send("{")
        await client.until(lambda: len(client.of("refused")) == 3)
    hold_all(client)
    assert sorted(frame.get("ref", "") for frame in client.of("refused")) == ["", "a", "b"]


async def test_a_crowd_keeps_to_the_protocol(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        for _ in range(3):
            await client.do("send-heart")
        await aside(crowd, server, room, 2000)
        async with watch(server, room) as newcomer:
            await client.until(lambda: client.total("commit", group="heart-counter") > 2000)
            assert newcomer.room["crowd"]["asked"] == 2000
        await aside(crowd, server, room, 0)
        await aside(settled, server, room)
        await client.until(lambda: client.hops("setting")[-1]["data"]["value"] == 0)
    hold_all(client)
    hold_all(newcomer)
    assert any("first" in hop and hop["count"] > 10 for hop in client.hops("poll"))


async def test_runs_stand_for_exactly_their_offsets(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await aside(crowd, server, room, 1000)
        await client.until(lambda: client.total("commit") > 2000)
        await aside(crowd, server, room, 0)
    hops = [hop for name in ("ack", "poll", "process", "commit") for hop in client.hops(name)]
    runs = [hop for hop in hops if "first" in hop]
    assert runs
    assert all(hop["count"] == hop["offset"] - hop["first"] + 1 for hop in runs)
    assert all(hop["count"] in (0, 1) for hop in hops if "first" not in hop)


async def test_members_that_come_and_go_keep_to_the_protocol(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await aside(change_members, server, room, "restaurant", "add")
        # It is given something only when another has given that back.
        await client.until(lambda: client.assignments("restaurant").get("restaurant-2"))
        await aside(change_members, server, room, "restaurant", "remove")
        await client.until(lambda: client.hops("leave", source="restaurant-2"))
        await client.send({"type": "resync"})
        await client.until(lambda: len(client.of("backlog")) == 2)
        await deliver(client)
    hold_all(client)
    assert {"join", "assign", "revoke", "leave"} <= types(client)


async def test_a_share_group_keeps_to_the_protocol(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await aside(change_members, server, room, "queue", "add")
        await aside(crowd, server, room, 500)
        await client.until(lambda: client.total("acknowledge") > 200)
        await aside(crowd, server, room, 0)
        assert await aside(wait_for, lambda: detail(server, room)["ledger"]["at_rest"])
        await aside(set_group, server, room, "queue", "answer", "release")
        await client.do("send-heart")
        await client.until(lambda: any(hop["data"]["deliveries"] == 5 for hop in client.hops("acknowledge")))
        await aside(change_members, server, room, "queue", "crash")
        await client.until(lambda: client.hops("crash"))
        assert await aside(wait_for, lambda: detail(server, room)["ledger"]["at_rest"])
        found = await aside(detail, server, room)
        await client.send({"type": "resync"})
        await client.until(lambda: len(client.of("backlog")) == 2)
    hold_all(client)
    hold("room_detail", found)
    assert "queue" not in found["groups_state"]
    handled = sum(hop["count"] for hop in client.hops("process") if hop["group"] == "queue")
    queue = found["ledger"]["groups"]["queue"]
    assert (queue["given_up"], queue["processed"]) == (1, client.total("ack") - 1)
    assert handled == queue["processed"] + queue["again"]


async def test_a_viewer_gets_at_most_twenty_frames_and_18_kb_a_second(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    began = time.monotonic()  # before all that is counted was sent, however late it was seen to arrive
    async with watch(server, room) as client:
        await aside(crowd, server, room, 2000)
        await client.until(lambda: client.total("ack") > 8000)
        await aside(crowd, server, room, 0)
        arrivals = client.arrivals[1:]
    seconds = arrivals[-1][0] - began
    assert len(arrivals) <= 20 * seconds + 2
    # One second's worth may go out at once; the last frame is paid for by the wait after it.
    assert sum(size for _, size in arrivals[:-1]) <= 18_000 * (seconds + 1) + 2_000


def test_the_api_keeps_to_the_protocol(server: Server) -> None:
    room = make_room(server, "hearts")
    hold("created_room", room)
    hold("room_detail", detail(server, room))
    hold("healthz", server.get("/healthz").json())
    hold("error", server.get("/api/rooms/XXXXXX/").json())


async def test_a_projection_of_the_api_keeps_to_the_protocol(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        key = (await client.do("send-heart"))["card"]
        await client.until(lambda: client.hops("projection", group="heart-counter", key=key))
    path = f"/api/rooms/{room['code']}/projections/heart-counter/{key}/"
    answer = await aside(server.get, path)
    hold("projection", answer.json())
    assert answer.json() == {"group": "heart-counter", "key": key, "value": {"hearts": 1}}
    hold("room_detail", await aside(detail, server, room))
    missing = await aside(server.get, f"/api/rooms/{room['code']}/projections/heart-counter/nobody/")
    assert (missing.status, missing.json()["value"]) == (200, None)
    hold("projection", missing.json())


HOP: dict[str, Any] = {"seq": 1, "time": 0.1, "type": "commit", "source": "g-1", "group": "g", "topic": "t"}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"partition": 0, "offset": 1, "count": -1},
        {"partition": 0, "offset": 1, "count": 1, "trace": "no hex", "key": None},
        {"partition": 0, "offset": 1, "count": 2, "trace": "a" * 32, "key": None},
        {"partition": 0, "first": 0, "offset": 1, "count": 2, "key": "k"},
        {"partition": 0, "first": 0, "offset": 1, "count": 2, "surprise": 1},
        {"type": "lag", "partition": 0, "offset": 1, "data": {"end": 1}},
        {"type": "assign", "data": {"changed": []}},
    ],
)
def test_the_schema_refuses_a_wrong_hop(wrong: dict[str, Any]) -> None:
    assert not holds("hop", HOP | wrong)


def test_the_schema_takes_a_right_hop() -> None:
    assert validator("hop").is_valid(HOP | {"partition": 0, "first": 0, "offset": 1, "count": 2})
    hold("hop", HOP | {"partition": 0, "offset": 1, "count": 0, "key": None, "trace": "a" * 32})
