"""Daphne, guarded, with a start that can fail in a sentence and a stop that leaves nothing behind."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import daphne.server  # first: it installs the asyncio reactor
from daphne.server import Server
from twisted.internet import defer, reactor
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    STDLibLogObserver,
    globalLogBeginner,
)

from apps.rooms import deadlines
from apps.rooms.guard import GOING_AWAY, GuardedHTTPFactory, GuardedSocket, GuardedSocketFactory, Line

logger = logging.getLogger(__name__)

Step = Callable[[], Awaitable[None]]
BACKLOG = 511  # a class that joins at once waits in the system's queue, not in front of a closed door


class CannotStart(Exception):
    """What `start` found to be wrong, in a sentence for whoever started us."""


class WebServer(Server):
    """`start` runs once the reactor does, `stop` before it ends; both are awaited."""

    def __init__(self, application: Any, start: Step, stop: Step) -> None:
        super().__init__(
            application,
            endpoints=["given to listen()"],
            http_timeout=30,
            ping_interval=10,
            ping_timeout=15,
            websocket_connect_timeout=deadlines.HANDSHAKE,
            websocket_handshake_timeout=deadlines.HANDSHAKE,
            server_name="",
        )
        self.loop = daphne.server.twisted_loop
        self.start_step = start
        self.stop_step = stop
        self.stopping: asyncio.Task[None] | None = None
        self.exit_code = 0
        self.connections: dict[Any, dict[str, Any]] = {}
        self.http_factory = GuardedHTTPFactory(self)
        self.ws_factory = GuardedSocketFactory(self, server="")
        # The size limits of autobahn also hold for what is sent, so the guard has its own for what is received.
        self.ws_factory.setProtocolOptions(
            autoPingTimeout=self.ping_timeout,
            allowNullOrigin=True,
            openHandshakeTimeout=self.websocket_handshake_timeout,
        )

    def listen(self, host: str, port: int) -> int:
        """Bind now, so that a busy port is known before anything else starts. Returns the real port."""
        self.port = reactor.listenTCP(port, self.http_factory, backlog=BACKLOG, interface=host)
        self.port.transport = Line
        return int(self.port.getHost().port)

    def run(self) -> None:
        only_critical = LogLevelFilterPredicate(defaultLogLevel=LogLevel.critical)
        observer = FilteringLogObserver(STDLibLogObserver("twisted"), [only_critical])
        globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)
        asyncio.set_event_loop(self.loop)
        reactor.callLater(1, self.application_checker)
        reactor.callLater(2, self.timeout_checker)
        for number in (signal.SIGINT, signal.SIGTERM):
            self.loop.add_signal_handler(number, self.on_signal)
        self.starting = self.loop.create_task(self.start_or_end())
        reactor.run(installSignalHandlers=False)

    async def start_or_end(self) -> None:
        try:
            await self.start_step()
        except CannotStart as reason:
            print(reason, file=sys.stderr, flush=True)
            self.exit_code = 1
            self.end()
        except Exception:
            logger.exception("Kafkaviz could not start")
            self.exit_code = 1
            self.end()

    def on_signal(self) -> None:
        if self.stopping:  # asked twice: whoever waits does not want to wait
            os._exit(130)
        self.end()

    def end(self) -> None:
        if not self.stopping:
            force_after(deadlines.SERVER_FORCED)
            self.stopping = self.loop.create_task(self.wind_down())

    async def wind_down(self) -> None:
        self.starting.cancel()
        closed = defer.maybeDeferred(self.port.stopListening)
        for protocol in list(self.connections):
            if isinstance(protocol, GuardedSocket):
                protocol.close_with(GOING_AWAY, "Kafkaviz is stopping.")
        try:
            await asyncio.wait_for(self.stop_step(), deadlines.SERVER_STOPS)
        except Exception:
            logger.exception("Kafkaviz did not stop cleanly")
            self.exit_code = 1
        await self.cancel_applications()
        await closed.asFuture(self.loop)
        reactor.stop()

    async def cancel_applications(self) -> None:
        """Unlike Daphne's own, this survives connections that have no application (yet, or any more)."""
        running = [
            each["application_instance"]
            for each in self.connections.values()
            if "application_instance" in each
        ]
        for application in running:
            application.cancel()
        if running:
            await asyncio.wait(running, timeout=0.3)


def force_after(seconds: float) -> None:
    """A thread that hangs in somebody's library must not keep the terminal."""
    timer = threading.Timer(seconds, os._exit, args=[1])
    timer.daemon = True
    timer.start()
