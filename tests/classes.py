"""A class for tests: its host, its people and its screen, as pages have them."""

from __future__ import annotations

import http.client
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from tests.client import PROTOCOL, Client
from tests.servers import PATIENCE, Answer, Server, wait_for


@dataclass(frozen=True)
class School:
    """A class and who holds it."""

    server: Server
    code: str
    host: str
    """The host's token."""

    def change(self, change: str, token: str | None = None, **fields: object) -> Answer:
        path = f"/teach/{self.code}/class/"
        return self.server.post_form(path, self.host if token is None else token, change=change, **fields)

    def join(self, token: str = "") -> dict[str, Any]:
        answer = self.enter(token)
        assert answer.status == 200, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

    def enter(self, token: str = "", **headers: str) -> Answer:
        return self.server.request("POST", f"/j/{self.code}/me/", b"", X_Room_Token=token, **headers)


def begin_class(server: Server, scenario: str = "food-delivery") -> School:
    """Waits for its turn when many tests make rooms."""
    where = wait_for(lambda: _begun(server, scenario))
    assert where, "no class was to be had"
    return School(server, urlsplit(where).path.split("/")[2], urlsplit(where).fragment)


def _begun(server: Server, scenario: str) -> str:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=PATIENCE)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/teach/", urlencode({"scenario": scenario}), form)
        return connection.getresponse().getheader("Location") or ""
    finally:
        connection.close()


@asynccontextmanager
async def present(
    school: School, token: str, lang: str = "", at: str = "", origin: str = ""
) -> AsyncIterator[Client]:
    """A socket of the class, of whoever has the token, once it was told how things are.

    `at` is their address; `origin` the page's, if it is not ours.
    """
    connecting = connect(
        f"{school.server.url.replace('http', 'ws', 1)}/ws/classes/{school.code}/?lang={lang}",
        subprotocols=[PROTOCOL, Subprotocol(token)],
        origin=Origin(origin or school.server.url),
        proxy=None,
        open_timeout=PATIENCE,
        ping_interval=None,
        local_addr=(at, 0) if at else None,
    )
    async with connecting as connection:
        client = Client(connection)
        await client.until(lambda: client.frames)
        yield client
    await client._collecting


def you(client: Client) -> dict[str, Any]:
    """What the phone was told of its own last."""
    return next((frame for frame in reversed(client.frames) if frame["type"] == "you"), {})


def state(client: Client) -> dict[str, Any]:
    """What all were told of the class last."""
    return next((frame for frame in reversed(client.frames) if frame["type"] == "class"), {})


def reads(client: Client) -> dict[str, str]:
    """What each group did with this phone's last record, by its title."""
    record = you(client).get("record") or {"steps": []}
    return {step["title"]: step["did"] for step in record["steps"]}


def refusals(client: Client) -> list[str]:
    return [frame["code"] for frame in client.frames if frame["type"] == "refused"]
