"""How much one person, one room and one address may have: and that everybody else goes on."""

from __future__ import annotations

import http.client
import json
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.classes import begin_class, present, refusals
from tests.client import Client, aside, make_room, watch
from tests.schema import hold
from tests.servers import PATIENCE, Server, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer


async def pressed(clients: list[Client], times: int) -> list[str]:
    """What came of so many presses of each: `accepted`, or why not."""
    for number in range(times):
        for client in clients:
            await client.act("place-order", f"p{number}")
    found = []
    for client in clients:
        for number in range(times):
            answer = await client.until(lambda c=client, n=number: c.answer(f"p{n}"))  # type: ignore[misc]
            found.append(answer.get("code", answer["type"]))
    return found


async def test_two_tabs_of_one_person_share_what_one_person_may_tap(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_TAPS_PER_SECOND=1, KAFKAVIZ_TAPS_BURST=10)
    school = await aside(begin_class, server)
    one, other = [(await aside(school.join))["token"] for _ in range(2)]
    async with present(school, one) as tab, present(school, one) as second, present(school, other) as phone:
        answers = await pressed([tab, second], 10)
        assert set(answers) == {"accepted", "too-fast"}
        assert 10 <= answers.count("accepted") < 20
        assert await pressed([phone], 5) == ["accepted"] * 5


async def test_two_viewers_with_one_token_share_what_one_person_may_press(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_ACTS_PER_SECOND=1, KAFKAVIZ_ACTS_BURST=10)
    room = await aside(make_room, server)
    async with watch(server, room) as tab, watch(server, room) as second:
        answers = await pressed([tab, second], 10)
        assert 10 <= answers.count("accepted") < 20


async def test_a_room_bears_so_much_of_all_together_and_other_rooms_go_on(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_ROOM_ACTS_PER_SECOND=1, KAFKAVIZ_ROOM_ACTS_BURST=10)
    busy, quiet = [await aside(begin_class, server) for _ in range(2)]
    people = [(await aside(busy.join))["token"] for _ in range(4)]
    async with AsyncExitStack() as here:
        phones = [await here.enter_async_context(present(busy, token)) for token in people]
        answers = await pressed(phones, 5)
        assert set(answers) == {"accepted", "too-fast"}
        assert 10 <= answers.count("accepted") < 20
        async with present(quiet, (await aside(quiet.join))["token"]) as elsewhere:
            assert await pressed([elsewhere], 5) == ["accepted"] * 5


async def test_an_address_has_so_many_sockets_of_rooms_and_classes_and_gets_them_back(
    make_server: MakeServer,
) -> None:
    server = await aside(make_server, KAFKAVIZ_SOCKETS_PER_ADDRESS=2)
    school, room = await aside(begin_class, server), await aside(make_room, server)
    person = (await aside(school.join))["token"]
    async with present(school, person), watch(server, room):
        async with present(school, person) as more:
            await more.until(lambda: refusals(more) == ["full"])
        async with watch(server, room, first_backlog=False) as viewer:
            await viewer.until(lambda: refusals(viewer) == ["try-later"])
            assert await viewer.close_code() == 4503
    assert await aside(wait_for, lambda: server.get("/healthz").json()["sockets"] == 0)
    async with present(school, person) as back:
        assert refusals(back) == []


async def test_the_sockets_of_classes_count_among_those_of_the_server(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_SOCKETS=2)
    school, room = await aside(begin_class, server), await aside(make_room, server)
    people = [(await aside(school.join))["token"] for _ in range(2)]
    async with present(school, people[0]), present(school, people[1]):
        assert server.get("/healthz").json()["sockets"] == 2
        async with watch(server, room, first_backlog=False) as viewer:
            await viewer.until(lambda: refusals(viewer) == ["try-later"])


# Rooms

ROOMS = {"KAFKAVIZ_RUNNERS": 1, "KAFKAVIZ_ROOMS_PER_RUNNER": 3, "KAFKAVIZ_ROOMS_PER_ADDRESS": 1}


def made_from(server: Server, address: str) -> tuple[int, Any]:
    """Status and answer of making a room from elsewhere: all of 127.0.0.0/8 is this machine."""
    where = urlsplit(server.url).netloc
    with closing(
        http.client.HTTPConnection(where, timeout=PATIENCE, source_address=(address, 0))
    ) as connection:
        connection.request("POST", "/api/rooms/", json.dumps({"scenario": "hearts"}))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


async def test_who_holds_all_rooms_makes_place_for_newcomers_where_least_is_done_and_is_told(
    make_server: MakeServer,
) -> None:
    server = await aside(make_server, **ROOMS)
    taken = [await aside(make_room, server, "hearts") for _ in range(3)]
    async with AsyncExitStack() as here:
        viewers = [await here.enter_async_context(watch(server, room)) for room in taken]
        for viewer in (viewers[1], viewers[0], viewers[2]):
            await viewer.do("send-heart")
        assert (await aside(server.post_json, "/api/rooms/", {"scenario": "hearts"})).status == 503
        status, room = await aside(made_from, server, "127.0.0.2")
        assert status == 201
        async with watch(server, room):
            await viewers[1].until(lambda: refusals(viewers[1]) == ["asleep"])
            assert await viewers[1].close_code() == 4503
            hold("refused", viewers[1].of("refused")[0])
            for viewer in (viewers[0], viewers[2]):
                await viewer.do("send-heart")
                assert refusals(viewer) == []
            # What slept comes back as a new one would come: by its address, which has its share and more.
            async with watch(server, taken[1], first_backlog=False) as back:
                await back.until(lambda: refusals(back) == ["try-later"])
            assert (await aside(made_from, server, "127.0.0.2"))[0] == 503
            assert (await aside(made_from, server, "127.0.0.3"))[0] == 201
