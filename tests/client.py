"""A viewer of a room for tests: collects what comes down, sends acts, and waits for what it expects."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.servers import PATIENCE, Server, wait_for

PROTOCOL = Subprotocol("kafkaviz.v1")
Room = dict[str, Any]
_MEMBER_HOPS = ("join", "assign", "revoke", "lost")


class Client:
    """One socket. `frames` is everything that came down, in order."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[dict[str, Any]] = []
        self.arrivals: list[tuple[float, int]] = []  # of each frame: when, and how many bytes
        self._news = asyncio.Event()
        self._refs = iter(range(1_000_000))
        self._collecting = asyncio.create_task(self._collect())

    async def _collect(self) -> None:
        try:
            async for text in self.connection:
                self.frames.append(json.loads(text))
                self.arrivals.append(
                    (time.monotonic(), len(text.encode() if isinstance(text, str) else text))
                )
                self._news.set()
        except ConnectionClosed:
            pass
        finally:
            self._news.set()

    async def until(self, condition: Callable[[], Any], timeout: float = PATIENCE) -> Any:
        """The first true value of a condition, asked whenever something came."""
        end = time.monotonic() + timeout
        while not (value := condition()):
            self._news.clear()
            over = self.closed or time.monotonic() >= end
            assert not over, f"not seen; closed={self.closed} last={str(self.frames[-3:])[:1500]}"
            try:
                await asyncio.wait_for(self._news.wait(), end - time.monotonic())
            except TimeoutError:
                pass
        return value

    async def close_code(self) -> int:
        """Waits until the server closes."""
        await self.connection.wait_closed()
        await self._collecting
        return self.connection.close_code or 0

    @property
    def closed(self) -> bool:
        return self._collecting.done()

    # Up

    async def send(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    async def act(self, action: str, ref: str | None = None, **data: Any) -> None:
        message = {"type": "act", "action": action, "data": data}
        await self.send(message if ref is None else {**message, "ref": ref})

    async def do(self, action: str, **data: Any) -> dict[str, Any]:
        """Act and return the `accepted` message."""
        ref = f"do-{next(self._refs)}"
        await self.act(action, ref, **data)
        answer = await self.until(lambda: self.answer(ref))
        assert answer["type"] == "accepted", answer
        return answer

    # Down

    def answer(self, ref: str) -> dict[str, Any] | None:
        return next((frame for frame in self.frames if frame.get("ref") == ref), None)

    def of(self, *types: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] in types]

    @property
    def room(self) -> dict[str, Any]:
        """As the last backlog tells it."""
        return self.of("backlog")[-1]["room"]

    @property
    def incarnation(self) -> int:
        return self.room["incarnation"]

    @property
    def seq(self) -> int:
        return self.of("backlog", "hops")[-1]["seq"]

    def hops(self, type_: str, **fields: Any) -> list[dict[str, Any]]:
        """What moved: hops of `hops` frames."""
        return [
            hop
            for frame in self.of("hops")
            for hop in frame["hops"]
            if hop["type"] == type_ and all(hop.get(name) == value for name, value in fields.items())
        ]

    def total(self, type_: str, **fields: Any) -> int:
        """How many records these hops stand for."""
        return sum(hop["count"] for hop in self.hops(type_, **fields))

    def assignments(self, group: str) -> dict[str, list[list[Any]]]:
        """Member -> partitions, by the last backlog and all since."""
        found: dict[str, list[list[Any]]] = {}
        for hop in self._since_backlog():
            if hop.get("group") != group:
                continue
            if hop["type"] in _MEMBER_HOPS:
                found[hop["source"]] = hop["partitions"]
            elif hop["type"] in ("leave", "crash"):
                found.pop(hop["source"], None)
        return found

    def _since_backlog(self) -> Iterator[dict[str, Any]]:
        frames = self.of("backlog", "hops")
        start = max(at for at, frame in enumerate(frames) if frame["type"] == "backlog")
        return (hop for frame in frames[start:] for hop in frame["hops"])


