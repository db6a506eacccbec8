"""After class: what happened is one link and one table; and whom the host sent out stays out."""

from __future__ import annotations

import csv
import io
import re

import pytest

from tests.classes import School, begin_class, present, reads, refusals, state, you
from tests.client import aside, make_room
from tests.servers import Answer, Server, wait_for


@pytest.fixture
def any_school(any_server: Server) -> School:
    return begin_class(any_server)


def table(school: School, accept: str = "identity") -> Answer:
    path = f"/teach/{school.code}/table/"
    return school.server.request("GET", path, X_Room_Token=school.host, Accept_Encoding=accept)


def rows(school: School) -> list[dict[str, str]]:
    answer = table(school)
    assert answer.status == 200, answer.text
    assert answer.text.startswith("\ufeff"), "spreadsheets take it for something older than UTF-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


async def an_hour(school: School) -> tuple[dict[str, str], dict[str, str], str]:
    """A tap, a question with a vote, and its end: both people, and what the host's panel then says."""
    one, other = [await aside(school.join) for _ in range(2)]
    async with present(school, one["token"]) as phone, present(school, other["token"]) as second:
        await phone.do("place-order")
        assert await phone.until(lambda: reads(phone).get("Restaurant") == "committed")
        await aside(school.change, "ask-freely", text="What is a <topic>?", answer=["A log", "A queue"])
        await second.until(lambda: state(second)["question"])
        await second.send({"type": "vote", "choice": "1"})
        await second.until(lambda: you(second).get("vote") == "1")
        assert (await aside(school.change, "answered", value="3")).status == 400
        await aside(school.change, "close")
        assert (await aside(school.change, "answered", value="1")).status == 200
        before = await aside(rows, school)
        record = you(phone)["record"]
        ended = await aside(school.change, "end")
    assert await aside(rows, school) == before
    tap = before[0]
    assert [tap["Name"], tap["Key"], tap["Offset"]] == [one["name"], record["key"], str(record["offset"])]
    return one, other, ended.text


async def test_a_class_is_kept_as_a_table_also_when_it_is_over(any_school: School) -> None:
    _one, other, _panel = await an_hour(any_school)
    tap, *votes = await aside(rows, any_school)
    assert tap["Read by: Restaurant"] == "restaurant-1: committed"
    assert [row["Kind"] for row in votes] == ["question", "answer", "answer", "vote"]
    assert (votes[-1]["Name"], votes[-1]["Answer"], votes[-1]["Right"]) == (other["name"], "A log", "yes")


async def test_a_class_is_kept_as_a_link_also_when_it_is_over(any_school: School) -> None:
    school = any_school
    *_people, panel_then = await an_hour(school)
    [link] = set(re.findall(r"/t/\w+/", panel_then))
    page = (await aside(school.server.get, link)).text
    assert "What is a &lt;topic&gt;?" in page
    assert "✓ A log, so it was" in page
    over = await aside(school.server.get, f"/teach/{school.code}/")
    assert over.status == 410
    assert link not in over.text, "the code alone opens nothing"
    kept = school.server.request("GET", f"/teach/{school.code}/after/", X_Room_Token=school.host)
    assert link in kept.text
    panel = school.server.request("GET", f"/teach/{school.code}/class/", X_Room_Token=school.host)
    assert (panel.status, link in panel.text) == (200, True)
    assert (await aside(school.change, "reset")).status == 410


async def test_nobody_but_the_host_has_the_table(any_school: School, any_server: Server) -> None:
    guest = (await aside(any_school.join))["token"]
    room = await aside(make_room, any_server)
    for token in ("", "forged", guest, room["token"], begin_class(any_server).host):
        for path in ("table", "after", "people"):
            found = any_server.request("GET", f"/teach/{any_school.code}/{path}/", X_Room_Token=token)
            assert found.status == 403, path


async def test_the_table_is_a_file_of_its_own_and_never_in_packed_pieces(any_school: School) -> None:
    """Of which browsers unpack the first alone."""
    found = await aside(table, any_school, accept="gzip")
    assert found.text.startswith("\ufeffKind,")
    assert f'filename="kafkaviz-class-{any_school.code}-20' in found.headers["Content-Disposition"]
    assert found.headers["Content-Type"] == "text/csv; charset=utf-8"


async def test_who_was_sent_out_is_out_and_stays_out(any_school: School) -> None:
    school = any_school
    one, other = [await aside(school.join) for _ in range(2)]
    async with present(school, one["token"]) as phone, present(school, other["token"]) as second:
        await second.until(lambda: state(second)["here"] == 2)
        listed = school.server.request("GET", f"/teach/{school.code}/people/", X_Room_Token=school.host).text
        assert one["name"] in listed
        number = listed.split(f">{one['name']}<")[0].rpartition('value="')[2].strip('">')
        assert f"{one['name']} was sent out." in (await aside(school.change, "send-out", number=number)).text
        assert await phone.close_code() == 4503
        assert refusals(phone) == ["sent-out"]
        await second.until(lambda: state(second)["here"] == 1)
        assert (await aside(school.change, "send-out", number=number)).status == 400
    async with present(school, one["token"]) as phone:
        assert await phone.close_code() == 4503
        assert refusals(phone) == ["sent-out"]
    again = await aside(school.enter, one["token"])
    assert (again.status, again.json()["error"]["code"]) == (403, "sent-out")


@pytest.mark.parametrize("path", ["class", "people", "table", "after"])
async def test_a_guest_sends_nobody_out(any_school: School, path: str) -> None:
    guest = (await aside(any_school.join))["token"]
    answer = any_school.server.post_form(
        f"/teach/{any_school.code}/{path}/", guest, change="send-out", number=1
    )
    assert answer.status in (403, 405)


def class_of_the_api(server: Server) -> dict[str, str] | None:
    """None while all places are taken."""
    answer = server.post_json("/api/rooms/", {"scenario": "hearts", "hosted": True})
    return answer.json() if answer.status == 201 else None


async def test_a_class_made_by_the_api_has_its_host_s_link(any_server: Server) -> None:
    made = await aside(wait_for, lambda: class_of_the_api(any_server))
    address, _, secret = made["host"].partition("#")
    assert (address, secret) == (f"{any_server.url}/teach/{made['code']}/", made["token"])
    school = School(any_server, made["code"], secret)
    assert (await aside(school.change, "lock")).status == 200
    assert (await aside(school.enter)).status == 403


@pytest.mark.parametrize("hosted", [1, "yes", None])
def test_hosted_is_yes_or_no(any_server: Server, hosted: object) -> None:
    answer = any_server.post_json("/api/rooms/", {"scenario": "hearts", "hosted": hosted})
    assert (answer.status, answer.json()["error"]["code"]) == (400, "bad-json")
