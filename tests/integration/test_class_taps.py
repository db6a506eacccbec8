"""A class of forty that taps, and what a phone's socket is sent, whatever anybody else does."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.classes import begin_class, present, reads
from tests.client import Client, aside, crowd
from tests.servers import Server
from tests.tapping import WINDOW, Plan, hold, most_within

if TYPE_CHECKING:
    from tests.conftest import MakeServer

BYTES_A_SECOND = 2_000
MOST_GROWN = 20.0
"""Megabytes."""
FORTY = Plan(phones=40, vanish=4, seconds=20.0, away=(4.0, 6.0), look=1.0)
_WARM = 10.0
in_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


@in_proc
async def test_every_tap_of_forty_phones_is_in_the_log_once_and_four_that_vanish_come_back_as_who_they_were(
    make_server: MakeServer,
) -> None:
    server = await aside(make_server)
    held = await hold(await aside(begin_class, server, "hearts"), FORTY)
    assert len(held.taps.accepted) > FORTY.phones * 5
    assert (held.astray, held.taps.refused, held.taps.back) == (0, {}, FORTY.vanish)
    assert held.taps.most_bytes <= BYTES_A_SECOND * WINDOW
    assert max(held.grown(_WARM, FORTY.look)) < MOST_GROWN, held.sizes


async def test_a_phone_is_sent_two_kilobytes_a_second_at_most_whatever_all_others_do(
    any_server: Server,
) -> None:
    """A long question, votes without end, a crowd, others that tap; one phone taps calmly, one as fast as it may."""
    school = await aside(begin_class, any_server)
    tokens = [(await aside(school.join))["token"] for _ in range(8)]
    await aside(school.change, "ask-freely", text="q" * 280, answer=[f"{n}" * 90 for n in range(1, 7)])
    crowd(any_server, {"code": school.code, "token": school.host}, 100, 30)
    async with AsyncExitStack() as here:
        calm, fast, *others = [await here.enter_async_context(present(school, token)) for token in tokens]
        await asyncio.gather(
            press(calm, 1.0), press(fast, 0.1), *(press(one, 0.5, str(n)) for n, one in enumerate(others, 1))
        )
        for phone in (calm, fast):
            await phone.until(lambda phone=phone: len(reads(phone)) == 3)  # type: ignore[misc]
            assert most_within(phone.arrivals, WINDOW) <= BYTES_A_SECOND * WINDOW
        assert len(calm.of("you")) >= 10


async def press(phone: Client, pause: float, choice: str = "") -> None:
    """For ten seconds, one who has no choice taps and one who has votes, differently each time."""
    for number in range(round(10 / pause)):
        if choice:
            await phone.send({"type": "vote", "choice": str((int(choice) + number) % 6 + 1)})
        await phone.act("place-order", f"{number}")
        await asyncio.sleep(pause)
