"""`python -m tests.guarded_echo BURST CONNECTIONS`: our web server around a small application, for test_guard.py."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

os.environ.update(KAFKAVIZ_MESSAGES_PER_SECOND="1", KAFKAVIZ_MESSAGES_BURST=sys.argv[1])
os.environ.update(KAFKAVIZ_CONNECTIONS_PER_ADDRESS=sys.argv[2], KAFKAVIZ_TRUSTED_PROXIES="127.0.0.11")
os.environ.update(DJANGO_SETTINGS_MODULE="kafkaviz.settings", KAFKAVIZ_SECRET_KEY="test " * 10)

from apps.rooms.guard import unsent
from apps.rooms.webserver import WebServer

most_unsent: asyncio.Future[int]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await (page if scope["type"] == "http" else talk)(receive, send)


async def page(receive: Any, send: Any) -> None:
    size, more = 0, True
    while more:
        event = await receive()
        size += len(event.get("body", b""))
        more = event.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


async def talk(receive: Any, send: Any) -> None:
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await reply(event["text"], send)


async def reply(text: str, send: Any) -> None:
    if text == "close":
        await send({"type": "websocket.close", "code": 4001, "reason": "as asked"})
    elif text == "flood":
        await flood(send)
    elif text == "waiting":
        await send({"type": "websocket.send", "text": str(await most_unsent)})
    elif text.startswith("down "):
        await send({"type": "websocket.send", "text": "x" * int(text[5:])})
    elif text != "quiet":
        await send({"type": "websocket.send", "text": text})


async def flood(send: Any) -> None:
    """Send until nobody takes it any more; the most that ever waited is the answer to "waiting"."""
    protocol, most = send.args[0], 0
    for number in range(200_000):
        await send({"type": "websocket.send", "text": "y" * 1000})
        most = max(most, unsent(protocol.transport)) if protocol.transport else most
        if number % 50 == 0:
            await asyncio.sleep(0)
        if protocol.state == protocol.STATE_CLOSED:
            break
    if not most_unsent.done():
        most_unsent.set_result(most)


async def announce() -> None:
    global most_unsent
    most_unsent = asyncio.get_running_loop().create_future()
    print(port, flush=True)


async def nothing() -> None:
    pass


server = WebServer(application, start=announce, stop=nothing)
port = server.listen("127.0.0.1", 0)
server.run()
