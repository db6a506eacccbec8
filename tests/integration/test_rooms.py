"""Rooms sleep and wake, members share partitions, caps are told, and slow viewers cost nothing."""

from __future__ import annotations

import time
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from tests.client import (
    Client,
    Room,
    aside,
    change_members,
    contiguous,
    crowd,
    deliver,
    detail,
    hearts,
    make_room,
    settled,
    stored,
    watch,
)
from tests.schema import hold
from tests.servers import Server, World, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

SLOWEST = 10  # seconds for which a broker can be made to think
ORDERS = [["orders", 0], ["orders", 1], ["orders", 2]]


def sizes(client: Client) -> list[int]:
    return sorted(map(len, client.assignments("restaurant").values()))


def shared(client: Client, group: str, members: int) -> bool:
    """So many members own all of the topic, each partition once."""
    owned = client.assignments(group)
    return len(owned) == members and sorted(chain.from_iterable(owned.values())) == ORDERS


async def change(server: Server, room: Room, what: str, times: int = 1) -> None:
    for _ in range(times):
        await aside(change_members, server, room, "restaurant", what)


async def test_two_members_share_three_partitions(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await client.until(lambda: shared(client, "restaurant", 1))
        await change(server, room, "add")
        await client.until(lambda: shared(client, "restaurant", 2) and sizes(client) == [1, 2])
        await deliver(client)


async def test_a_fourth_member_is_idle_and_a_third_that_leaves_gives_back(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await change(server, room, "add", 3)
        await client.until(lambda: shared(client, "restaurant", 4) and sizes(client) == [0, 1, 1, 1])
        for left in (3, 2, 1):
            await change(server, room, "remove")
            await client.until(partial(shared, client, "restaurant", left))
        await deliver(client)
        assert (await aside(settled, server, room))["incarnation"] == 1


async def test_orders_go_on_while_members_come_and_go(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        cards = []
        for what in ("add", "add", "remove", "add", "remove", "remove"):
            cards.append((await client.do("place-order"))["card"])
            await change(server, room, what)
        state = await aside(settled, server, room)
    statuses = [value["status"] for value in state["projections"]["order-status"].values()]
    assert statuses == ["delivered"] * len(cards)
    assert state["projections"]["restaurant"]["all"]["orders"] == len(cards)


async def test_a_group_without_members_keeps_its_place(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await change(server, room, "remove")
        await client.until(lambda: client.assignments("restaurant") == {})
        answer = await aside(
            server.post_form,
            f"/r/{room['code']}/members/",
            room["token"],
            group="restaurant",
            change="remove",
        )
        assert answer.status == 400
        card = (await client.do("place-order"))["card"]
        await client.until(lambda: client.hops("projection", key=card))
        await change(server, room, "add")
        await client.until(
            lambda: any(hop["data"]["status"] == "delivered" for hop in client.hops("projection", key=card))
        )


async def test_a_room_sleeps_and_wakes_with_what_its_groups_made(
    world: World, make_server: MakeServer
) -> None:
    """An external Kafka keeps the log meanwhile; an embedded one begins another."""
    server = await aside(make_server, world=world, KAFKAVIZ_SLEEP_AFTER=1)
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        for _ in range(5):
            await client.do("send-heart")
        assert hearts(await aside(settled, server, room)) == 5
        assert client.room["notice"] is None
    assert await aside(wait_for, lambda: server.get("/healthz").json()["rooms"] == 0, 30)
    async with watch(server, room) as client:
        assert client.incarnation == 2
        assert "slept" in client.room["notice"]
        state = await aside(detail, server, room)
        assert hearts(state) == 5
        assert sum(row["end"] for row in state["topics_state"]["hearts"]) == (5 if server.external else 0)
        await client.do("send-heart")
        assert hearts(await aside(settled, server, room)) == 6
    for frame in client.frames:
        hold(frame["type"], frame)


async def test_a_crowd_that_nobody_watches_any_more_goes_home(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_CROWD_ALONE=1)
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await aside(crowd, server, room, 100)
        await client.until(lambda: client.total("ack") > 10)
    # To ask for the room would be to look at it.
    gone = f"Room {room['code']}: nobody watches, so its crowd went home"
    assert await aside(wait_for, lambda: gone in server.output())
    state = await aside(settled, server, room)
    async with watch(server, room) as client:
        assert client.room["crowd"] is None
        assert client.incarnation == 1
    assert hearts(state) == stored(state, "hearts") > 10


async def test_a_watched_room_does_not_sleep(world: World, make_server: MakeServer) -> None:
    server = await aside(make_server, world=world, KAFKAVIZ_SLEEP_AFTER=3)
    watched = await aside(make_room, server, "hearts")
    async with watch(server, watched) as client:
        left = await aside(make_room, server, "hearts")
        assert await aside(wait_for, lambda: server.get("/healthz").json()["rooms"] == 1, 30)
        await client.do("send-heart")
        await client.until(lambda: client.total("ack") == 1)
        assert client.incarnation == 1
    assert (await aside(detail, server, left))["incarnation"] == 2


async def test_a_full_server_says_so(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_RUNNERS=1, KAFKAVIZ_ROOMS_PER_RUNNER=1)
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        answer = await aside(server.post_json, "/api/rooms/", {"scenario": "hearts"})
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        hold("error", answer.json())
        page = await aside(server.get, "/play/hearts/")
        assert page.status == 503
        assert int(page.headers["Retry-After"]) > 0
        assert "in use just now" in page.text
        await deliver(client)
    # A line for each who was refused would be no news.
    said = server.output()
    assert said.count("in use just now") == said.count("WARNING") == 1
    assert "ERROR" not in said


async def test_rooms_whose_brokers_hardly_answer_hold_nobody_up(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_RUNNERS=1, KAFKAVIZ_ROOMS_PER_RUNNER=8)
    first, usual = await ordered_in_a_new_room(server)
    for room in [first, *[await aside(make_room, server, "hearts") for _ in range(6)]]:
        for broker in (1, 2, 3):
            await aside(slow_down, server, room, broker)
    assert await aside(wait_for, lambda: server.output().count("how far its groups are") >= 7, 60)
    _room, seconds = await ordered_in_a_new_room(server)
    # Who waits for one of those answers takes so much longer, on whatever machine.
    assert seconds < usual + SLOWEST


async def ordered_in_a_new_room(server: Server) -> tuple[Room, float]:
    """The room, and the seconds that it took until an order was delivered in it."""
    began = time.monotonic()
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await deliver(client)
    return room, time.monotonic() - began


def slow_down(server: Server, room: Room, broker: int) -> None:
    form = {"broker": broker, "change": "slow", "delay": SLOWEST * 1000}
    assert server.post_form(f"/r/{room['code']}/broker/", room["token"], **form).status == 200


async def test_a_group_that_is_full_says_so(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_MEMBERS_PER_GROUP=2)
    room = await aside(make_room, server)
    await change(server, room, "add")
    answer = await aside(add_one_too_many, server, room)
    assert answer.status == 400
    assert "at most 2 members" in answer.text
    assert (await aside(add_one_too_many, server, room, HX_Request="true")).status == 200


def add_one_too_many(server: Server, room: Room, **headers: str) -> Any:
    kind = "application/x-www-form-urlencoded"
    path, body = f"/r/{room['code']}/members/", b"group=restaurant&change=add"
    return server.request("POST", path, body, X_Room_Token=room["token"], Content_Type=kind, **headers)


async def test_a_room_full_of_viewers_says_so_and_closes(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_SOCKETS_PER_ROOM=2)
    room = await aside(make_room, server)
    async with watch(server, room) as one, watch(server, room):
        async with watch(server, room, first_backlog=False) as third:
            assert await third.close_code() == 4503
            assert [frame["code"] for frame in third.frames] == ["try-later"]
            hold("refused", third.frames[0])
        await deliver(one)
    assert await aside(wait_for, lambda: server.get("/healthz").json()["sockets"] == 0)
    async with watch(server, room) as again:
        await deliver(again)


async def test_a_viewer_who_falls_behind_gets_nothing_and_then_a_backlog(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as other, watch(server, room) as slow:
        await slow.send({"type": "seen", "seq": slow.seq})
        await aside(crowd, server, room, 300)
        await other.until(lambda: other.seq > slow.seq + 100)
        sent = len(slow.frames)
        until = other.seq + 100
        await other.until(lambda: other.seq > until)
        assert len(slow.frames) == sent
        await slow.send({"type": "seen", "seq": slow.seq})
        await slow.until(lambda: len(slow.of("backlog")) == 2)
        await slow.until(lambda: slow.frames[-1]["type"] == "hops")
        await aside(crowd, server, room, 0)
    assert contiguous(slow)
    assert len(other.of("backlog")) == 1
    assert contiguous(other)


async def test_a_viewer_who_never_says_what_it_saw_is_sent_everything(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await aside(crowd, server, room, 300)
        await client.until(lambda: client.hops("ack") and client.hops("ack")[-1]["time"] > 7)
        await aside(crowd, server, room, 0)
        assert len(client.of("backlog")) == 1
        assert contiguous(client)


async def test_resync_gives_a_backlog_to_who_asks_and_to_nobody_else(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client, watch(server, room) as other:
        await deliver(client)
        await client.send({"type": "resync"})
        await client.until(lambda: len(client.of("backlog")) == 2)
        await deliver(client)
        backlog = client.of("backlog")[1]
    assert contiguous(client)
    assert len(other.of("backlog")) == 1
    assert {hop["type"] for hop in backlog["hops"]} >= {"ack", "commit", "projection", "assign", "leader"}
    assert not any(hop["type"] in ("fail", "retry", "leave") for hop in backlog["hops"])
