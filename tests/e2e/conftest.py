"""Fixtures for what is about the page alone, and so is the same whatever a server stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Server


@pytest.fixture(scope="session")
def any_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("any-server")).start()
    yield server
    server.stop_and_check()
