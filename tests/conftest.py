"""Fixtures that every test may use. Helpers with more than a few lines live in tests/servers.py."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hypothesis
import pytest

from scripts.apache_kafka import KafkaFailed, fetch
from tests.brokers import Brokers, brokers, share
from tests.databases import Postgres, programs
from tests.servers import LEFT, Server, World

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
# Nothing here measures speed, and a busy machine is slow.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")
_SHOWN = 4000  # characters


def require(part: str, reason: str) -> NoReturn:
    """Skip, or fail where KAFKAVIZ_TEST_REQUIRE (such as "browser,kcat") says that this part must run."""
    if part in os.environ.get("KAFKAVIZ_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{reason} (KAFKAVIZ_TEST_REQUIRE names {part})")
    pytest.skip(reason)


def pytest_configure(config: pytest.Config) -> None:
    share(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright keeps an event loop running in this thread, next to which no async test and no query can run.
    items.sort(key=_is_of_browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what the servers said, too: on another machine nobody can look into their files."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for server in [found for found in item.funcargs.values() if isinstance(found, Server)]:
            report.sections.append(("Server", server.output()[-_SHOWN:]))
    return report


def _is_of_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


def chromium() -> str | None:
    """One without a window first: it spends nothing on one."""
    shells = ["chromium-headless-shell", "chrome-headless-shell"]
    wanted = [os.environ.get("CHROMIUM", ""), *shells, "chromium", "chromium-browser", "google-chrome"]
    return next((path for path in map(shutil.which, filter(None, wanted)) if path), None)


def whole_chromium() -> str:
    """One that minds the settings of a profile, as that without a window does not."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((path for path in map(shutil.which, names) if path), None)
    if path is None:
        require("browser", "no Chromium was found that minds a profile's settings")
    return str(path)


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
def kafka(
    kafka_here: None, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Brokers]:
    """Three brokers of a real Apache Kafka, for all tests that do not hurt them."""
    with brokers(pytestconfig, tmp_path_factory.mktemp("kafka")) as found:
        yield found


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    found = programs()
    if found is None:
        require("postgres", "PostgreSQL's server programs are not installed")
    postgres = Postgres(found).start()
    yield postgres
    postgres.remove()


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
    server = Server(tmp_path_factory.mktemp("server"), world, **LEFT).start()
    yield server
    server.stop_and_check()


@pytest.fixture(scope="session")
def any_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For what is the same whatever a server stands on, such as what is about the page alone."""
    server = Server(tmp_path_factory.mktemp("any-server"), **LEFT).start()
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
