"""The runner processes of a web process: begun when they are needed, counted while they live."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from django.conf import settings

from apps.rooms import counters
from apps.rooms.linkmessages import Forget, Survey
from apps.rooms.process import OnMessage, RunnerProcess
from apps.scenarios.refusals import Refused


class Runners:
    """`on_message` gets what they say of their rooms; `on_death` is told of each that was not stopped."""

    def __init__(self, on_message: OnMessage, on_death: Callable[[RunnerProcess], None]) -> None:
        self._all: list[RunnerProcess] = []
        self._on_message, self._on_death = on_message, on_death

    async def add(self) -> RunnerProcess:
        runner = await RunnerProcess.start(self._on_message, self._died)
        self._all.append(runner)
        return runner

    def _died(self, runner: RunnerProcess) -> None:
        counters.deaths.inc()
        self._all.remove(runner)
        self._on_death(runner)

    async def stop(self) -> None:
        await asyncio.gather(*(runner.stop() for runner in self._all))

    @property
    def may_add(self) -> bool:
        return len(self._all) < settings.KAFKAVIZ_RUNNERS

    @property
    def alive(self) -> int:
        return sum(runner.alive for runner in self._all)

    @property
    def figures(self) -> list[dict[str, Any]]:
        """Of each room that is awake, as `RunnerProcess.figures`."""
        return [room for runner in self._all for room in runner.figures]

    def free(self) -> RunnerProcess | None:
        """One with room for one more, the emptiest."""
        free = [
            runner
            for runner in self._all
            if runner.alive and len(runner.rooms) < settings.KAFKAVIZ_ROOMS_PER_RUNNER
        ]
        return min(free, key=lambda runner: len(runner.rooms), default=None)

    async def ask_any(self, question: Survey | Forget) -> dict[str, Any]:
        """A question that any runner can answer. Raises Refused."""
        runner = next((runner for runner in self._all if runner.alive), None)
        if not runner:
            raise Refused("room-restarting", "No runner is there just now. Try again in a moment.")
        return await runner.call(question)
