"""Names in a class: given, or chosen while its host lets people choose; two of one name are never there."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.classes import School, begin_class, present, reads, refusals, state, you
from tests.client import Client, aside
from tests.servers import Server

if TYPE_CHECKING:
    from tests.conftest import MakeServer


@pytest.fixture
def any_school(any_server: Server) -> School:
    return begin_class(any_server)


async def asked(phone: Client, name: object, ref: str) -> dict[str, Any]:
    """What came of asking for a name."""
    await phone.send({"type": "name", "name": name, "ref": ref})
    answer: dict[str, Any] = await phone.until(lambda: phone.answer(ref))
    return answer


async def allowed(school: School, *phones: Client) -> None:
    """The host has let them choose, and they know."""
    assert (await aside(school.change, "own-names")).status == 200
    for phone in phones:
        await phone.until(lambda phone=phone: state(phone)["own_names"])  # type: ignore[misc]


async def test_names_are_given_until_the_host_lets_people_choose(any_school: School) -> None:
    person = await aside(any_school.join)
    async with present(any_school, person["token"]) as phone:
        assert state(phone)["own_names"] is False
        assert (await asked(phone, "Zoë", "a1"))["code"] == "given-names"
        await allowed(any_school, phone)
        told = await asked(phone, "  zoë   Q ", "a2")
        assert (told["type"], told["name"], told["key"]) == ("you", "zoë Q", "zoë-q")
        assert (await phone.do("place-order"))["key"] == "zoë-q"


async def test_a_name_that_somebody_has_or_may_be_given_is_refused(server: Server) -> None:
    """Which the database says, whichever it is."""
    school = await aside(begin_class, server)
    people = [await aside(school.join) for _ in range(2)]
    async with present(school, people[0]["token"]) as one, present(school, people[1]["token"]) as other:
        await allowed(school, one, other)
        assert (await asked(one, "Ann Lee", "a1"))["name"] == "Ann Lee"
        taken = ("Ann Lee", "ANN-LEE", "\uff21nn Lee", people[0]["name"], "Witty Zebra 2", "Carmen")
        for number, name in enumerate(taken):
            answer = await asked(other, name, f"b{number}")
            assert (answer["type"], answer.get("code")) == ("refused", "name-taken"), name
        await other.until(lambda: you(other))
        assert you(other)["name"] == people[1]["name"]
        # Whoever leaves a name leaves it to others, and may have the given one back.
        assert (await asked(one, people[0]["name"].lower(), "a2"))["name"] == people[0]["name"]
        assert (await asked(other, "ann lee", "b8"))["key"] == "ann-lee"
        assert (await asked(other, "Ann Lee", "b9"))["name"] == "Ann Lee"


@pytest.mark.parametrize("name", ["", "x", "<b>Ann</b>", "a\u202eb", "x" * 200, None, 7, ["Ann"]])
async def test_what_is_no_name_is_refused_and_nothing_is_changed(any_school: School, name: object) -> None:
    person = await aside(any_school.join)
    async with present(any_school, person["token"]) as phone:
        await allowed(any_school, phone)
        answer = await asked(phone, name, "a1")
        assert answer["code"] in ("bad-name", "bad-message")
        assert answer["message"].endswith(".")
        await phone.until(lambda: you(phone))
        assert you(phone)["name"] == person["name"]


async def test_a_name_stays_on_other_devices_after_a_reload_and_a_restart(make_server: MakeServer) -> None:
    server = await aside(make_server)
    school = await aside(begin_class, server)
    person = await aside(school.join)
    async with present(school, person["token"]) as phone, present(school, person["token"]) as tab:
        await allowed(school, phone)
        assert (await asked(phone, "Zoë", "a1"))["name"] == "Zoë"
        await tab.until(lambda: you(tab).get("name") == "Zoë")
    assert (await aside(school.join, person["token"]))["name"] == "Zoë"
    await aside(server.interrupt, signal.SIGTERM)
    await aside(server.start)
    again = await aside(school.join, person["token"])
    assert (again["name"], again["key"]) == ("Zoë", "zoë")
    other = await aside(school.join)
    async with present(school, again["token"]) as phone, present(school, other["token"]) as late:
        await phone.until(lambda: you(phone))
        assert you(phone)["name"] == "Zoë"
        assert state(phone)["own_names"]
        assert (await asked(late, "zoë", "b1"))["code"] == "name-taken"


async def test_everybody_has_the_given_name_again_when_nobody_may_choose(any_school: School) -> None:
    person = await aside(any_school.join)
    async with present(any_school, person["token"]) as phone:
        await allowed(any_school, phone)
        await asked(phone, "Zoë", "a1")
        assert (await aside(any_school.change, "own-names")).status == 200  # as it is: nothing is forgotten
        assert (await aside(any_school.join, person["token"]))["name"] == "Zoë"
        assert (await aside(any_school.change, "given-names")).status == 200
        await phone.until(lambda: you(phone)["name"] == person["name"] and not state(phone)["own_names"])
        assert (await phone.do("place-order"))["key"] == person["key"]
        assert (await asked(phone, "Zoë", "a2"))["code"] == "given-names"
        await allowed(any_school, phone)
        assert you(phone)["name"] == person["name"]


async def test_hands_off_is_for_names_as_well(any_school: School) -> None:
    person = await aside(any_school.join)
    async with present(any_school, person["token"]) as phone:
        await allowed(any_school, phone)
        await aside(any_school.change, "pause")
        assert (await asked(phone, "Zoë", "a1"))["code"] == "paused"


async def test_nobody_but_the_host_lets_people_choose(any_school: School) -> None:
    person, elsewhere = await aside(any_school.join), await aside(begin_class, any_school.server)
    for token in (person["token"], "", "forged", elsewhere.host):
        for change in ("own-names", "given-names"):
            assert (await aside(any_school.change, change, token)).status == 403
    async with present(any_school, person["token"]) as phone:
        for message in ({"type": "own-names"}, {"type": "class", "own_names": True}):
            await phone.send(message)
        await phone.until(lambda: refusals(phone) == ["unknown-type"] * 2)
        assert (await asked(phone, "Zoë", "a1"))["code"] == "given-names"
    async with present(any_school, any_school.host) as screen:
        assert (await asked(screen, "Zoë", "a1"))["code"] == "join-first"


async def test_who_asks_for_names_without_end_is_slowed(any_school: School) -> None:
    person = await aside(any_school.join)
    async with present(any_school, person["token"]) as phone:
        await allowed(any_school, phone)
        for number in range(400):
            await phone.send({"type": "name", "name": f"Ann {number}", "ref": f"a{number}"})
        await phone.until(lambda: "too-fast" in refusals(phone))


async def test_a_server_may_forbid_own_names_wholly(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_OWN_NAMES=0)
    school = await aside(begin_class, server)
    person = await aside(school.join)
    page = (await aside(server.get, f"/teach/{school.code}/")).text
    assert 'id="class-pause"' in page
    assert "own-names" not in page
    assert (await aside(school.change, "own-names")).status == 400
    async with present(school, person["token"]) as phone:
        assert state(phone)["own_names"] is False
        assert (await asked(phone, "Zoë", "a1"))["code"] == "given-names"


@pytest.mark.parametrize(
    ("lang", "begins"),
    [("hi", "यह नाम"), ("en-plain", "That name"), ("xx", "That name"), ("%00", "That name")],
)
async def test_a_phone_is_told_its_own_in_the_language_of_its_page(
    any_school: School, lang: str, begins: str
) -> None:
    person = await aside(any_school.join)
    async with present(any_school, person["token"], lang) as phone:
        await allowed(any_school, phone)
        assert (await asked(phone, "Carmen", "a1"))["message"].startswith(begins)
        await phone.do("place-order")
        status = "ऑर्डर की स्थिति" if lang == "hi" else "Order status"
        await phone.until(lambda: reads(phone).get(status) == "committed")
        assert status in {step["title"] for step in (await asked(phone, "Zoë", "a2"))["record"]["steps"]}