@asynccontextmanager
async def watch(server: Server, room: Room, *, first_backlog: bool = True) -> AsyncIterator[Client]:
    """A viewer that holds the room's token and has got its first backlog."""
    protocols = [PROTOCOL, Subprotocol(room["token"])]
    connecting = connect(
        server.socket_url(room),
        subprotocols=protocols,
        origin=Origin(server.url),
        max_size=None,
        proxy=None,
        open_timeout=PATIENCE,
        ping_interval=None,
    )
    async with connecting as connection:
        client = Client(connection)
        if first_backlog:
            await client.until(lambda: client.of("backlog"))
        yield client
    await client._collecting


async def deliver(client: Client, **data: str) -> None:
    """Place an order and see it delivered on one's own card."""
    card = (await client.do("place-order", **data))["card"]
    await client.until(
        lambda: any(
            hop["data"]["status"] == "delivered"
            for hop in client.hops("projection", group="order-status", key=card)
        )
    )


def contiguous(client: Client) -> bool:
    """Each hop's `seq` is one more than the last, from each backlog on, and a frame tells its last."""
    at: int | None = None
    for frame in client.of("backlog", "hops"):
        seqs = [hop["seq"] for hop in frame["hops"]]
        if frame["type"] == "backlog":
            sound = seqs == sorted(set(seqs)) and (not seqs or seqs[-1] <= frame["seq"])
        else:
            sound = at is not None and seqs == list(range(at + 1, frame["seq"] + 1))
        if not sound:
            return False
        at = frame["seq"]
    return True


# What a script would do over HTTP; these block, so in a coroutine call them by `aside`.


async def aside(work: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    return await asyncio.to_thread(work, *arguments, **more)


def make_room(server: Server, scenario: str = "food-delivery") -> Room:
    return server.make_room(scenario)


def guest(server: Server, room: Room) -> Room:
    """The same room as somebody else has it who opens its page."""
    found = re.search(r'data-token="([^"]+)"', server.get(f"/r/{room['code']}/").text)
    assert found, "the page has no token"
    return {**room, "token": found[1]}


def detail(server: Server, room: Room) -> dict[str, Any]:
    answer = server.get(f"/api/rooms/{room['code']}/")
    assert answer.status == 200, answer.text
    return answer.json()


def crowd(server: Server, room: Room, rate: int, seconds: int = 60) -> None:
    answer = server.post_form(f"/r/{room['code']}/crowd/", room["token"], rate=rate, seconds=seconds)
    assert answer.status == 200, answer.text


def change_members(server: Server, room: Room, group: str, change: str) -> None:
    answer = server.post_form(f"/r/{room['code']}/members/", room["token"], group=group, change=change)
    assert answer.status == 200, answer.text


def set_producer(server: Server, room: Room, setting: str, value: str) -> None:
    answer = server.post_form(f"/r/{room['code']}/producer/", room["token"], setting=setting, value=value)
    assert answer.status == 200, answer.text


def set_group(server: Server, room: Room, group: str, setting: str, value: str) -> None:
    answer = server.post_form(
        f"/r/{room['code']}/group/", room["token"], group=group, setting=setting, value=value
    )
    assert answer.status == 200, answer.text


def settled(server: Server, room: Room, seconds: float = PATIENCE) -> dict[str, Any]:
    """The room's detail once nothing is under way, by its ledger; while brokers are silent there is none.

    Each record that was handed to a producer has been answered, and each that is stored has been worked on and
    committed by every group. So what was accepted before this was called, and all that followed of it, is told.
    """
    last: dict[str, Any] = {}

    def at_rest() -> bool:
        nonlocal last
        answer = server.get(f"/api/rooms/{room['code']}/")
        assert answer.status in (200, 503), answer.text
        last = answer.json()
        return answer.status == 200 and bool(last["ledger"]["at_rest"])

    assert wait_for(at_rest, seconds), last
    return last


def stored(state: dict[str, Any], topic: str) -> int:
    """How many records a topic holds, by a room's detail."""
    return sum(row["end"] for row in state["topics_state"][topic])


def hearts(state: dict[str, Any], group: str = "heart-counter") -> int:
    return sum(value["hearts"] for value in state["projections"][group].values())
