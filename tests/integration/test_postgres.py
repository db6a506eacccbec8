"""Kafkaviz on PostgreSQL: the same, and it survives that the database goes away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.client import Client, aside, hearts, make_room, settled, stored, watch
from tests.conftest import require
from tests.databases import Postgres, free_port, programs
from tests.servers import ROOT

if TYPE_CHECKING:
    from tests.conftest import MakeServer


@pytest.fixture
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One that a test may stop."""
    found = programs()
    if found is None:
        require("postgres", "PostgreSQL's server programs are not installed")
    postgres = Postgres(tmp_path_factory.mktemp("own"), found).start()
    yield postgres
    postgres.stop()


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


def test_the_first_room_after_a_restart_opens_at_once(
    own_postgres: Postgres, make_server: MakeServer
) -> None:
    """Its runner and the web process hold connections that have been cut."""
    server = make_server(DATABASE_URL=own_postgres.new_database(), KAFKAVIZ_RUNNERS=1)
    old = make_room(server, "hearts")
    own_postgres.stop()
    own_postgres.start()
    assert server.post_json("/api/rooms/", {"scenario": "hearts"}).status == 201
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
        make_server, f"postgresql://user:pass-word@127.0.0.1:{free_port()}/rooms", "rooms at 127.0.0.1"
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
