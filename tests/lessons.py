"""Lessons played to their end: the page's own scripts in node, a real server, and a pipe between."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import re
from html import unescape
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.client import Client, aside, watch
from tests.servers import PATIENCE, ROOT, Server, wait_for

PLAYER = ROOT / "tests" / "js" / "lessonplayer.js"
_LONGEST = 600.0
"""Seconds for a whole lesson."""
Told = list[dict[str, Any]]


def begin(server: Server, slug: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A room for a lesson, as who presses its link gets it: the room, and the lesson as its page has it."""
    page = wait_for(lambda: _begun(server, slug))
    assert page, f"no room was to be had for {slug}"
    topology, lesson = _json(page, "topology"), _json(page, "lesson")
    token = re.search(r'data-token="([^"]+)"', page)
    assert token
    room = {"code": topology["code"], "socket": topology["socket"], "token": token[1]}
    return room, {"lesson": lesson, "topology": topology, "token": token[1]}


def _begun(server: Server, slug: str) -> str:
    answer = server.get(f"/lessons/{slug}/")
    return answer.text if answer.status == 200 else ""


def _json(page: str, name: str) -> Any:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page, re.S)
    assert found
    return json.loads(unescape(found[1]))


async def play(server: Server, slug: str) -> Told:
    """Of each step what was predicted and observed, and whether it was met."""
    room, about = await aside(begin, server, slug)
    node = await asyncio.create_subprocess_exec(
        "node", str(PLAYER), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24
    )
    assert node.stdin and node.stdout
    try:
        async with watch(server, room, first_backlog=False) as client:
            _tell(node.stdin, {**about, "origin": server.url, "patience": PATIENCE})
            feeding = asyncio.create_task(_feed(client, node.stdin))
            try:
                return await asyncio.wait_for(_answer(client, node.stdout), _LONGEST)
            finally:
                feeding.cancel()
    finally:
        if node.returncode is None:
            node.kill()
        await node.wait()


def _tell(pipe: asyncio.StreamWriter, message: object) -> None:
    pipe.write(json.dumps(message).encode() + b"\n")


async def _feed(client: Client, pipe: asyncio.StreamWriter) -> None:
    """Everything that came and comes down."""
    for told in itertools.count():
        await client.until(functools.partial(_has_more, client, told), _LONGEST)
        if client.closed:
            return
        _tell(pipe, client.frames[told])
        await pipe.drain()


def _has_more(client: Client, than: int) -> bool:
    return len(client.frames) > than or client.closed


async def _answer(client: Client, lines: asyncio.StreamReader) -> Told:
    async for line in lines:
        message = json.loads(line)
        if "told" in message:
            told: Told = message["told"]
            return told
        try:
            await client.send(message)
        except ConnectionClosed as error:
            raise AssertionError("the room's socket closed") from error
    raise AssertionError("the player ended without a word")
