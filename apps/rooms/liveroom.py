"""An open room as the web process has it: what can be asked of it and told to it, wherever its runner is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.rooms.audience import Audience
from apps.rooms.linkmessages import Act, Control, Deliver, Ledger, Notice, Pace, Record, Totals, Trace
from apps.rooms.process import RunnerProcess

_LOOKS = ("state", "send-crowd-home")
"""Controls that nobody uses: a page asks how things are, and we ourselves tidy up."""


@dataclass
class LiveRoom:
    """A handle on one life of a room. Nothing that holds one knows where its runner is."""

    code: str
    runner: RunnerProcess
    incarnation: int
    facts: Mapping[str, Any]
    audience: Audience
    asker: str
    """From whose address it was opened."""
    hosted: bool = False
    epoch: int = 1
    acked: Mapping[str, int] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)
    quiet_since: float = 0.0
    """Since when nobody watches, as it was when its crowd was sent home."""
    used: float = field(default_factory=time.monotonic)
    """When somebody last pressed anything."""

    @property
    def watched(self) -> bool:
        return len(self.audience) > 0

    @property
    def empty_since(self) -> float:
        return self.audience.empty_since

    def act(self, action: str, data: Mapping[str, Any]) -> asyncio.Future[dict[str, Any]]:
        """Answers with `trace`, `key` and `card`, or raises Refused."""
        self.used = time.monotonic()
        return self.runner.ask(Act(self.code, action, dict(data)))

    def deliver(
        self, action: str, data: Mapping[str, Any] | None = None, person: str = ""
    ) -> asyncio.Future[dict[str, Any]]:
        """Press an action; answers as `act`, with `topic`, `partition` and `offset`, when the brokers have stored the
        record, or raises Refused. `person`: who presses, in a class."""
        self.used = time.monotonic()
        return self.runner.ask(Deliver(self.code, action, dict(data or {}), person))

    async def control(self, name: str, **values: Any) -> dict[str, Any]:
        if name not in _LOOKS:
            self.used = time.monotonic()
        return await self.runner.call(Control(self.code, name, values))

    def befell(self, words: str) -> None:
        """Everybody starts afresh, from a backlog that says what befell the room."""
        self.runner.tell(Notice(self.code, words))
        self.audience.restart()

    def pace(self, bytes_a_second: int) -> None:
        """What each viewer may be sent from now on; a new life of the room begins with the usual."""
        self.runner.tell(Pace(self.code, bytes_a_second))

    async def totals(self) -> dict[str, Any]:
        return await self.runner.call(Totals(self.code))

    async def ledger(self) -> dict[str, Any]:
        return await self.runner.call(Ledger(self.code))

    async def trace(self, head: Mapping[str, Any]) -> bytes:
        """What was recorded of the room lately, compressed; `head` is what its first line tells."""
        return await self.runner.call(Trace(self.code, dict(head)))

    async def record(self, topic: str, partition: int, offset: int) -> dict[str, Any]:
        """What the brokers keep there. Raises Refused, also when there is no such record."""
        return await self.runner.call(Record(self.code, topic, partition, offset))

    def is_idle(self, seconds: float) -> bool:
        """Whether nobody has watched it for so long."""
        return not self.watched and time.monotonic() - self.empty_since >= seconds
