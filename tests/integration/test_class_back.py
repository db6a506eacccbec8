"""Who was away comes back to a class as who they were, with the card of their last record."""

from __future__ import annotations

import signal
import sqlite3
from typing import TYPE_CHECKING, Any

from tests.classes import School, begin_class, present, reads, you
from tests.client import Client, aside
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

DELIVERED = "delivered"


async def ordered(phone: Client) -> dict[str, Any]:
    """What it is told once its order was delivered."""
    await phone.do("place-order")
    await phone.until(lambda: you(phone).get("card") == DELIVERED)
    return you(phone)


def same(now: dict[str, Any], before: dict[str, Any]) -> bool:
    return all(now.get(what) == before[what] for what in ("name", "key", "sent", "card"))


async def test_a_phone_on_another_network_is_who_it_was_with_its_record(any_server: Server) -> None:
    school = await aside(begin_class, any_server)
    token = (await aside(school.join))["token"]
    async with present(school, token, at="127.0.0.2") as phone:
        before = await ordered(phone)
    async with present(school, token, at="127.0.0.3") as phone:
        await phone.until(lambda: same(you(phone), before))
        await phone.until(lambda: len(reads(phone)) == 3)
        assert you(phone)["record"]["offset"] == before["record"]["offset"]


async def test_a_phone_is_who_it_was_with_its_card_when_the_server_has_started_anew(
    make_server: MakeServer,
) -> None:
    server = await aside(make_server)
    school = await aside(begin_class, server)
    token = (await aside(school.join))["token"]
    async with present(school, token) as phone:
        before = await ordered(phone)
        assert before["record"]["gone"] is False
        assert await aside(wait_for, lambda: seats(server) == 1)
    await aside(server.interrupt, signal.SIGTERM)
    await aside(server.start)
    other, again = await aside(school.join), await aside(school.join, token)
    async with present(school, other["token"]) as late, present(school, again["token"]) as phone:
        # The new log begins where the old one did: what is read of it is not told of the old record.
        await late.do("place-order")
        await late.until(lambda: len(reads(late)) == 3)
        await phone.until(lambda: same(you(phone), before))
        record = you(phone)["record"]
        assert (record["offset"], record["steps"], record["gone"]) == (0, [], True)
        await phone.do("place-order")
        await phone.until(lambda: you(phone)["record"]["gone"] is False and you(phone)["sent"] == 2)
    await begun_anew(school, again["token"])


def seats(server: Server) -> int:
    with sqlite3.connect(f"file:{server.data_dir}/db.sqlite3?mode=ro", uri=True) as database:
        return int(database.execute("select count(*) from classes_seat").fetchone()[0])


async def begun_anew(school: School, token: str) -> None:
    """Nobody has sent anything then, and nothing of it comes back."""
    assert (await aside(school.change, "reset")).status == 200
    assert seats(school.server) == 0
    async with present(school, token) as phone:
        await phone.until(lambda: you(phone).get("sent") == 0 and you(phone)["record"] is None)
