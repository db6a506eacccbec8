"""The doors of a class: the code that is scanned, codes that are guessed, and links that get lost."""

from __future__ import annotations

import http.client
import itertools
from contextlib import closing
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from tests import qrcodes
from tests.classes import School, begin_class, present, refusals
from tests.client import aside, watch
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

DOORS = (
    ("GET", "/j/{}/"),
    ("GET", "/J/{}/"),
    ("POST", "/j/{}/me/"),
    ("GET", "/hi/r/{}/"),
    ("GET", "/r/{}/stage/"),
    ("GET", "/teach/{}/"),
    ("GET", "/teach/{}/stage/"),
    ("GET", "/api/rooms/{}/"),
    ("GET", "/api/rooms/{}/projections/order-status/x/"),
    ("GET", "/api/rooms/{}/records/orders/0/0/"),
    ("GET", "/api/rooms/{}/lanes/"),
    ("GET", "/lessons/three-readers/{}/"),
)


@pytest.fixture
def school(any_server: Server) -> School:
    return begin_class(any_server)


@pytest.mark.parametrize("language", ["", "/hi", "/en-plain"])
def test_the_code_in_front_leads_in_whatever_language_the_class_is_held_in(
    school: School, language: str
) -> None:
    page = school.server.get(f"{language}/teach/{school.code}/stage/")
    scanned = urlsplit(qrcodes.read(page.text))
    assert scanned.netloc == urlsplit(school.server.url).netloc.upper()
    assert f'data-phone="{school.code}"' in school.server.get(scanned.path).text


class Caller:
    """Somebody at an address of their own: all of 127.0.0.0/8 is this machine."""

    def __init__(self, server: Server, address: str) -> None:
        self._to, self._from = urlsplit(server.url).netloc, (address, 0)

    def __call__(self, method: str, path: str) -> int:
        with closing(
            http.client.HTTPConnection(self._to, timeout=60, source_address=self._from)
        ) as connection:
            connection.request(method, path)
            return connection.getresponse().status


def test_a_thousand_wrong_codes_open_no_door_and_shut_out_nobody_else(make_server: MakeServer) -> None:
    server = make_server()
    code = begin_class(server).code
    guesser, other = Caller(server, "127.0.0.2"), Caller(server, "127.0.0.3")
    codes = itertools.product("BCDFGHJKMN", "PQRSTVWXYZ", "23456789", repeat=2)
    began = monotonic()
    wrong = [
        guesser(method, path.format("".join(letters)))
        for letters, (method, path) in zip(
            itertools.islice(codes, 1000), itertools.cycle(DOORS), strict=False
        )
    ]
    assert set(wrong) == {404, 429}
    assert wrong.count(404) <= 60 + (monotonic() - began) / 2 + 1
    for method, path in DOORS[:4]:
        # Every two seconds it may guess once more, and with that it has.
        assert wait_for(lambda: guesser("GET", "/r/222222/") == 404)
        # Else the one that is answered differently would be the right one.
        assert guesser(method, path.format(code)) == 429
    assert other("GET", f"/j/{code}/") == 200
    assert wait_for(lambda: guesser("GET", f"/j/{code}/") == 200)


def test_one_pupil_who_guesses_does_not_shut_a_school_out_of_its_class(make_server: MakeServer) -> None:
    server = make_server()
    school = begin_class(server)
    pupil = Caller(server, "127.0.0.1")
    assert wait_for(lambda: pupil("GET", "/r/222222/") == 429)
    assert pupil("GET", f"/j/{school.code}/") == 200
    assert school.join(school.join()["token"])["name"]


# The host's link


def moved(school: School) -> School:
    """Its host has made a new link."""
    answer = school.change("new-link")
    assert answer.status == 200, answer.text
    return replace(school, host=answer.headers["X-Room-Token"])


async def test_a_new_link_takes_the_class_out_of_wrong_hands_and_leaves_the_phones(school: School) -> None:
    person = await aside(school.join)
    room = {"code": school.code, "token": school.host, "socket": f"/ws/rooms/{school.code}/"}
    async with (
        present(school, person["token"]) as phone,
        present(school, school.host) as page,
        watch(school.server, room) as diagram,
    ):
        await diagram.do("place-order")
        held = await aside(moved, school)
        await page.until(lambda: refusals(page) == ["old-link"])
        await diagram.act("place-order", "a1")
        await diagram.until(lambda: (diagram.answer("a1") or {}).get("code") == "old-link")
        await phone.do("place-order")
        for change in ("lock", "end", "new-link"):
            refused = await aside(school.change, change)
            assert refused.status == 403
        path = f"/r/{school.code}/crowd/"
        assert (await aside(school.server.post_form, path, school.host, rate=1)).status == 403
        assert (await aside(held.change, "lock")).status == 200
        assert (await aside(school.join, person["token"]))["name"] == person["name"]
    async with present(school, school.host) as page:
        await page.until(lambda: "old-link" in refusals(page))
    async with (
        present(held, held.host) as page,
        watch(school.server, {**room, "token": held.host}) as diagram,
    ):
        await diagram.do("place-order")
        assert refusals(page) == []


async def test_a_new_link_holds_when_the_room_has_slept(make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKAVIZ_SLEEP_AFTER=1)
    school = await aside(begin_class, server)
    held = await aside(moved, school)
    assert await aside(wait_for, lambda: server.get("/healthz").json()["rooms"] == 0)
    room = {"code": school.code, "token": school.host, "socket": f"/ws/rooms/{school.code}/"}
    async with watch(server, room) as diagram:
        await diagram.act("place-order", "a1")
        await diagram.until(lambda: (diagram.answer("a1") or {}).get("code") == "old-link")
    assert (await aside(held.change, "lock")).status == 200


async def test_a_phone_whose_token_grew_old_comes_in_again_and_the_host_s_never_does(
    make_server: MakeServer,
) -> None:
    server = await aside(make_server, KAFKAVIZ_TOKEN_AGE=3)
    school = await aside(begin_class, server)
    person = await aside(school.join)

    assert await aside(wait_for, lambda: "expired" in problem(school, person["token"]))
    with pytest.raises(InvalidStatus) as handshake:
        async with present(school, person["token"]):
            pass
    assert handshake.value.response.status_code == 403
    room = {"code": school.code, "token": person["token"], "socket": f"/ws/rooms/{school.code}/"}
    with pytest.raises(InvalidStatus):
        async with watch(server, room):
            pass
    assert (await aside(school.change, "lock")).status == 200
    async with present(school, school.host) as page, watch(server, {**room, "token": school.host}) as diagram:
        await diagram.do("place-order")
        assert refusals(page) == []
    again = await aside(school.join, person["token"])
    assert again["name"] == person["name"]
    async with present(school, again["token"]) as phone:
        await phone.do("place-order")


def problem(school: School, token: str) -> str:
    return school.server.post_form(f"/r/{school.code}/crowd/", token, rate=1).text
