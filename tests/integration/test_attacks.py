"""Floods in and out, bodies without end, forged tokens: each is refused, nobody else notices, and nothing is kept."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed

from tests.classes import School, begin_class, present
from tests.client import Room, aside, deliver, make_room, settled, watch
from tests.processes import memory
from tests.servers import PATIENCE, Server

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
MOST_GROWN = 20_000  # kilobytes
BODY = 100_000_000
ASKS = 100


def connected(server: Server) -> socket.socket:
    where = urlsplit(server.url)
    return socket.create_connection((where.hostname, where.port), timeout=PATIENCE)


def pour(line: socket.socket, piece: bytes, times: int) -> int:
    """How many pieces were taken before the server had enough."""
    for taken in range(times):
        try:
            line.sendall(piece)
        except OSError:
            return taken
    return times


def a_body_as_announced(server: Server, room: Room) -> None:
    head = (
        f"POST /api/rooms/ HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\nContent-Length: {BODY}\r\n\r\n"
    )
    with connected(server) as line:
        line.sendall(head.encode())
        assert pour(line, b"x" * 65_536, BODY // 65_536) < BODY // 65_536


def a_body_in_pieces(server: Server, room: Room) -> None:
    host = urlsplit(server.url).netloc
    head = f"POST /api/rooms/ HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connected(server) as line:
        line.sendall(head.encode())
        assert pour(line, b"10000\r\n" + b"x" * 65_536 + b"\r\n", BODY // 65_536) < BODY // 65_536


def who_asks_on_and_on_and_never_reads(server: Server, room: Room) -> None:
    """A backlog each time. (That such a line is cut is a case of test_guard.py.)"""
    where = urlsplit(server.socket_url(room))
    head = (
        f"GET {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Origin: {server.url}\r\nSec-WebSocket-Protocol: kafkaviz.v1, {room['token']}\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    ask = json.dumps({"type": "resync"}).encode()
    with connected(server) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(head.encode())
        assert line.recv(12) == b"HTTP/1.1 101"
        for _ in range(ASKS):
            if not pour(line, bytes([0x81, 0x80 | len(ask), 0, 0, 0, 0]) + ask, 1):
                break
            time.sleep(0.06)  # about as fast as anybody may ask


def many_forged_tokens(server: Server, room: Room) -> None:
    for number in range(200):
        answer = server.post_form(f"/r/{room['code']}/members/", f"{room['token']}{number}", change="add")
        assert answer.status == 403


async def a_flood_at_a_class(school: School) -> None:
    token = (await aside(school.join))["token"]
    async with present(school, token) as phone:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(1000):
                await phone.send({"type": "tap"})
        assert await phone.close_code() in (1006, 1008)


ATTACKS: list[Callable[[Server, Room], None]] = [
    a_body_as_announced,
    a_body_in_pieces,
    who_asks_on_and_on_and_never_reads,
    many_forged_tokens,
]


async def test_attacks_are_refused_and_leave_no_memory_behind(any_server: Server) -> None:
    room = await aside(make_room, any_server)
    school = await aside(begin_class, any_server)
    # Somebody watches both: a room that slept would be opened anew, and take memory for that.
    async with watch(any_server, room) as witness, present(school, school.host):
        for attack in ATTACKS:
            await aside(attack, any_server, room)
        await a_flood_at_a_class(school)
        before = await aside(memory, any_server)
        for attack in ATTACKS:
            await aside(attack, any_server, room)
        await a_flood_at_a_class(school)
        await deliver(witness)
        await aside(settled, any_server, room)
        after = await aside(memory, any_server)
    grown = {pid: after.get(pid, 0) - size for pid, size in before.items()}
    assert max(grown.values()) < MOST_GROWN, grown
