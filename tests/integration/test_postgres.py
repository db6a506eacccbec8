"""Kafkaviz on PostgreSQL: the same, and it survives that the database goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.ports import free_ports
from tests.client import Client, Room, aside, deliver, hearts, make_room, settled, stored, watch
from tests.conftest import require
from tests.databases import Postgres, programs
from tests.processes import runners
from tests.schema import hold
from tests.servers import ROOT, Server, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

AWAY = "The database does not answer just now. Nothing in it is lost; this goes on by itself when it is back."


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """One that a test may stop."""
    found = programs()
    if found is None:
        require("postgres", "PostgreSQL's server programs are not installed")
    postgres = Postgres(found).start()
    yield postgres
    postgres.remove()


def test_the_store_s_tests_hold_on_postgresql(postgres: Postgres) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/integration/test_store.py",
    ]
    env = {**os.environ, "DATABASE_URL": postgres.new_database()}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


async def test_a_room_goes_on_when_the_database_was_away(
    own_postgres: Postgres, make_server: MakeServer
) -> None:
    server = await aside(make_server, DATABASE_URL=own_postgres.new_database())
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await client.do("send-heart")
        await client.until(lambda: processed(client) == 1)
        await aside(own_postgres.stop)
        await client.do("send-heart")
        await client.until(lambda: client.hops("retry", group="heart-counter"))
        await aside(own_postgres.start)
        await client.until(lambda: processed(client) == 2)
        state = await aside(settled, server, room)
    assert hearts(state) == stored(state, "hearts") == 2
    async with watch(server, await aside(make_room, server, "hearts")) as other:
        await other.do("send-heart")
        await other.until(lambda: processed(other) == 1)


async def test_while_the_database_is_away_whoever_comes_is_told_so(
    own_postgres: Postgres, make_server: MakeServer
) -> None:
    server = await aside(make_server, DATABASE_URL=own_postgres.new_database())
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await aside(own_postgres.stop)
        for _ in range(3):
            await aside(all_say_that_the_database_is_away, server, room)
            async with watch(server, room, first_backlog=False) as guest:
                assert await guest.close_code() == 4503
                assert [frame["message"] for frame in guest.frames] == [AWAY]
        await client.do("send-heart")
        await client.until(lambda: client.hops("retry", group="heart-counter", error=AWAY))
        await aside(own_postgres.start)
        await aside(all_is_well, server, room)
        await client.until(lambda: processed(client) == 1)
        assert await aside(wait_for, lambda: "The database can be used again" in server.output())
    said = server.output()
    assert said.count("WARNING apps.rooms.outage: The database can't be used: ") == 1
    assert said.count("WARNING apps.rooms.outage: The database can be used again") == 1
    assert "Traceback" not in said
    assert "django.request" not in said
    assert len(said.splitlines()) < 20, said


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="runners are found through /proc")
async def test_a_runner_dies_while_the_database_is_away_and_its_rooms_come_back_when_it_does(
    own_postgres: Postgres, make_server: MakeServer
) -> None:
    server = await aside(make_server, DATABASE_URL=own_postgres.new_database())
    tapped, kitchen = await aside(make_room, server, "hearts"), await aside(make_room, server)
    async with watch(server, tapped) as client, watch(server, kitchen) as guest:
        await client.do("send-heart")
        await client.until(lambda: processed(client) == 1)
        await aside(own_postgres.stop)
        (runner,) = runners(server)
        os.kill(runner, signal.SIGKILL)
        for room in (tapped, kitchen):
            assert await said_once(server, f"Room {room['code']} is not back yet, and tried again: {AWAY}")
        await aside(own_postgres.start)
        for viewer in (client, guest):
            await came_back(viewer)
        await client.do("send-heart")
        await client.until(lambda: processed(client) == 2)
        await deliver(guest)
        state = await aside(settled, server, tapped)
    assert (hearts(state), stored(state, "hearts")) == (2, 1)
    for room in (tapped, kitchen):
        assert await said_once(server, f"Room {room['code']} is back\n")


async def came_back(client: Client) -> None:
    await client.until(lambda: client.incarnation == 2)
    assert "died" in client.room["notice"]


async def said_once(server: Server, line: str) -> bool:
    return await aside(wait_for, lambda: line in server.output()) and server.output().count(line) == 1


def all_say_that_the_database_is_away(server: Server, room: Room) -> None:
    for path in ("/play/hearts/", f"/r/{room['code']}/"):
        page = server.get(path)
        assert (page.status, page.headers["Retry-After"]) == (503, "5")
        assert AWAY in page.text
        assert "data-retry" in page.text
    home = server.get("/")
    assert home.status == 200
    assert AWAY in home.text
    detail = f"/api/rooms/{room['code']}/"
    answers = [server.get(detail), server.get(detail + "projections/heart-counter/music/")]
    answers.append(server.post_json("/api/rooms/", {"scenario": "hearts"}))
    for answer in answers:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json() == {"error": {"code": "database", "message": AWAY}}
    health = server.get("/healthz")
    assert (health.status, health.headers["Retry-After"]) == (503, "5")
    hold("healthz", health.json())
    told = health.json()
    assert (told["status"], told["database"], told["trouble"]) == ("unavailable", AWAY, AWAY)


def all_is_well(server: Server, room: Room) -> None:
    health = server.get("/healthz")
    assert health.status == 200
    told = health.json()
    assert (told["status"], told["database"], told["trouble"]) == ("ok", "", "")
    for path in ("/play/hearts/", f"/r/{room['code']}/", f"/api/rooms/{room['code']}/"):
        assert server.get(path).status == 200
    assert AWAY not in server.get("/").text


def test_the_first_room_after_a_restart_opens_at_once(
    own_postgres: Postgres, make_server: MakeServer
) -> None:
    """Its runner and the web process hold connections that have been cut."""
    server = make_server(DATABASE_URL=own_postgres.new_database(), KAFKAVIZ_RUNNERS=1)
    old = make_room(server, "hearts")
    # Some restarts are so quick that the connections were used a moment ago.
    for _ in range(4):
        own_postgres.stop()
        own_postgres.start()
        assert server.post_json("/api/rooms/", {"scenario": "hearts"}).status == 201, server.output()
    assert server.get(f"/api/rooms/{old['code']}/", X_Room_Token=old["token"]).status == 200


def processed(client: Client) -> int:
    return client.total("process", group="heart-counter")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://user:pass-word@host/db", "must be like postgresql://"),
        ("kafkaviz", "must be like postgresql://"),
        ("postgresql://user:pass-word@host:port/db", "can't be read"),
        ("postgresql://user:pass-word@host", "names no database"),
    ],
)
def test_an_address_that_can_not_be_right_is_refused(make_server: MakeServer, url: str, told: str) -> None:
    assert_refused(make_server, url, told)


def test_a_database_that_does_not_answer_is_told(make_server: MakeServer) -> None:
    assert_refused(
        make_server, f"postgresql://user:pass-word@127.0.0.1:{free_ports()[0]}/rooms", "rooms at 127.0.0.1"
    )


def test_a_database_that_is_not_there_is_told(make_server: MakeServer, postgres: Postgres) -> None:
    assert_refused(make_server, postgres.url("nowhere"), '"nowhere" does not exist')


def test_a_wrong_password_is_told_but_never_printed(make_server: MakeServer, postgres: Postgres) -> None:
    name = postgres.new_login("right-word")
    url = postgres.url("postgres").replace("kafkaviz@", f"{name}:pass-word@")
    assert_refused(make_server, url, f'password authentication failed for user "{name}"')


def test_what_postgresql_does_not_know_of_is_told(make_server: MakeServer, postgres: Postgres) -> None:
    assert_refused(
        make_server, postgres.url("postgres") + "?colour=blue", 'invalid connection option "colour"'
    )


def assert_refused(make_server: MakeServer, url: str, told: str) -> None:
    server = make_server(start=False, DATABASE_URL=url).launch()
    assert server.finish() == 1
    said = server.output().strip()
    assert told in said
    assert "DATABASE_URL" in said
    assert "pass-word" not in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1
