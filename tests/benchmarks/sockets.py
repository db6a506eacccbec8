"""Many viewers in a process of their own, whose CPU nobody counts: they count frames and decode none."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.servers import PATIENCE, ROOT

_HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: {protocols}\r\n\r\n"
)
_TEXT, _PING, _PONG = 0x1, 0x9, 0xA
_AT_ONCE = 20  # handshakes
_SEQ = re.compile(rb'"seq":(\d+)')


@dataclass(frozen=True)
class Taken:
    """Since it was asked last: frames and bytes of payload of all viewers, and (monotonic seconds, text) of some."""

    frames: int
    bytes: int
    kept: list[list[tuple[float, str]]]


class Sockets:
    """`count` viewers at a `ws://` address, of whom the first and every `keep_every`th keep what they get.

    With `seen` each tells once a second, as the page does, what it has got.
    """

    def __init__(
        self, url: str, count: int, protocols: Sequence[str], keep_every: int = 10**6, seen: bool = False
    ) -> None:
        command = [sys.executable, "-m", __name__, url, str(count), ", ".join(protocols), str(keep_every)]
        self._process = subprocess.Popen(
            [*command, *(["seen"] if seen else [])],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the viewers' process died"
        return json.loads(line)

    def take(self, least: int = 0) -> Taken:
        """Waits until at least so many frames have come."""
        assert self._process.stdin
        self._process.stdin.write(f"{least}\n")
        self._process.stdin.flush()
        return Taken(**self._answer())

    def close(self) -> None:
        self._process.communicate()


class _Viewer(asyncio.Protocol):
    def __init__(self, request: bytes, keeps: bool) -> None:
        self.frames = self.bytes = 0
        self.kept: list[tuple[float, str]] = []
        self.last = b""
        self.opened = asyncio.get_running_loop().create_future()
        self._request, self._keeps = request, keeps
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        sys.exit(f"A viewer was cut off: {error}")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done():
            self._open()
        while self.opened.done() and self._take_frame():
            pass

    def _open(self) -> None:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if end:
            if not head.startswith(b"HTTP/1.1 101"):
                sys.exit(f"A viewer was refused: {head!r}")
            self.opened.set_result(None)
            self._buffer = rest

    def _take_frame(self) -> bool:
        """One frame from the buffer; False if it holds no whole one. A server's frames are not masked."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1], 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return False
        self._got(buffer[0] & 0xF, bytes(buffer[start : start + size]))
        del buffer[: start + size]
        return True

    def _got(self, kind: int, payload: bytes) -> None:
        if kind == _PING:
            self._send(_PONG, payload)
        elif kind == _TEXT:
            self.frames += 1
            self.bytes += len(payload)
            self.last = payload
            if self._keeps:
                self.kept.append((time.monotonic(), payload.decode()))

    def _send(self, kind: int, payload: bytes) -> None:
        """Masked with zeros: at most 125 bytes."""
        self.transport.write(bytes((0x80 | kind, 0x80 | len(payload), 0, 0, 0, 0)) + payload)

    def tell_seen(self) -> None:
        found = _SEQ.search(self.last)
        if found:
            self._send(_TEXT, b'{"type":"seen","seq":%s}' % found[1])

    def take(self) -> tuple[int, int, list[tuple[float, str]]]:
        taken = self.frames, self.bytes, self.kept
        self.frames, self.bytes, self.kept = 0, 0, []
        return taken


async def _join(url: str, count: int, protocols: str, keep_every: int) -> list[_Viewer]:
    at = urlsplit(url)
    assert at.hostname and at.port
    host, port = at.hostname, at.port
    request = _HANDSHAKE.format(path=at.path, host=at.netloc, protocols=protocols).encode()
    turn = asyncio.Semaphore(_AT_ONCE)

    async def join(number: int) -> _Viewer:
        async with turn:
            _, viewer = await asyncio.get_running_loop().create_connection(
                lambda: _Viewer(request, number % keep_every == 0), host, port
            )
            await viewer.opened
            return viewer

    return list(await asyncio.gather(*map(join, range(count))))


async def _tell_seen(viewers: list[_Viewer]) -> None:
    """Spread over the second, as people are."""
    while True:
        for viewer in viewers:
            viewer.tell_seen()
            await asyncio.sleep(1 / len(viewers))


async def _wait_for(least: int, viewers: list[_Viewer]) -> None:
    end = time.monotonic() + PATIENCE
    while sum(viewer.frames for viewer in viewers) < least:
        if time.monotonic() > end:
            sys.exit(f"The viewers never got {least} frames.")
        await asyncio.sleep(0.01)


async def _serve(url: str, count: str, protocols: str, keep_every: str, *seen: str) -> None:
    """Answers each line on stdin; ends with it."""
    viewers = await _join(url, int(count), protocols, int(keep_every))
    telling = asyncio.create_task(_tell_seen(viewers)) if seen else None
    print("true", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        await _wait_for(int(line), viewers)
        frames, bytes_, kept = zip(*(viewer.take() for viewer in viewers), strict=True)
        kept_by = [each for number, each in enumerate(kept) if number % int(keep_every) == 0]
        print(json.dumps({"frames": sum(frames), "bytes": sum(bytes_), "kept": kept_by}), flush=True)
    if telling:
        telling.cancel()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
