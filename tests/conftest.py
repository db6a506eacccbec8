"""Fixtures that every test may use. Helpers with more than a few lines live in tests/servers.py."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from scripts.apache_kafka import ApacheKafka, KafkaFailed, fetch
from tests.databases import Postgres, programs
from tests.servers import Server, World

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
MakeServer = Callable[..., Server]


def require(part: str, reason: str) -> NoReturn:
    """Skip, or fail where KAFKAVIZ_TEST_REQUIRE (such as "browser,kcat") says that this part must run."""
    if part in os.environ.get("KAFKAVIZ_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{reason} (KAFKAVIZ_TEST_REQUIRE names {part})")
    pytest.skip(reason)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright keeps an event loop running in this thread, next to which no async test and no query can run.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def chromium() -> str | None:
    wanted = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    return next((path for path in map(shutil.which, filter(None, wanted)) if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        require("browser", "no Chromium was found: install it, or set CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def kcat() -> str:
    path = shutil.which("kcat")
    if path is None:
        require("kcat", "kcat is not installed")
    return str(path)


@pytest.fixture(scope="session")
def kafka_here() -> None:
    """Java, and the jar files of Apache Kafka."""
    try:
        fetch()
    except KafkaFailed as failure:
        require("kafka", str(failure))


@pytest.fixture(scope="session")
def kafka(kafka_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Three brokers of a real Apache Kafka, for all tests that do not hurt them."""
    kafka = ApacheKafka(tmp_path_factory.mktemp("kafka"), brokers=3)
    try:
        yield kafka.start()
    finally:
        kafka.stop()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    found = programs()
    if found is None:
        require("postgres", "PostgreSQL's server programs are not installed")
    postgres = Postgres(tmp_path_factory.mktemp("database"), found).start()
    yield postgres
    postgres.stop()


WORLDS = [
    pytest.param("embedded", id="embedded-sqlite"),
    pytest.param("kafka", id="kafka-postgres", marks=pytest.mark.kafka),
]


@pytest.fixture(scope="session", params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    """What a server stands on: embedded clusters and SQLite, or Apache Kafka and PostgreSQL."""
    if request.param == "embedded":
        return World()
    return World(request.getfixturevalue("kafka"), request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def server(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running Kafkaviz for all tests in its world. What a test does to it must not disturb other rooms."""
    server = Server(tmp_path_factory.mktemp("server"), world).start()
    yield server
    server.stop_and_check()


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """A server of a test's own: make_server(KAFKAVIZ_SOCKETS_PER_ROOM=2) waits until it can be used.

    Embedded and on SQLite, unless a `world` is given.
    """
    servers: list[Server] = []

    def make(start: bool = True, world: World | None = None, **env: object) -> Server:
        server = Server(tmp_path / f"data-{len(servers)}", world, **env)
        servers.append(server)
        return server.start() if start else server

    yield make
    for server in servers:
        server.stop_and_check()
