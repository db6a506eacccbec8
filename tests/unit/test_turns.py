"""Who asks for much at once waits for their own, and for nobody else's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pytest_django import Settings

from apps.rooms import turns
from apps.rooms.turns import Turns

AT_ONCE = 2


@pytest.fixture(autouse=True)
def few(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KAFKAVIZ_REQUESTS_PER_ADDRESS = AT_ONCE
    monkeypatch.setattr(turns, "MOST_WAITING", 3)


class Work:
    """An application that is at it until it is told to answer, and a socket that stays after that."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.answer, self.go = asyncio.Event(), asyncio.Event()
        self.sent: list[dict[str, Any]] = []
        self.turns = Turns()
        self.taking = self.turns.taking(self._run)

    async def _run(self, scope: Any, receive: Any, send: Any) -> None:
        self.begun.append(scope["client"][0])
        await self.answer.wait()
        if scope["path"] == "/fails":
            raise RuntimeError("no")
        await send({"type": "websocket.accept"})
        await self.go.wait()

    async def _keep(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def ask(self, address: str, kind: str = "http", path: str = "/") -> asyncio.Task[None]:
        scope = {"type": kind, "client": [address, 1], "path": path}
        return asyncio.ensure_future(self.taking(scope, None, self._keep))


async def turn() -> None:
    """Everything that can go on without being told does."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_so_many_of_an_address_are_worked_on_and_others_do_not_wait_for_them() -> None:
    work = Work()
    asked = [work.ask("203.0.113.1") for _ in range(AT_ONCE + 1)]
    await turn()
    assert work.begun == ["203.0.113.1"] * AT_ONCE
    asked.append(work.ask("203.0.113.2"))
    await turn()
    assert work.begun == ["203.0.113.1"] * AT_ONCE + ["203.0.113.2"]
    work.answer.set()
    work.go.set()
    await asyncio.gather(*asked)
    assert work.begun.count("203.0.113.1") == AT_ONCE + 1
    assert not work.turns.lines


async def test_a_socket_gives_its_place_back_when_it_has_been_answered() -> None:
    work = Work()
    work.answer.set()
    asked = [work.ask("203.0.113.1", "websocket") for _ in range(5)]
    await turn()
    assert len(work.begun) == 5
    work.go.set()
    await asyncio.gather(*asked)
    assert not work.turns.lines


async def test_what_fails_and_who_goes_while_they_wait_keep_no_place() -> None:
    work = Work()
    failing = [work.ask("203.0.113.1", path="/fails") for _ in range(AT_ONCE)]
    gone, patient = work.ask("203.0.113.1"), work.ask("203.0.113.1")
    await turn()
    gone.cancel()
    work.answer.set()
    await asyncio.gather(*failing, gone, return_exceptions=True)
    work.go.set()
    await patient
    assert len(work.begun) == AT_ONCE + 1
    assert not work.turns.lines


async def test_past_so_many_who_wait_one_is_told_to_come_later() -> None:
    work = Work()
    asked = [work.ask("203.0.113.1") for _ in range(AT_ONCE + 3)]
    await turn()
    await work.ask("203.0.113.1")
    assert [message.get("status") for message in work.sent] == [503, None]
    await work.ask("203.0.113.1", "websocket")
    assert work.sent[2:] == [{"type": "websocket.close"}]
    work.answer.set()
    work.go.set()
    await asyncio.gather(*asked)
    assert not work.turns.lines
