"""What Prometheus reads: parsed by its own parser, and true."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.classes import begin_class, present, you
from tests.client import Client, aside, crowd, deliver, make_room, watch
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer


@pytest.fixture
def make_server(make_server: MakeServer) -> MakeServer:
    """Servers whose figures may be read from here."""
    return functools.partial(make_server, KAFKAVIZ_METRICS_FOR="127.0.0.0/8,::1")


def figures(server: Server) -> dict[str, float]:
    answer = server.get("/metrics")
    assert answer.status == 200
    families = text_string_to_metric_families(answer.text)
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


async def test_the_figures_of_a_server_are_those_of_its_rooms(make_server: MakeServer) -> None:
    server = await aside(make_server)
    assert figures(server)["kafkaviz_rooms"] == 0
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await deliver(client)
        # One order, and what four steps of it became.
        assert await aside(wait_for, lambda: figures(server)["kafkaviz_records"] == 5)
        seen = len(told(client))
        found = await aside(figures, server)
        assert (found["kafkaviz_rooms"], found["kafkaviz_sockets"], found["kafkaviz_runners"]) == (1, 1, 1)
        assert found["kafkaviz_hops"] > 30
        assert found["kafkaviz_frames_total"] >= seen
        assert found["kafkaviz_sent_bytes_total"] > 1000
        assert await aside(wait_for, lambda: figures(server).get("kafkaviz_consumer_lag restaurant") == 0)
        await client.act("no-such-action")
        await client.until(lambda: client.of("refused"))
        code = client.of("refused")[0]["code"]
        assert figures(server)[f"kafkaviz_refusals_total {code}"] == 1


@pytest.mark.parametrize("readers", ["", "10.0.0.0/8,fd00::/8"])
def test_nobody_reads_the_figures_who_is_not_named(make_server: MakeServer, readers: str) -> None:
    server = make_server(KAFKAVIZ_METRICS_FOR=readers)
    answer = server.get("/metrics")
    assert answer.status == 404
    assert "kafkaviz_rooms" not in answer.text


def test_no_figure_tells_a_room_s_code(make_server: MakeServer) -> None:
    server = make_server()
    room = server.make_room()
    assert room["code"] not in server.get("/metrics").text


def told(client: Client) -> list[int]:
    """Bytes of each frame and of each word of a class; what an act is answered in a room is neither."""
    answers = {"accepted", "refused"} if client.of("backlog") else set()
    # Another thread may look while one arrives.
    pairs = zip(client.frames, client.arrivals, strict=False)
    return [size for frame, (_, size) in pairs if frame["type"] not in answers]


async def test_what_phones_and_screens_of_a_class_are_told_is_counted_to_the_byte(
    make_server: MakeServer,
) -> None:
    server = await aside(make_server)
    school = await aside(begin_class, server)
    room = {"code": school.code, "token": school.host, "socket": f"/ws/rooms/{school.code}/"}
    people = [(await aside(school.join))["token"] for _ in range(2)]
    async with (
        present(school, people[0]) as one,
        present(school, people[1]) as other,
        present(school, school.host) as page,
        watch(server, room) as diagram,
    ):
        assert (await aside(figures, server))["kafkaviz_sockets"] == 4
        await one.do("place-order")
        await one.until(lambda: you(one).get("card") == "delivered")
        here = (one, other, page, diagram)

        def agree() -> bool:
            found = figures(server)
            sizes = [size for client in here for size in told(client)]
            counted = (found["kafkaviz_frames_total"], found["kafkaviz_sent_bytes_total"])
            return counted == (len(sizes), sum(sizes))

        assert await aside(wait_for, agree)


async def test_frames_that_a_viewer_who_is_behind_is_not_sent_are_counted(make_server: MakeServer) -> None:
    server = await aside(make_server)
    room = await aside(make_room, server)
    async with watch(server, room) as slow:
        await slow.send({"type": "seen", "seq": 0})
        await aside(crowd, server, room, 10)
        assert await aside(wait_for, lambda: figures(server)["kafkaviz_dropped_frames_total"] >= 3)
        assert figures(server)["kafkaviz_viewers_behind_total"] == 1


async def test_whom_the_server_cuts_or_turns_away_is_counted_by_why(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_MESSAGES_PER_SECOND=1, KAFKAVIZ_MESSAGES_BURST=5)
    room = await aside(make_room, server)
    async with watch(server, room) as flood:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(10):
                await flood.send({"type": "seen", "seq": 0})
        assert await flood.close_code() == 1008
    async with watch(server, room) as long:
        await long.send("x" * 5000)
        assert await long.close_code() == 1009
    assert (await aside(server.post_json, "/api/rooms/", "x" * 100_000)).status == 413
    for wrong in ({**room, "token": "forged"}, {**room, "socket": "/ws/nowhere/"}):
        with pytest.raises(InvalidStatus):
            async with watch(server, wrong):
                pass
    path = f"/r/{room['code']}/crowd/"
    assert (await aside(server.post_form, path, room["token"], rate="many")).status == 400
    found = await aside(figures, server)
    whys = ("too-fast", "too-long", "body")
    assert [found[f"kafkaviz_cut_connections_total {why}"] for why in whys] == [1, 1, 1]
    assert found["kafkaviz_refusals_total handshake"] == 2
    assert found["kafkaviz_refusals_total panel"] == 1
