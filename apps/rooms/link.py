"""The link between the web process and a runner: messages over one stream socket, each a JSON head and a raw body.

A frame travels as the body, so the web process passes it on without decoding it.
"""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

Head = dict[str, Any]

_SIZES = struct.Struct(">II")
_MOST = 16 * 1024 * 1024
_CLOGGED = 4 * 1024 * 1024
"""Bytes that wait to be sent; what all rooms of a runner send in half a minute at most."""


class LinkClosed(Exception):
    """The process at the other end is gone."""


class Link:
    """One end. `send` may be called only from the loop that owns the streams, and never waits."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, head: Head, body: str = "") -> None:
        if self._writer.is_closing():
            return
        packed, raw = json.dumps(head, separators=(",", ":")).encode(), body.encode()
        self._writer.write(_SIZES.pack(len(packed), len(raw)) + packed + raw)

    @property
    def clogged(self) -> bool:
        """Whether the other end has not read for long: who sends what can wait should."""
        return self._writer.transport.get_write_buffer_size() > _CLOGGED

    async def receive(self) -> tuple[Head, str]:
        """The next message. Raises LinkClosed."""
        try:
            head_size, body_size = _SIZES.unpack(await self._reader.readexactly(_SIZES.size))
            if head_size + body_size > _MOST:
                raise LinkClosed("a message of impossible size")
            head = json.loads(await self._reader.readexactly(head_size))
            body = (await self._reader.readexactly(body_size)).decode()
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise LinkClosed(str(error)) from error
        return head, body

    def close(self) -> None:
        self._writer.close()
