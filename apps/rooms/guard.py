"""Bounds that Daphne does not set: how fast a socket may talk, how much may wait unsent, how large a body may be.

Daphne queues without limit in both directions, and Twisted takes in a whole body before any of our code runs.
This leans on what Daphne, Twisted and autobahn keep private, so requirements.txt pins all three and
tests/integration/test_guard.py fails when one of them moves.
"""

from __future__ import annotations

import functools
import json
import logging
from collections import Counter
from io import BytesIO
from typing import Any

import daphne.server  # noqa: F401  first: it installs the asyncio reactor
from autobahn.websocket.protocol import ConnectionDeny, PreparedMessage
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import tcp

from apps.rooms import counters
from apps.rooms.limits import Bucket, household
from apps.rooms.proxies import is_trusted

logger = logging.getLogger(__name__)

MAX_MESSAGE = 4096  # bytes that one message up may hold
MAX_UNSENT = 256 * 1024  # bytes that may wait for a viewer who does not read
MAX_STRIKES = 200  # frames that a refused socket may still send before it is cut
POLICY, TOO_BIG, GOING_AWAY = 1008, 1009, 1001
CUT = {POLICY: "too-fast", TOO_BIG: "too-long"}
LINGER = 2.0  # seconds in which a refused body is read and thrown away, so that its sender sees the answer
MAX_THROWN_AWAY = 4 * 1024 * 1024

TOO_FAST = "Too many messages; slow down and connect again."
TOO_LONG = f"A message may hold at most {MAX_MESSAGE} bytes."


def unsent(transport: Any) -> int:
    """Bytes handed to the transport that the system has not taken yet."""
    waiting = len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
    return int(waiting + getattr(transport, "_tempDataLen", 0))


@functools.lru_cache(maxsize=16)
def framed(text: str) -> bytes:
    """A message as it goes over the wire, made once for all sockets that get the same string."""
    wire: bytes = PreparedMessage(text.encode(), False, applyMask=False, doNotCompress=True).payloadHybi
    return wire


def write_now(transport: Any, data: bytes) -> None:
    """Hand to the system what it takes at once, and the rest to Twisted.

    Twisted itself would write in the next turn of its loop, and subscribe to the socket and unsubscribe again for that:
    most of what a frame to a viewer would cost.
    """
    sent = 0 if unsent(transport) else transport.writeSomeData(data)
    if isinstance(sent, Exception):  # lost; Twisted finds that out in its own way
        sent = 0
    if sent < len(data):
        transport.write(data[sent:])


class GuardedSocket(WebSocketProtocol):
    """A websocket that says why it closes, and is cut when it goes on."""

    inbound: Bucket | None = None
    strikes = 0
    stalled = False
    failedByMe: bool

    def onConnect(self, request: Any) -> Any:
        if not request.headers.get("sec-websocket-protocol", "").isascii():
            # Daphne would take it for a fault of its own: 500, and a traceback for everybody who sends a byte.
            raise ConnectionDeny(ConnectionDeny.BAD_REQUEST, "A subprotocol is plain ASCII.")
        return super().onConnect(request)

    def onOpen(self) -> None:
        self.inbound = Bucket(settings.KAFKAVIZ_MESSAGES_PER_SECOND, settings.KAFKAVIZ_MESSAGES_BURST)
        super().onOpen()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        # Who hangs up while the handshake fails was never connected, of which Daphne knows nothing.
        if hasattr(self, "server"):
            super().onClose(wasClean, code, reason)

    # Frames are counted, not messages: empty fragments, pings and pongs cost as much.
    def onMessageFrameBegin(self, length: int) -> None:
        super().onMessageFrameBegin(length)
        if self.message_data_total_length > MAX_MESSAGE:
            self.refuse(TOO_BIG, TOO_LONG)
        else:
            self.allowed()

    def onPing(self, payload: bytes) -> None:
        if self.allowed() and not self.cut_if_stalled():
            super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        """An answer to our ping, or one that nobody asked for: either way it is counted."""
        if self.allowed():
            super().onPong(payload)

    def allowed(self) -> bool:
        if self.failedByMe or (self.inbound and not self.inbound.take()):
            self.refuse(POLICY, TOO_FAST)
            return False
        return True

    def refuse(self, code: int, reason: str) -> None:
        if self.failedByMe:
            self.strikes += 1
            if self.strikes > MAX_STRIKES:
                self.transport.abortConnection()
            return
        counters.cut.labels(CUT[code]).inc()
        self.close_with(code, reason)
        # autobahn throws away what it receives from here on, the current message included.
        self.failedByMe = True

    def close_with(self, code: int, reason: str = "") -> None:
        if self.state == self.STATE_OPEN:
            # sendClose() would allow no code below 3000.
            self.sendCloseFrame(code=code, reasonUtf8=reason.encode()[:123], isReply=False)

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close" and self.state != self.STATE_CONNECTING:
            # Daphne would leave out the reason.
            self.close_with(message.get("code") or 1000, message.get("reason") or "")
        else:
            super().handle_reply(message)

    def serverClose(self, code: int | None = None) -> None:
        self.close_with(1000 if code is None else code)

    def serverSend(self, content: Any, binary: bool = False) -> None:
        if self.state in (self.STATE_CLOSING, self.STATE_CLOSED) or self.cut_if_stalled():
            return
        if binary or self.state != self.STATE_OPEN:
            super().serverSend(content, binary)
        else:
            write_now(self.transport, framed(content))

    def cut_if_stalled(self) -> bool:
        if self.transport is None or unsent(self.transport) <= MAX_UNSENT:
            return False
        if not self.stalled:
            self.stalled = True
            counters.cut.labels("stalled").inc()
        self.transport.abortConnection()
        return True


