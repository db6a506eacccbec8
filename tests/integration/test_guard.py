"""The guard before a real Daphne on a real socket: it leans on privates that no unit could stand in for."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.servers import ROOT, wait_for

BURST = 20
CONNECTIONS = 30


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Daphne with our guard around an application that answers what the tests here need."""
    command = [sys.executable, "-m", "tests.guarded_echo", str(BURST), str(CONNECTIONS)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def socket_to(port: int) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{port}/", max_size=None, proxy=None, ping_interval=None)


def closing(client: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            client.recv(timeout=20)
    close = caught.value.rcvd
    return (close.code, close.reason) if close else (1006, "")


def test_messages_up_to_the_limit_pass(port: int) -> None:
    with socket_to(port) as client:
        client.send("x" * 4096)
        assert client.recv(timeout=20) == "x" * 4096


def test_a_longer_message_is_refused_with_the_reason(port: int) -> None:
    with socket_to(port) as client:
        client.send("x" * 4097)
        assert closing(client) == (1009, "A message may hold at most 4096 bytes.")


def test_fragments_do_not_get_round_the_limit(port: int) -> None:
    with socket_to(port) as client:
        with contextlib.suppress(ConnectionClosed):
            client.send(iter(["x" * 4096, "x"]))
        assert closing(client)[0] == 1009


def test_what_is_sent_down_may_be_longer(port: int) -> None:
    with socket_to(port) as client:
        client.send("down 100000")
        assert len(client.recv(timeout=20)) == 100_000


def test_too_many_messages_close_with_the_reason(port: int) -> None:
    with socket_to(port) as client:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(BURST + 5):
                client.send("quiet")
        code, reason = closing(client)
    assert code == 1008
    assert "slow down" in reason


def test_who_goes_on_flooding_is_cut(port: int) -> None:
    with socket_to(port) as client, pytest.raises(ConnectionClosed):
        for _ in range(100_000):
            client.send("quiet")


def test_pings_count_like_messages(port: int) -> None:
    with socket_to(port) as client:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(BURST + 5):
                client.ping()
        assert closing(client)[0] == 1008


def test_pongs_that_nobody_asked_for_count_too(port: int) -> None:
    with socket_to(port) as client:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(BURST + 5):
                client.pong()
        assert closing(client)[0] == 1008


def test_the_application_may_close_with_any_code_and_reason(port: int) -> None:
    with socket_to(port) as client:
        client.send("close")
        assert closing(client) == (4001, "as asked")


def test_who_does_not_read_is_cut_before_much_waits(port: int) -> None:
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as silent, socket_to(port) as watcher:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.sendall((head + key).encode())
        silent.recv(1024)
        silent.sendall(masked("flood"))
        watcher.send("waiting")
        most = int(watcher.recv(timeout=60))
    assert 0 < most <= 256 * 1024 + 1100


def test_who_never_reads_but_chatters_is_cut_too(port: int) -> None:
    """To autobahn whoever sends anything is alive."""
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as chatty:
        chatty.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        chatty.sendall((head + key).encode())
        chatty.recv(1024)
        chatty.sendall(masked("flood"))
        assert wait_for(lambda: not takes(chatty, masked("quiet")), 30)


def takes(line: socket.socket, piece: bytes) -> bool:
    try:
        line.sendall(piece)
    except OSError:
        return False
    return True


def masked(text: str) -> bytes:
    """A text frame with a mask of zeroes."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text.encode()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_gets_413(port: int, chunked: bool) -> None:
    status, body = post(port, "/api/rooms/", 70_000, chunked)
    assert status == 413
    assert json.loads(body)["error"]["code"] == "too-large"


def test_a_page_gets_413_in_words(port: int) -> None:
    assert post(port, "/r/", 70_000, False) == (413, b"A request may carry at most 65536 bytes.")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_within_the_limit_arrives_whole(port: int, chunked: bool) -> None:
    assert post(port, "/api/rooms/", 65_536 - 200, chunked) == (200, b"65336")


def test_an_endless_body_is_cut(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(10_000):
                client.sendall(b"x" * 65_536)


def test_a_slow_refused_body_is_not_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 413 ")
        assert wait_for(lambda: ended(client), 20)


def ended(client: socket.socket) -> bool:
    try:
        return client.recv(4096) == b""
    except ConnectionResetError:
        return True


def post(port: int, path: str, size: int, chunked: bool) -> tuple[int, bytes]:
    data = iter([b"x" * size]) if chunked else b"x" * size
    request = Request(f"http://127.0.0.1:{port}{path}", data=data, method="POST")
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def line_from(port: int, address: str) -> socket.socket:
    """All of 127.0.0.0/8 is this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(address, 0))


def served(port: int, address: str) -> bool:
    with line_from(port, address) as client:
        try:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return client.recv(4096).startswith(b"HTTP/1.1 200 ")
        except ConnectionError:
            return False


def test_an_address_has_so_many_connections_and_others_have_theirs(port: int) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(CONNECTIONS):
            held.enter_context(line_from(port, "127.0.0.9"))
        assert not served(port, "127.0.0.9")
        assert served(port, "127.0.0.10")
    assert wait_for(lambda: served(port, "127.0.0.9"), 20)


def test_a_trusted_proxy_s_connections_are_its_visitors_and_not_bounded(port: int) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(CONNECTIONS + 1):
            held.enter_context(line_from(port, "127.0.0.11"))
        assert served(port, "127.0.0.11")


def test_a_websocket_is_counted_like_any_connection_and_given_back(port: int) -> None:
    for _ in range(CONNECTIONS + 10):
        with socket_to(port) as client:
            client.send("here")
            assert client.recv(timeout=20) == "here"
