"""Bytes a second to one viewer of a crowd of hearts, and the rate that this machine reaches."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.servers import Server

SECONDS = 10


def measure(rate: int, data_dir: Path) -> dict[str, float]:
    server = Server(data_dir).start()
    try:
        return asyncio.run(_watch(server, rate))
    finally:
        server.stop_and_check()


async def _watch(server: Server, rate: int) -> dict[str, float]:
    room = await asyncio.to_thread(server.make_room, "hearts")
    async with connect(
        server.socket_url(room),
        subprotocols=[Subprotocol("kafkaviz.v1"), Subprotocol(room["token"])],
        max_size=None,
    ) as socket:
        await socket.recv()
        path = f"/r/{room['code']}/crowd/"
        await asyncio.to_thread(server.post_form, path, room["token"], rate=rate, seconds=SECONDS + 5)
        return await _count(socket)


async def _count(socket: Any) -> dict[str, float]:
    total = frames = stored = 0
    started = time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        text = await socket.recv()
        total, frames = total + len(text.encode()), frames + 1
        stored += sum(hop["count"] for hop in json.loads(text)["hops"] if hop["type"] == "ack")
    took = time.perf_counter() - started
    return {"bytes": total / took, "frames": frames / took, "stored": stored / took}