class GuardedRequest(WebRequest):
    """A request whose body is refused with 413 before it is stored."""

    refused = False
    received = 0

    def gotLength(self, length: int | None) -> None:
        if length is not None and length > settings.KAFKAVIZ_MAX_BODY:
            self.refuse()
        super().gotLength(0 if self.refused else length)

    def handleContentChunk(self, data: bytes) -> None:
        self.received += len(data)
        if not self.refused and self.received > settings.KAFKAVIZ_MAX_BODY:  # no length was announced
            self.refuse()
            self.content = BytesIO()
        if not self.refused:
            super().handleContentChunk(data)
        elif self.received > MAX_THROWN_AWAY:
            self.channel.transport.abortConnection()

    def refuse(self) -> None:
        counters.cut.labels("body").inc()
        self.refused = True
        self.requestHeaders.removeHeader(b"expect")
        transport = self.channel.transport
        transport.write(too_large(getattr(self.channel, "_path", b"")))
        transport.reactor.callLater(LINGER, transport.abortConnection)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self.refused:
            self.channel.loseConnection()
            return
        # A Daphne convenience for proxies, which anybody could send.
        self.requestHeaders.removeHeader(b"daphne-root-path")
        super().requestReceived(command, path, version)


def too_large(path: bytes) -> bytes:
    message = f"A request may carry at most {settings.KAFKAVIZ_MAX_BODY} bytes."
    if path.startswith(b"/api/"):
        kind, body = "application/json", json.dumps({"error": {"code": "too-large", "message": message}})
    else:
        kind, body = "text/plain; charset=utf-8", message
    head = f"HTTP/1.1 413 Content Too Large\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


class GuardedSocketFactory(WebSocketFactory):
    protocol = GuardedSocket


class Line(tcp.Server):
    """A connection, counted for its address as long as it is open, whatever protocol it speaks by then."""

    def __init__(self, sock: Any, protocol: Any, client: Any, server: Any, *rest: Any) -> None:
        super().__init__(sock, protocol, client, server, *rest)
        self.home = household(client[0])
        server.factory.lines[self.home] += 1

    def connectionLost(self, reason: Any) -> None:
        if hasattr(self, "socket"):  # Twisted may call twice, and goes by that as well
            lines = self.server.factory.lines
            lines[self.home] -= 1
            if not lines[self.home]:
                del lines[self.home]
        super().connectionLost(reason)


class GuardedHTTPFactory(HTTPFactory):
    """`lines` are the open connections by address. Those of a proxy that is trusted are not bounded."""

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.lines: Counter[str] = Counter()

    def buildProtocol(self, addr: Any) -> Any:
        held = self.lines[household(addr.host)]
        if held >= settings.KAFKAVIZ_CONNECTIONS_PER_ADDRESS and not is_trusted(addr.host):
            counters.cut.labels("connections").inc()
            return None
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = GuardedRequest
        return protocol
