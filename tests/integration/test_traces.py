"""A room's run is saved, and its file tells what was observed: nothing missing, nothing twice, nothing made up."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.client import Client, Room, aside, contiguous, crowd, make_room, settled, stored, watch
from tests.schema import hold
from tests.servers import Answer, Server

if TYPE_CHECKING:
    from tests.conftest import MakeServer

GROUPS = ("heart-counter", "trending", "notifications")


def save(server: Server, room: Room, token: str = "") -> Answer:
    return server.post_form(f"/r/{room['code']}/traces/", token or room["token"])


def file_of(server: Server, answer: Answer) -> list[Any]:
    assert answer.status == 201, answer.text
    body = server.get(f"{answer.headers['Location']}trace.ndjson").text
    assert body.endswith("\n")
    return [json.loads(line) for line in body.splitlines()]


def hops_of(lines: list[Any]) -> list[dict[str, Any]]:
    return [hop for line in lines if line["type"] == "hops" for hop in line["hops"]]


def all_told(client: Client, total: int) -> bool:
    counted = [client.total("send"), client.total("ack")]
    return min(*counted, *(client.total("commit", group=group) for group in GROUPS)) >= total


async def test_a_saved_flood_counts_every_record_that_the_brokers_hold(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await client.do("send-heart")
        await aside(crowd, server, room, 1000)
        await client.until(lambda: client.total("commit", group="heart-counter") > 1500)
        await aside(crowd, server, room, 0)
        state = await aside(settled, server, room)
        total = stored(state, "hearts")
        await client.until(lambda: all_told(client, total))
        head, *frames = file_of(server, await aside(save, server, room))
        assert contiguous(client)
    hold("head", head)
    for frame in frames:
        hold(frame["type"], frame)
    hops = hops_of(frames)
    assert frames[0]["type"] == "backlog"
    assert [hop["seq"] for hop in hops] == list(range(frames[0]["seq"] + 1, head["seq"] + 1))
    counted = Counter[tuple[str, str]]()
    for hop in hops:
        counted[hop["type"], hop.get("group", "")] += hop.get("count", 0)
    assert counted["send", ""] == counted["ack", ""] == total
    assert {counted["commit", group] for group in GROUPS} == {total}
    ends = {row["partition"]: row["end"] for row in state["topics_state"]["hearts"] if row["end"]}
    last = {hop["partition"]: hop["offset"] + 1 for hop in hops if hop["type"] == "ack" and hop["count"]}
    assert last == ends


async def test_the_file_holds_the_frames_that_a_viewer_was_sent(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await client.do("place-order")
        await client.until(lambda: client.hops("commit", group="delivery"))
        await aside(settled, server, room)
        lines = file_of(server, await aside(save, server, room))
        await client.until(lambda: client.seq >= lines[0]["seq"])
        kept = {frame["seq"]: frame for frame in lines if frame["type"] == "hops"}
        sent = [frame for frame in client.of("hops") if frame["seq"] <= lines[0]["seq"]]
    assert len(sent) > 3
    assert all(kept[frame["seq"]] == frame for frame in sent)


async def test_a_saved_run_outlives_what_happens_to_its_room(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await client.do("place-order")
        await client.until(lambda: client.hops("commit", group="delivery"))
        answer = await aside(save, server, room)
        before = file_of(server, answer)
        await client.do("place-order")
        await client.until(lambda: client.total("commit", group="restaurant") == 2)
    assert file_of(server, answer) == before
    assert server.get(answer.headers["Location"]).status == 200


async def test_the_panel_shows_the_link_and_the_file(server: Server) -> None:
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await client.do("place-order")
        await client.until(lambda: client.hops("ack"))
        answer = await aside(save, server, room)
    assert server.url + answer.headers["Location"] in answer.text
    assert f'href="{answer.headers["Location"]}trace.ndjson" download' in answer.text


def test_the_file_is_packed_on_the_way_if_that_is_wanted(server: Server) -> None:
    plain = server.get("/t/food-order/trace.ndjson")
    packed = server.get("/t/food-order/trace.ndjson", Accept_Encoding="gzip")
    assert len(packed.body) < len(plain.body) / 3
    assert gzip.decompress(packed.body) == plain.body


@pytest.mark.parametrize("token", ["", "forged", "another room's"])
def test_who_is_not_of_the_room_saves_nothing(server: Server, token: str) -> None:
    room = make_room(server)
    other = make_room(server)["token"] if token == "another room's" else token
    answer = server.request("POST", f"/r/{room['code']}/traces/", b"", X_Room_Token=other)
    assert answer.status == 403
    assert "token" in answer.text


def test_a_room_that_is_not_there_has_nothing_to_save(server: Server) -> None:
    room = make_room(server)
    assert server.post_form("/r/BCDFGH/traces/", room["token"]).status == 403


def test_nobody_can_put_a_run_of_his_own_here(server: Server) -> None:
    body = server.get("/t/food-order/trace.ndjson").body
    for path in ("/t/open/", "/t/food-order/", "/t/food-order/trace.ndjson", "/t/BCDFGHJKMN/"):
        for method in ("POST", "PUT", "DELETE"):
            assert server.request(method, path, body).status == 405


def test_two_hundred_megabytes_are_refused_in_a_sentence(server: Server) -> None:
    """Before they are read; the page for a file of one's own never sends it (tests/e2e/test_traces.py)."""
    room = make_room(server)
    size = str(200 * 1024 * 1024)
    path = f"/r/{room['code']}/traces/"
    answer = server.request("POST", path, b"x" * 70_000, X_Room_Token=room["token"], Content_Length=size)
    assert answer.status == 413
    assert "at most" in answer.text


def test_who_saves_too_often_is_told_to_wait(make_server: MakeServer) -> None:
    server = make_server()
    room = make_room(server)
    answers = [save(server, room) for _ in range(30)]
    last = answers[-1]
    assert (last.status, "Wait a minute." in last.text) == (429, True)
