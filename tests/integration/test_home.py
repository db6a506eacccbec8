"""The entrance: a code typed on the home page, an order that is placed by one press, and ways on from errors."""

from __future__ import annotations

import http.client
import itertools
import re
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.classes import begin_class
from tests.servers import Answer, Server, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

CLASS = "scenario=food-delivery"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def asked(server: Server, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
    """Status, and where it leads; a browser would go there."""
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)) as connection:
        connection.request(method, path, body, FORM | headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Location") or ""


def placed(server: Server, slug: str = "food-delivery") -> str:
    """Where the press leads; waits for its turn when many tests make rooms."""

    def place() -> str:
        status, where = asked(server, "POST", f"/play/{slug}/")
        assert status in (302, 429, 503)
        return where

    found = wait_for(place)
    assert found, "no room was to be had"
    return str(found)


def test_a_press_opens_a_room_whose_page_is_to_press_its_first_action(any_server: Server) -> None:
    where = placed(any_server)
    assert re.fullmatch(r"/r/\w{6}/#first", where)
    page = any_server.get(urlsplit(where).path)
    assert page.status == 200
    assert "js/room/pressed.js" in page.text
    assert "Set-Cookie" not in page.headers


def test_who_only_goes_there_has_pressed_nothing(any_server: Server) -> None:
    where = wait_for(lambda: asked(any_server, "GET", "/play/food-delivery/")[1])
    assert re.fullmatch(r"/r/\w{6}/", str(where))


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
@pytest.mark.parametrize(("path", "body"), [("/play/food-delivery/", None), ("/teach/", CLASS)])
def test_no_other_site_s_page_places_an_order_or_starts_a_class(
    any_server: Server, path: str, body: str | None, origin: str
) -> None:
    status, where = asked(any_server, "POST", path, body, Origin=origin)
    assert (status, where) == (403, "")


def test_one_press_at_home_starts_a_class_and_its_host_s_page_has_the_screen_in_front(
    any_server: Server,
) -> None:
    """Without a script: a form with one button, whose answer leads there."""
    form = re.search(r'<form method="post" action="(/teach/)".*?</form>', any_server.get("/").text, re.S)
    assert form and re.findall(r"<(?:input|button|select)", form[0]) == ["<button"]
    assert 'name="scenario" value="food-delivery"' in form[0]
    where = urlsplit(str(wait_for(lambda: asked(any_server, "POST", form[1], CLASS)[1])))
    assert re.fullmatch(r"/teach/\w{6}/", where.path) and where.fragment
    assert f'href="{where.path}stage/"' in any_server.get(where.path).text


def test_an_address_makes_so_many_classes_and_rooms_at_once(make_server: MakeServer) -> None:
    server = make_server(KAFKAVIZ_RUNNERS=1, KAFKAVIZ_ROOMS_PER_RUNNER=1)
    doors = itertools.cycle([("/teach/", CLASS), ("/play/hearts/", None)])
    answers = [asked(server, "POST", *next(doors))[0] for _ in range(60)]
    assert answers[0] == 302
    assert 429 in answers


@pytest.mark.parametrize("language", ["", "/hi"])
@pytest.mark.parametrize("form", ["{0}", "{1}+{2}", "+{1}-{2}+"])
def test_a_code_that_is_typed_at_home_leads_to_its_class(
    any_server: Server, language: str, form: str
) -> None:
    code = begin_class(any_server).code
    typed = form.format(code.lower(), code[:3], code[3:].lower())
    assert asked(any_server, "GET", f"{language}/?code={typed}") == (302, f"{language}/j/{code}/")
    assert asked(any_server, "GET", f"{language}/j/?code={typed}") == (302, f"{language}/j/{code}/")


def test_the_code_of_a_room_without_a_class_leads_into_the_room(any_server: Server) -> None:
    code = any_server.make_room()["code"]
    for door in ("/", "/j/"):
        assert asked(any_server, "GET", f"{door}?code={code.lower()}") == (302, f"/r/{code}/")


@pytest.mark.parametrize("door", ["/", "/j/"])
@pytest.mark.parametrize(("code", "status"), [("222222", 404), ("abc", 400), ("%22%3E%3Cb%3E", 400)])
def test_a_wrong_code_is_told_beside_the_field_that_keeps_it(
    any_server: Server, door: str, code: str, status: int
) -> None:
    answer = any_server.get(f"{door}?code={code}")
    assert answer.status == status
    assert 'role="alert"' in answer.text and 'aria-invalid="true"' in answer.text
    kept = re.search(r'name="code" value="([^"]*)"', answer.text)
    assert kept and kept[1] == {"%22%3E%3Cb%3E": "&quot;&gt;&lt;b&gt;"}.get(code, code)


def leads_on(answer: Answer) -> None:
    """Another code can be typed; the start, a run that needs no Kafka and the lessons are one press away."""
    assert 'name="code"' in answer.text
    for path in ('href="/"', 'href="/t/broker-dies/"', 'href="/lessons/"'):
        assert path in answer.text


@pytest.mark.parametrize(
    "path",
    ["/r/ZZZZZZ/", "/r/ZZZZZZ/stage/", "/teach/ZZZZZZ/", "/nothing/", "/t/nothing/", "/lessons/nothing/"],
)
def test_what_is_not_there_leads_on(any_server: Server, path: str) -> None:
    answer = any_server.get(path)
    assert answer.status == 404
    leads_on(answer)


def test_the_code_that_was_wrong_is_there_to_be_mended(any_server: Server) -> None:
    assert re.search(r'name="code" value="ZZZZZZ"', any_server.get("/r/ZZZZZZ/").text)


def test_what_is_refused_leads_on(any_server: Server) -> None:
    answer = any_server.get("/play/hearts/", Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="image")
    assert answer.status == 403
    leads_on(answer)


def test_who_comes_by_an_unknown_name_is_told_one_that_is_known(any_server: Server) -> None:
    answer = any_server.get("/", Host="kafka.school.example")
    port = urlsplit(any_server.url).port
    assert f'href="http://localhost:{port}/"' in answer.text
