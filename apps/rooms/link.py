"""The link between the web process and a runner: messages over one stream socket, in both directions.

Each side first says which version of the messages it knows, for files may be renewed while a server runs.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from apps.rooms.linkmessages import VERSION, Message, NotUnderstood, decode, encode

_GREETING = struct.Struct(">8sI")
_MAGIC = b"kafkaviz"
_FRONT = struct.Struct(">IIQ")
"""Bytes of head and body, and the number of the question that it is or answers, 0 for none."""
MOST = 16 * 1024 * 1024
_CLOGGED = 4 * 1024 * 1024
"""Bytes that wait to be sent; what all rooms of a runner send in half a minute at most."""


class LinkClosed(Exception):
    """The process at the other end is gone."""


class Link:
    """One end. `send` may be called only from the loop that owns the streams, and never waits."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._greeted = False
        writer.write(_GREETING.pack(_MAGIC, VERSION))

    @classmethod
    async def over(cls, end: socket.socket) -> Link:
        """The end has it from now on."""
        return cls(*await asyncio.open_connection(sock=end))

    def send(self, message: Message, number: int = 0) -> None:
        """Raises ValueError for one that is larger than the other end takes."""
        if self._writer.is_closing():
            return
        head, body = encode(message)
        if len(head) + len(body) > MOST:
            raise ValueError(
                f"A {type(message).__name__} of {len(head) + len(body):,} bytes is too large for the link."
            )
        self._writer.write(_FRONT.pack(len(head), len(body), number) + head + body)

    @property
    def clogged(self) -> bool:
        """Whether the other end has not read for long: who sends what can wait should."""
        return self._writer.transport.get_write_buffer_size() > _CLOGGED

    async def receive(self) -> tuple[Message, int]:
        """The next message and its number. Raises LinkClosed, or NotUnderstood, after which nothing more can be."""
        try:
            if not self._greeted:
                _check(await self._reader.readexactly(_GREETING.size))
                self._greeted = True
            head, body, number = _FRONT.unpack(await self._reader.readexactly(_FRONT.size))
            if head + body > MOST:
                raise NotUnderstood(f"A message of the link of {head + body:,} bytes can't be one.")
            packed = await self._reader.readexactly(head + body)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise LinkClosed(str(error)) from error
        return decode(packed[:head], packed[head:]), number

    def close(self) -> None:
        self._writer.close()


def _check(greeting: bytes) -> None:
    magic, version = _GREETING.unpack(greeting)
    if magic != _MAGIC:
        raise NotUnderstood("What came over the link is not from Kafkaviz.")
    if version != VERSION:
        raise NotUnderstood(
            f"The web process and a runner speak different versions of the link, {version:08x} there and "
            f"{VERSION:08x} here: the files were changed while the server ran. Restart it."
        )
