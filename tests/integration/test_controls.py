"""Controls and the ledger as programs use them: what is asked happens, and what can't is said in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Room, aside, detail, make_room, settled, watch
from tests.schema import hold
from tests.servers import Answer, Server

GROUP = "heart-counter"


def use(server: Server, room: Room, control: str, **fields: Any) -> Answer:
    path = f"/api/rooms/{room['code']}/controls/"
    return server.post_json(path, {"control": control, **fields}, X_Room_Token=room["token"])


def ledger(server: Server, room: Room) -> dict[str, Any]:
    answer = server.get(f"/api/rooms/{room['code']}/ledger/")
    assert answer.status == 200, answer.text
    hold("ledger", answer.json())
    return answer.json()


def members(answer: Answer, group: str = GROUP) -> list[str]:
    assert answer.status == 200, answer.text
    hold("controlled", answer.json())
    return answer.json()["groups"][group]["members"]


def test_members_come_and_go_by_name(any_server: Server) -> None:
    room = make_room(any_server, "hearts")
    of_group = {"group": GROUP}
    assert members(use(any_server, room, "add-member", **of_group)) == [f"{GROUP}-1", f"{GROUP}-2"]
    assert members(use(any_server, room, "remove-member", **of_group, member=f"{GROUP}-1")) == [f"{GROUP}-2"]
    assert members(use(any_server, room, "add-member", **of_group)) == [f"{GROUP}-2", f"{GROUP}-3"]
    assert members(use(any_server, room, "restart-member", **of_group, member=f"{GROUP}-2")) == [
        f"{GROUP}-2",
        f"{GROUP}-3",
    ]
    assert members(use(any_server, room, "crash-member", **of_group)) == [f"{GROUP}-2"]
    assert members(use(any_server, room, "add-group"), "latecomer") == ["latecomer-1"]
    assert members(use(any_server, room, "remove-group"), "latecomer") == []


def test_settings_of_a_group_are_told_as_they_then_are(any_server: Server) -> None:
    room = make_room(any_server, "hearts")
    for control, field, value, setting in (
        ("commit-mode", "mode", "before", "commit"),
        ("assignor", "assignor", "range", "protocol"),
    ):
        answer = use(any_server, room, control, group=GROUP, **{field: value})
        assert answer.status == 200, answer.text
        assert answer.json()["groups"][GROUP]["settings"][setting] == value


async def test_a_crowd_a_seek_and_the_ledger_that_counts_both(any_server: Server) -> None:
    room = await aside(make_room, any_server, "hearts")
    async with watch(any_server, room) as client:
        answer = await aside(use, any_server, room, "crowd", rate=200)
        assert answer.json()["crowd"] == 200
        await client.until(lambda: client.total("ack") > 100)
        await aside(use, any_server, room, "crowd", rate=0)
        await aside(settled, any_server, room)
        told = await aside(ledger, any_server, room)
        end = told["topics"]["hearts"]["stored"]
        assert told["balanced"] and told["at_rest"]
        assert told["groups"][GROUP]["processed"] == end
        assert (await aside(use, any_server, room, "seek", group=GROUP, to="beginning")).status == 200
        await client.until(lambda: client.total("process", group=GROUP) == 2 * end)
        await aside(settled, any_server, room)
        told = await aside(ledger, any_server, room)
    assert (told["groups"][GROUP]["processed"], told["groups"][GROUP]["again"]) == (end, end)
    assert told["balanced"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no such control": ({"control": "explode"}, "unknown-control"),
    "a control that is no text": ({"control": {"a": 1}}, "unknown-control"),
    "no group": ({"control": "add-member"}, "bad-text"),
    "a group with markup": ({"control": "add-group", "group": "<b>me</b>"}, "unknown-group"),
    "a group of another kind": ({"control": "remove-group", "group": GROUP}, "unknown-group"),
    "an unknown group": ({"control": "crash-member", "group": "nobody"}, "unknown-group"),
    "an unknown member": ({"control": "crash-member", "group": GROUP, "member": "x"}, "unknown-member"),
    "a wrong moment": ({"control": "crash-member", "group": GROUP, "at": "noon"}, "bad-moment"),
    "a field too many": ({"control": "remove-member", "group": GROUP, "memebr": "x"}, "unknown-field"),
    "a rate that is no number": ({"control": "crowd", "rate": "many"}, "bad-number"),
    "a rate that is true": ({"control": "crowd", "rate": True}, "bad-number"),
    "a rate beyond all": ({"control": "crowd", "rate": 10**30}, "bad-number"),
    "a rate that is half": ({"control": "crowd", "rate": 0.5}, "bad-number"),
    "a rate below nothing": ({"control": "crowd", "rate": -1}, "bad-rate"),
    "too long over a record": ({"control": "slow-member", "group": GROUP, "seconds": 1e6}, "bad-seconds"),
    "an unknown assignor": ({"control": "assignor", "group": GROUP, "assignor": "dice"}, "bad-setting"),
    "a partition below nothing": (
        {"control": "seek", "group": GROUP, "to": 0, "topic": "hearts", "partition": -1},
        "unknown-partition",
    ),
    "a seek to nowhere": ({"control": "seek", "group": GROUP}, "bad-number"),
    "no object": ([], "bad-json"),  # type: ignore[dict-item]
}


@pytest.fixture(scope="module")
def quiet(any_server: Server) -> Room:
    return make_room(any_server, "hearts")


@pytest.mark.parametrize(("asked", "code"), WRONG.values(), ids=WRONG)
def test_what_can_t_be_done_is_said(any_server: Server, quiet: Room, asked: Any, code: str) -> None:
    path = f"/api/rooms/{quiet['code']}/controls/"
    answer = any_server.post_json(path, asked, X_Room_Token=quiet["token"])
    assert (answer.status, answer.json()["error"]["code"]) == (400, code)
    hold("error", answer.json())


def test_who_has_no_token_changes_nothing(any_server: Server, quiet: Room) -> None:
    path = f"/api/rooms/{quiet['code']}/controls/"
    for headers in ({}, {"X_Room_Token": "forged"}):
        answer = any_server.post_json(path, {"control": "add-member", "group": GROUP}, **headers)
        assert (answer.status, answer.json()["error"]["code"]) == (403, "bad-token")
    assert any_server.get(path, X_Room_Token=quiet["token"]).status == 405
    assert detail(any_server, quiet)["code"] == quiet["code"]
