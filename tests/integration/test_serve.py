from __future__ import annotations

import re
import signal
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer


def sentence(server: Server) -> str:
    """The whole output of a server that could not start, which is one line without a traceback."""
    assert server.launch().finish() == 1
    lines = server.output().splitlines()
    assert len(lines) == 1, server.output()
    return lines[0]


def test_the_address_is_said_once_and_answers(server: Server) -> None:
    assert server.output().count("Kafkaviz is at") == 1
    assert server.url.startswith("http://localhost:")
    assert server.get("/healthz").status == 200


def test_a_busy_port_is_named_and_nothing_is_started(make_server: MakeServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = make_server(start=False, PORT=port)
        said = sentence(server)
    assert f"Port {port}" in said
    assert "PORT=" in said
    assert not (server.data_dir / "db.sqlite3").exists()


@pytest.mark.parametrize("port", ["abc", "-1", "65536", "80.5", "٣"])
def test_a_bad_port_is_quoted(make_server: MakeServer, port: str) -> None:
    said = sentence(make_server(start=False, PORT=port))
    assert "PORT must be" in said
    assert port in said


def test_an_unknown_host_is_named(make_server: MakeServer) -> None:
    assert "no-such-host.invalid" in sentence(make_server(start=False, HOST="no-such-host.invalid"))


def test_a_data_folder_that_cannot_be_made_is_named(make_server: MakeServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "data"
    said = sentence(make_server(start=False, KAFKAVIZ_DATA_DIR=folder))
    assert str(folder) in said
    assert "KAFKAVIZ_DATA_DIR" in said


def test_a_broken_database_is_named(make_server: MakeServer) -> None:
    server = make_server(start=False)
    server.data_dir.mkdir()
    (server.data_dir / "db.sqlite3").write_text("this is not a database, " * 1000)
    assert "KAFKAVIZ_DATA_DIR" in sentence(server)


@pytest.mark.parametrize(
    ("name", "value"), [("KAFKAVIZ_RUNNERS", "many"), ("KAFKAVIZ_SOCKETS", "0"), ("KAFKAVIZ_DEBUG", "maybe")]
)
def test_a_bad_setting_is_named(make_server: MakeServer, name: str, value: str) -> None:
    said = sentence(make_server(start=False, **{name: value}))
    assert said.startswith(name)
    assert value in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_at_once(make_server: MakeServer, number: signal.Signals) -> None:
    server = make_server()
    server.make_room()
    assert len(server.family()) > 1 or not Path("/proc").is_dir()
    assert server.interrupt(number) == 0
    assert server.output().splitlines() == [f"Kafkaviz is at {server.url}"]
    server.stop_and_check()


def test_the_key_is_ours_alone_and_stays(make_server: MakeServer) -> None:
    first = make_server()
    key = first.data_dir / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_text()
    first.interrupt()
    second = make_server(KAFKAVIZ_DATA_DIR=first.data_dir)
    assert wait_for(second.running)
    assert key.read_text() == before


def test_a_foreign_host_header_is_refused(server: Server) -> None:
    assert server.get("/healthz", Host="evil.example").status == 400


def test_pages_may_load_nothing_from_elsewhere(server: Server) -> None:
    headers = server.get("/healthz").headers
    rules = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert not any("unsafe" in rule or "*" in rule for rule in rules.values())
    assert rules["connect-src"].endswith(server.url.replace("http", "wss", 1))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


def test_static_files_are_kept_for_good_and_one_that_is_not_there_is_not_there(server: Server) -> None:
    (address,) = re.findall(r'href="(/static/[^"]*base\.css)"', server.get("/").text)
    first = server.get(address, Accept_Encoding="br")
    assert (first.status, first.headers["Content-Encoding"]) == (200, "br")
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert server.request("HEAD", address).body == b""
    again = server.get(address, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    for hostile in ("/static/../manage.py", "/static/%2e%2e/manage.py", "/static//etc/passwd"):
        assert server.get(hostile).status == 404


def test_viewers_are_told_that_the_server_goes_away(make_server: MakeServer) -> None:
    server = make_server()
    room = server.make_room()
    protocols = [Subprotocol("kafkaviz.v1"), Subprotocol(room["token"])]
    with connect(
        server.socket_url(room), subprotocols=protocols, origin=Origin(server.url), proxy=None
    ) as viewer:
        viewer.recv(timeout=30)
        assert server.interrupt() == 0
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                viewer.recv(timeout=30)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1001


def test_the_second_signal_does_not_wait(make_server: MakeServer) -> None:
    server = make_server()
    server.make_room()
    assert server.process
    server.seen = server.family()
    server.process.send_signal(signal.SIGINT)
    assert server.interrupt(signal.SIGINT) in (0, 130)
    server.stop_and_check()
