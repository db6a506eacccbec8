"""Without Kafka: the same flood in two lanes. What is shown was counted, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.client import Room, hearts, make_room, settled
from tests.schema import hold
from tests.servers import Answer, Server, World, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer


def start(server: Server, room: Room, rate: object = 50, seconds: object = 5) -> Answer:
    return server.post_form(f"/r/{room['code']}/lanes/", room["token"], rate=rate, seconds=seconds)


def told(server: Server, room: Room) -> dict[str, Any]:
    answer = server.get(f"/api/rooms/{room['code']}/lanes/")
    assert answer.status == 200, answer.text
    hold("lanes", answer.json())
    return answer.json()


def finished(server: Server, room: Room) -> dict[str, Any]:
    assert wait_for(lambda: told(server, room)["phase"] in ("done", "failed"), 180)
    return told(server, room)


@pytest.fixture(params=["sqlite", "postgresql"])
def own_server(request: pytest.FixtureRequest, make_server: MakeServer) -> Server:
    on_postgres = request.param == "postgresql"
    return make_server(world=World(postgres=request.getfixturevalue("postgres") if on_postgres else None))


def test_what_was_accepted_is_in_the_database_in_both_lanes(own_server: Server) -> None:
    room = make_room(own_server, "hearts")
    assert told(own_server, room)["phase"] == "none"
    answer = start(own_server, room)
    assert answer.status == 200, answer.text
    again = start(own_server, room)
    assert again.status == 429
    assert "comparing just now" in again.text
    found = finished(own_server, room)
    assert found["phase"] == "done", found
    result = found["result"]
    left, right = result["lanes"]["without_kafka"], result["lanes"]["with_kafka"]
    for lane in (left, right):
        failed = sum(error["count"] for error in lane["errors"])
        assert lane["offered"] == 250 == lane["accepted"] + failed
        # What was given up may be stored all the same, but nothing else.
        assert lane["accepted"] <= lane["stored"] <= lane["offered"]
        assert lane["settled_s"] is not None
        assert lane["accepted"] == 0 or lane["p50_ms"] <= lane["p99_ms"]
    assert left["writes"] == left["stored"]
    assert 0 < right["writes"] <= right["stored"]
    assert hearts(settled(own_server, room)) == right["stored"]
    assert result["database"]["engine"] == ("PostgreSQL" if "DATABASE_URL" in own_server.env else "SQLite")
    assert result["kafka"] == {"cluster": "embedded", "acks": "all"}


def test_bad_numbers_get_a_sentence_and_start_nothing(any_server: Server) -> None:
    server = any_server
    room = make_room(server, "hearts")
    wrong = [
        (9, 5, "Offer 10 to 5,000"),
        (5001, 5, "Offer 10 to 5,000"),
        (50, 4, "lasts 5 to 20"),
        ("x", 5, "whole"),
    ]
    for rate, seconds, sentence in wrong:
        answer = start(server, room, rate, seconds)
        assert answer.status == 400
        assert sentence in answer.text
    assert told(server, room)["phase"] == "none"


def test_strangers_start_nothing_and_press_nothing(any_server: Server) -> None:
    server = any_server
    room = make_room(server, "hearts")
    assert start(server, {**room, "token": "no"}).status == 403
    assert server.request("POST", "/lanes/heart/", b"").status == 404
    assert server.request("POST", "/lanes/heart/", b"", X_Lane="guess").status == 404
    assert told(server, room)["phase"] == "none"


def test_a_scenario_whose_groups_count_nothing_has_no_lanes(any_server: Server) -> None:
    server = any_server
    room = make_room(server)
    assert server.get(f"/r/{room['code']}/lanes/").status == 404
    answer = server.get(f"/api/rooms/{room['code']}/lanes/")
    assert answer.status == 404
    hold("error", answer.json())
    assert "lanes/" not in server.get(f"/r/{room['code']}/").text


def test_the_load_ends_with_a_web_process_that_is_killed(make_server: MakeServer) -> None:
    server = make_server()
    room = make_room(server, "hearts")
    assert start(server, room, 100, 20).status == 200
    assert wait_for(lambda: told(server, room)["progress"]["accepted"])
    server.interrupt(9)
