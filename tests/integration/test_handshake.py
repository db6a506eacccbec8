"""Who may open a socket: only whoever holds the room's token, and no page of another site."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.client import PROTOCOL, Room, aside, make_room
from tests.servers import PATIENCE, Server

if TYPE_CHECKING:
    from tests.conftest import MakeServer


@pytest.fixture(scope="module")
def server(any_server: Server) -> Server:
    """Who may come in is decided before anything behind the page is asked."""
    return any_server


@pytest.fixture(scope="module")
def room(server: Server) -> Room:
    return make_room(server)


async def status(server: Server, path: str, protocols: list[str], origin: str | None = None) -> int:
    """What the handshake answers."""
    url = server.url.replace("http", "ws", 1) + path
    offered = [Subprotocol(protocol) for protocol in protocols]
    named = None if origin is None else Origin(origin)
    try:
        async with connect(url, subprotocols=offered, origin=named, proxy=None, open_timeout=PATIENCE):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


async def test_a_program_without_an_origin_may_come_in(server: Server, room: Room) -> None:
    assert await status(server, room["socket"], [PROTOCOL, room["token"]]) == 101


async def test_a_name_that_was_made_to_lead_here_is_refused_like_a_page_of_its(
    server: Server, room: Room
) -> None:
    port = server.url.rpartition(":")[2]
    headers = {"Host": f"rebound.example:{port}", "Origin": f"http://rebound.example:{port}"}
    assert await raw_status(server, room, headers) == 403
    assert (
        await raw_status(server, room, {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}"})
        == 101
    )


async def test_bytes_that_are_no_text_in_a_handshake_are_refused_without_a_word_in_the_log(
    server: Server, room: Room
) -> None:
    known = len(server.output())
    for protocol in ("kafkaviz.v1, \udcff", "kafkaviz.v1, \u00e9\u4e16", "\x7f"):
        assert await raw_status(server, room, {}, protocol) in (400, 403)
    assert "Traceback" not in server.output()[known:]


async def raw_status(server: Server, room: Room, headers: dict[str, str], protocol: str = "") -> int:
    """What the handshake answers to what no library would send."""
    host, port = server.url.removeprefix("http://").split(":")
    lines = {
        "Host": f"{host}:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": protocol or f"{PROTOCOL}, {room['token']}",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"GET {room['socket']} HTTP/1.1\r\n{head}\r\n".encode("utf-8", "surrogateescape"))
        answer = await asyncio.wait_for(reader.readline(), PATIENCE)
        return int(answer.split()[1]) if answer else 0
    finally:
        writer.close()


ORIGINS = [
    "https://{own}",
    "chrome-extension://{own}",
    "http://evil.example",
    "https://localhost:1",
    "http://[",
    "http://localhost.evil.example",
    "",
]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_another_sites_page_is_refused(server: Server, room: Room, origin: str) -> None:
    # What is no origin at all is refused before our own code runs.
    origin = origin.replace("{own}", server.url.removeprefix("http://"))
    assert await status(server, room["socket"], [PROTOCOL, room["token"]], origin) in (400, 403)


async def test_a_page_in_a_sandbox_needs_its_token_and_may_be_refused_altogether(
    server: Server, room: Room, make_server: MakeServer
) -> None:
    assert await status(server, room["socket"], [PROTOCOL, room["token"]], "null") == 101
    for token in ("", "nonsense", room["token"][:-1]):
        assert await status(server, room["socket"], [PROTOCOL, token] if token else [PROTOCOL], "null") == 403
    strict = await aside(make_server, KAFKAVIZ_EMBED_SANDBOXED="0")
    other = await aside(strict.make_room)
    assert await status(strict, other["socket"], [PROTOCOL, other["token"]], "null") == 403
    panel = f"/r/{other['code']}/members/"
    for method in ("OPTIONS", "POST"):
        answer = await aside(strict.request, method, panel, X_Room_Token=other["token"], Origin="null")
        assert answer.status in (403, 405)
        assert "Access-Control-Allow-Origin" not in answer.headers


def damaged(token: str) -> list[str]:
    head, age, signature = token.split(".")
    return [
        f"{head}.{age}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        f"{head}x.{age}.{signature}",
        f"{head}.{age}",
        signature,
        "x",
        "x" * 600,
        "..",
    ]


async def test_no_token_or_a_forged_one_is_refused(server: Server, room: Room) -> None:
    assert await status(server, room["socket"], []) == 403
    assert await status(server, room["socket"], [PROTOCOL]) == 403
    assert await status(server, room["socket"], [room["token"], PROTOCOL]) == 403
    assert await status(server, room["socket"], ["kafkaviz.v2", room["token"]]) == 403
    for token in damaged(room["token"]):
        assert await status(server, room["socket"], [PROTOCOL, token]) == 403, token


async def test_another_rooms_token_is_refused(server: Server, room: Room) -> None:
    other = await aside(make_room, server)
    assert await status(server, room["socket"], [PROTOCOL, other["token"]]) == 403


async def test_an_unknown_room_or_path_is_refused(server: Server, room: Room) -> None:
    for path in (
        "/ws/rooms/XXXXXX/",
        "/ws/rooms/aeiou1/",
        "/ws/",
        "/",
        f"{room['socket']}more/",
        "/ws/rooms/%00/",
    ):
        assert await status(server, path, [PROTOCOL, room["token"]]) == 403, path


async def test_an_expired_token_is_refused(make_server: MakeServer) -> None:
    server = make_server(KAFKAVIZ_TOKEN_AGE=1)
    room = await aside(make_room, server)
    async with asyncio.timeout(PATIENCE):
        while await status(server, room["socket"], [PROTOCOL, room["token"]]) == 101:
            await asyncio.sleep(0.2)
    assert await status(server, room["socket"], [PROTOCOL, room["token"]]) == 403


def test_who_hangs_up_while_the_handshake_fails_leaves_nothing_behind(make_server: MakeServer) -> None:
    server = make_server()
    host, port = server.url.removeprefix("http://").split(":")
    upgrade = (
        f"GET /ws/rooms/ABC/ HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://[\r\n\r\n"
    )
    for _ in range(5):
        with socket.create_connection((host, int(port))) as hasty:
            # With nothing to linger for it is cut, not closed.
            hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            hasty.sendall(upgrade.encode())
    assert server.get("/healthz").json()["sockets"] == 0
    assert "Traceback" not in server.output()
