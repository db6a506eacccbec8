"""Behind nginx as docs/deploying.md sets it up: names, links, origins and limits are the visitors', not nginx's."""

from __future__ import annotations

import http.client
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.client import PROTOCOL, Client, Room, aside
from tests.conftest import require
from tests.nginx import NAME, Nginx, nginx, program
from tests.servers import PATIENCE, Answer, Server

OWN = f"https://{NAME}"
VISITOR, OTHER = "127.0.0.7", "127.0.0.8"  # all of 127.0.0.0/8 is this machine
SETTINGS: dict[str, Any] = {
    "KAFKAVIZ_ALLOWED_HOSTS": NAME,
    "KAFKAVIZ_TRUSTED_PROXIES": "127.0.0.1",
    "KAFKAVIZ_HTTPS": 1,
    "KAFKAVIZ_SOCKETS_PER_ADDRESS": 2,
}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    if program() is None:
        require("nginx", "nginx is not installed")
    server = Server(tmp_path_factory.mktemp("behind"), **SETTINGS).start()
    try:
        with nginx(server, tmp_path_factory.mktemp("nginx")) as found:
            yield found
    finally:
        server.stop_and_check()


def ask(front: Nginx, path: str, visitor: str = VISITOR, body: bytes | None = None, **headers: str) -> Answer:
    """As somebody at that address would."""
    context, line = front.trusting, connected(front, visitor)
    with closing(http.client.HTTPSConnection(NAME, timeout=PATIENCE, context=context)) as client:
        client.sock = context.wrap_socket(line, server_hostname=NAME)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        client.request("GET" if body is None else "POST", path, body, sent)
        answer = client.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())


def connected(front: Nginx, visitor: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", front.port), PATIENCE, source_address=(visitor, 0))


@pytest.fixture(scope="module")
def room(front: Nginx) -> Room:
    answer = ask(front, "/api/rooms/", body=b'{"scenario": "hearts"}', Content_Type="application/json")
    assert answer.status == 201, answer.text
    found: Room = answer.json()
    return found


@asynccontextmanager
async def watching(front: Nginx, room: Room, visitor: str, origin: str = OWN) -> AsyncIterator[Client]:
    line = await aside(connected, front, visitor)
    settings: dict[str, Any] = {"origin": Origin(origin), "max_size": None, "open_timeout": PATIENCE}
    async with connect(
        f"wss://{NAME}{room['socket']}",
        sock=line,
        ssl=front.trusting,
        subprotocols=[PROTOCOL, Subprotocol(room["token"])],
        **settings,
    ) as connection:
        yield Client(connection)


def test_plain_http_is_led_to_https(front: Nginx) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=PATIENCE)) as client:
        client.request("GET", "/lessons/", headers={"Host": NAME})
        answer = client.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, f"{OWN}/lessons/")


def test_links_and_the_page_s_policy_have_https_and_the_name(front: Nginx, room: Room) -> None:
    page = ask(front, f"/r/{room['code']}/")
    assert page.status == 200
    assert f'href="{OWN}/r/{room["code"]}/"' in page.text
    assert "http://kafkaviz" not in page.text
    assert f"{OWN} " in page.headers["Content-Security-Policy"]
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    stage = ask(front, f"/r/{room['code']}/stage/").text
    assert f"{OWN}/r/{room['code']}/" in stage
    assert f"{NAME}/r/" in stage


async def test_a_socket_comes_through_and_hears_of_what_it_does(front: Nginx, room: Room) -> None:
    async with watching(front, room, VISITOR) as viewer:
        await viewer.until(lambda: viewer.of("backlog"))
        accepted = await viewer.do("send-heart")
        await viewer.until(lambda: viewer.hops("ack", trace=accepted["trace"]))


@pytest.mark.parametrize("origin", [f"http://{NAME}", "https://elsewhere.example", f"{OWN}:8443"])
async def test_a_page_of_another_origin_is_refused(front: Nginx, room: Room, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with watching(front, room, VISITOR, origin):
            pass
    assert caught.value.response.status_code == 403
    asked = await aside(ask, front, "/api/rooms/", body=b"{}", Origin=origin)
    assert (asked.status, asked.json()["error"]["code"]) == (403, "foreign-origin")


def test_each_visitor_has_limits_of_their_own_whatever_they_say_of_themselves(front: Nginx) -> None:
    made_up = f"{OTHER}, 203.0.113.9"
    looks = [ask(front, "/j/222222/", VISITOR, X_Forwarded_For=made_up, X_Real_IP=OTHER) for _ in range(80)]
    assert 429 in [look.status for look in looks]
    assert ask(front, "/j/222222/", OTHER).status == 404


async def test_sockets_are_counted_by_visitor(front: Nginx, room: Room) -> None:
    async with watching(front, room, VISITOR) as one, watching(front, room, VISITOR) as two:
        for viewer in (one, two):
            await viewer.until(lambda viewer=viewer: viewer.of("backlog"))  # type: ignore[misc]
        async with watching(front, room, VISITOR) as third, watching(front, room, OTHER) as other:
            assert await third.close_code() == 4503
            await other.until(lambda: other.of("backlog"))
