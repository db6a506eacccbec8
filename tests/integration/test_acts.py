"""Ten thousand acts from fifty people: each that was accepted is stored once and handled by everybody."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from tests.client import Client, aside, guest, hearts, make_room, settled, stored, watch
from tests.servers import Server

SOCKETS, EACH = 50, 200
GROUPS = ("heart-counter", "trending", "notifications")


async def press(client: Client, name: int) -> None:
    for number in range(EACH):
        await client.act("send-heart", f"{name}-{number}")
    await client.until(lambda: len(client.of("accepted", "refused")) == EACH)


async def test_ten_thousand_acts_are_each_stored_once_and_handled_by_every_group(server: Server) -> None:
    room = await aside(make_room, server, "hearts")
    async with AsyncExitStack() as stack:
        watcher = await stack.enter_async_context(watch(server, room))
        people = [await aside(guest, server, room) for _ in range(SOCKETS)]
        clients = [await stack.enter_async_context(watch(server, each)) for each in people]
        await asyncio.gather(*(press(client, name) for name, client in enumerate(clients)))
        state = await aside(settled, server, room)
        end = stored(state, "hearts")
        await watcher.until(lambda: {watcher.total("send"), watcher.total("ack")} == {end})
        await watcher.until(lambda: all(watcher.total("commit", group=group) == end for group in GROUPS))
    answers = [frame for client in clients for frame in client.of("accepted", "refused")]
    accepted = [frame for frame in answers if frame["type"] == "accepted"]
    assert len({frame["ref"] for frame in answers}) == len(answers) == SOCKETS * EACH
    assert {frame["code"] for frame in answers if frame["type"] == "refused"} <= {"too-fast"}
    assert len(accepted) > 0.9 * SOCKETS * EACH
    assert len({frame["trace"] for frame in accepted}) == len(accepted) == end
    assert watcher.total("send") == watcher.total("ack") == end
    assert hearts(state) == hearts(state, "notifications") == end
    for group in GROUPS:
        assert [watcher.total(step, group=group) for step in ("poll", "process")] == [end, end]
