"""Whatever is asked over HTTP, the answer has the right status and a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.client import PROTOCOL, Room, make_room
from tests.schema import hold
from tests.servers import PATIENCE, Answer, Server

JSON = {"Content_Type": "application/json"}


@pytest.fixture(scope="module")
def server(any_server: Server) -> Server:
    """What is asked over HTTP is read before anything behind the page is."""
    return any_server


@pytest.fixture(scope="module")
def room(server: Server) -> Iterator[Room]:
    """Watched all the while: one that nobody watches sleeps, and has another life after that."""
    room = make_room(server, "hearts")
    with connect(
        server.socket_url(room),
        subprotocols=[PROTOCOL, Subprotocol(room["token"])],
        origin=Origin(server.url),
        max_queue=None,
        proxy=None,
        open_timeout=PATIENCE,
        ping_interval=None,
    ):
        yield room


def refused(answer: Answer, status: int, code: str) -> None:
    assert answer.status == status, answer.text[:500]
    assert answer.headers["Content-Type"].startswith("application/json")
    hold("error", answer.json())
    assert answer.json()["error"]["code"] == code


def page_refused(answer: Answer, status: int) -> None:
    """A page, or a part of one, with a sentence for people."""
    assert answer.status == status, answer.text[:500]
    assert answer.headers["Content-Type"].startswith("text/html")
    words = re.sub(r"<[^>]*>", " ", answer.text)
    assert re.search(r"\w+ \w+ \w+[^.!?]*[.!?]", words), words
    assert "Traceback" not in answer.text


def test_an_unknown_scenario(server: Server) -> None:
    page_refused(server.get("/play/no-such-scenario/"), 404)
    refused(server.post_json("/api/rooms/", {"scenario": "no-such-scenario"}), 404, "unknown-scenario")


def test_a_name_that_the_server_does_not_know_itself_by_is_told_with_the_setting_for_it(
    any_server: Server,
) -> None:
    answer = any_server.get("/", Host="kafka.school.example")
    page_refused(answer, 400)
    assert "KAFKAVIZ_ALLOWED_HOSTS" in answer.text
    refused(any_server.get("/api/rooms/XXXXXX/", Host="kafka.school.example"), 400, "unknown-host")


@pytest.mark.parametrize("path", ["/play/hearts/", "/lessons/the-post-office/", "/embed/hearts/live/"])
def test_a_picture_or_script_on_another_site_makes_no_room(any_server: Server, path: str) -> None:
    for site, what, status in (
        ("cross-site", "image", 403),
        ("same-site", "script", 403),
        ("cross-site", "empty", 403),
        ("cross-site", "document", 200),
        ("same-origin", "empty", 200),
    ):
        answer = any_server.get(path, Sec_Fetch_Site=site, Sec_Fetch_Dest=what)
        assert answer.status == status, (site, what, answer.text[:300])


def test_a_form_with_thousands_of_fields_is_refused_without_a_word_in_the_log(any_server: Server) -> None:
    room, known = make_room(any_server, "hearts"), len(any_server.output())
    fields = {f"field{number}": "x" for number in range(1500)}
    answer = any_server.post_form(f"/r/{room['code']}/crowd/", room["token"], **fields)
    page_refused(answer, 400)
    assert any_server.output()[known:].count("\n") <= 1


def test_an_unknown_room(server: Server) -> None:
    refused(server.get("/api/rooms/XXXXXX/"), 404, "unknown-room")
    refused(server.get("/api/rooms/%00/"), 404, "unknown-room")
    refused(server.get("/api/rooms/XXXXXX/projections/heart-counter/music/"), 404, "unknown-room")
    for path in ("/r/XXXXXX/", "/r/%00/", "/r/%F0%9F%8D%9C/", "/nothing/here/"):
        page_refused(server.get(path), 404)


def test_an_unknown_path_of_the_api(server: Server) -> None:
    refused(server.get("/api/"), 404, "unknown-path")
    refused(server.get("/api/nothing"), 404, "unknown-path")


def test_a_projection_that_is_not_there(server: Server, room: Room) -> None:
    base = f"/api/rooms/{room['code']}/projections"
    refused(server.get(f"{base}/no-such-group/music/"), 404, "unknown-group")
    for key in ("nobody", "%00", "k" * 3000):
        answer = server.get(f"{base}/heart-counter/{key}/")
        assert (answer.status, answer.json()["value"]) == (200, None)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_wrong_method_on_making_rooms(server: Server, method: str) -> None:
    answer = server.request(method, "/api/rooms/")
    refused(answer, 405, "wrong-method")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_wrong_method_on_a_room(server: Server, room: Room, method: str) -> None:
    for path in ("", "projections/heart-counter/music/"):
        answer = server.request(method, f"/api/rooms/{room['code']}/{path}", b"")
        refused(answer, 405, "wrong-method")
        assert "GET" in answer.headers["Allow"]


PANELS = ("crowd", "members", "group", "bookmark", "producer", "broker", "letters", "lab")


def test_a_wrong_method_on_pages(server: Server, room: Room) -> None:
    for path in ("/", f"/r/{room['code']}/"):
        assert server.request("POST", path, b"").status == 405
    assert server.request("PUT", "/play/hearts/", b"").status == 405
    for path in PANELS:
        assert server.request("PUT", f"/r/{room['code']}/{path}/", b"").status == 405


@pytest.mark.parametrize("path", PANELS)
def test_a_panel_is_shown_to_participants_and_asking_for_it_changes_nothing(
    server: Server, room: Room, path: str
) -> None:
    where = f"/r/{room['code']}/{path}/"
    assert server.get(where).status == 403
    shown = server.get(f"{where}?change=add&group=restaurant", X_Room_Token=room["token"])
    assert shown.status == 200
    assert 'class="control"' in shown.text
    assert shown.text == server.get(where, X_Room_Token=room["token"]).text


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/rooms/{code}/", "/r/{code}/"])
def test_head_is_get_without_a_body(server: Server, room: Room, path: str) -> None:
    answer = server.request("HEAD", path.format(code=room["code"]))
    assert answer.status == 200
    assert answer.body == b""


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/rooms/", "/api/rooms/{code}/", "/r/{code}/crowd/"])
def test_options_is_answered_and_allows_no_other_site(server: Server, room: Room, path: str) -> None:
    answer = server.request("OPTIONS", path.format(code=room["code"]), Origin="http://evil.example")
    assert answer.status in (200, 204, 403, 405)
    assert "Access-Control-Allow-Origin" not in answer.headers


ORIGINS = ["http://evil.example", "https://localhost:1", "http://["]


@pytest.mark.parametrize("origin", [*ORIGINS, "null"])
def test_another_sites_page_makes_no_room(server: Server, origin: str) -> None:
    refused(server.post_json("/api/rooms/", {"scenario": "hearts"}, Origin=origin), 403, "foreign-origin")


@pytest.mark.parametrize("origin", ORIGINS)
def test_another_sites_page_may_do_nothing(server: Server, room: Room, origin: str) -> None:
    for path in PANELS:
        answer = server.request(
            "POST", f"/r/{room['code']}/{path}/", b"", X_Room_Token=room["token"], Origin=origin
        )
        page_refused(answer, 403)


@pytest.mark.parametrize("path", PANELS)
def test_a_frame_in_a_sandbox_may_use_a_panel_with_the_rooms_token_alone(
    server: Server, room: Room, path: str
) -> None:
    """Its browser asks first, without the token, and shows it no answer that does not allow it."""
    where = f"/r/{room['code']}/{path}/"
    asked = server.request("OPTIONS", where, Origin="null", Access_Control_Request_Headers="x-room-token")
    assert (asked.status, asked.body) == (204, b"")
    assert asked.headers["Access-Control-Allow-Headers"] == "X-Room-Token"
    assert asked.headers["Access-Control-Allow-Methods"] == "POST"
    for token, status in (("", 403), ("x", 403), (room["token"], 400)):
        answer = server.request("POST", where, b"rate=tea", X_Room_Token=token, Origin="null")
        page_refused(answer, status)
        assert answer.headers["Access-Control-Allow-Origin"] == "null"
    assert "Access-Control-Allow-Origin" not in server.get(where, X_Room_Token=room["token"]).headers


BODIES = {
    "nothing": b"",
    "no JSON": b"scenario=hearts",
    "a list": b'["hearts"]',
    "text": b'"hearts"',
    "null": b"null",
    "no scenario": b"{}",
    "a scenario that is a list": b'{"scenario": ["hearts"]}',
    "a scenario that is null": b'{"scenario": null}',
    "no UTF-8": b'{"scenario": "\xff\xfe"}',
    "cut off": b'{"scenario": "hearts"',
    "60,000 brackets": b"[" * 60_000,
    "a huge number": b'{"scenario": ' + b"9" * 60_000 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_bad_body(server: Server, body: bytes) -> None:
    refused(server.request("POST", "/api/rooms/", body, **JSON), 400, "bad-json")


@pytest.mark.parametrize("scenario", ['"\\ud800"', '"\\u0000"', '""', '"../hearts"', '"' + "h" * 5000 + '"'])
def test_a_strange_name_of_a_scenario(server: Server, scenario: str) -> None:
    body = b'{"scenario": ' + scenario.encode() + b"}"
    refused(server.request("POST", "/api/rooms/", body, **JSON), 404, "unknown-scenario")


def test_a_huge_body(server: Server, room: Room) -> None:
    refused(server.request("POST", "/api/rooms/", b"x" * 100_000, **JSON), 413, "too-large")
    answer = server.post_form(f"/r/{room['code']}/crowd/", room["token"], rate="1" * 100_000)
    assert answer.status == 413
    assert "65536" in answer.text


def forged(token: str) -> list[str]:
    return [
        "",
        "x",
        token[:-1],
        f"{token}x",
        token.replace(".", ":"),
        "é".encode().decode("latin-1"),
        "x" * 5000,
    ]


@pytest.mark.parametrize("path", PANELS)
def test_controls_want_the_rooms_token(server: Server, room: Room, path: str) -> None:
    other = make_room(server, "hearts")
    form: dict[str, Any] = {"rate": 0, "group": "trending", "change": "add"}
    for token in [*forged(room["token"]), other["token"]]:
        page_refused(server.post_form(f"/r/{room['code']}/{path}/", token, **form), 403)
    page_refused(server.request("POST", f"/r/{room['code']}/{path}/", b"rate=0"), 403)


@pytest.mark.parametrize(
    "rate", ["", "-1", "1.5", "NaN", "٣", "1e3", " 1", "50001", "9" * 9, "9" * 50, "0x10"]
)
def test_a_bad_rate(server: Server, room: Room, rate: str) -> None:
    answer = server.post_form(f"/r/{room['code']}/crowd/", room["token"], rate=rate, seconds=10)
    page_refused(answer, 400)


@pytest.mark.parametrize("seconds", ["", "0", "-5", "301", "abc", "9" * 40])
def test_bad_seconds(server: Server, room: Room, seconds: str) -> None:
    answer = server.post_form(f"/r/{room['code']}/crowd/", room["token"], rate=1, seconds=seconds)
    page_refused(answer, 400)


@pytest.mark.parametrize(
    ("group", "change"),
    [
        ("no-such-group", "add"),
        ("no-such-group", "remove"),
        ("", "add"),
        ("\0", "add"),
        ("trending", ""),
        ("trending", "explode"),
        ("trending", "ADD"),
    ],
)
def test_a_bad_change_of_members(server: Server, room: Room, group: str, change: str) -> None:
    answer = server.post_form(f"/r/{room['code']}/members/", room["token"], group=group, change=change)
    page_refused(answer, 400)


BAD_FORMS = {
    "no such setting": ("group", {"group": "trending", "setting": "colour", "value": "red"}),
    "no such value": ("group", {"group": "trending", "setting": "commit", "value": "never"}),
    "a protocol that is none": ("group", {"group": "trending", "setting": "protocol", "value": "roundrobin"}),
    "a group that is none": ("group", {"group": "\0", "setting": "commit", "value": "after"}),
    "a bookmark nowhere": ("bookmark", {"group": "trending", "to": "yesterday"}),
    "a huge bookmark": ("bookmark", {"group": "trending", "to": "9" * 40}),
    "a number that is none": ("bookmark", {"group": "trending", "to": "offset", "number": "a dozen"}),
    "half a minute": ("bookmark", {"group": "trending", "to": "minutes", "number": "0.5"}),
    "minutes without a number": ("bookmark", {"group": "trending", "to": "minutes"}),
    "an offset below none": ("bookmark", {"group": "trending", "to": "offset", "number": "-3"}),
    "a partition that is none": ("bookmark", {"group": "trending", "to": "end", "place": "hearts/99"}),
    "a topic that is none": ("bookmark", {"group": "trending", "to": "end", "place": "orders/0"}),
    "a place that is none": ("bookmark", {"group": "trending", "to": "end", "place": "hearts/x"}),
    "idempotence without acks=all": ("producer", {"setting": "acks", "value": "2"}),
    "no setting": ("producer", {}),
    "a broker that is none": ("broker", {"broker": "9", "change": "stop"}),
    "a broker without a number": ("broker", {"broker": "one", "change": "stop"}),
    "a change that is none": ("broker", {"broker": "1", "change": "explode"}),
    "a delay of a day": ("broker", {"broker": "1", "change": "slow", "delay": "86400000"}),
    "letters to nobody": ("letters", {"change": "burn"}),
    "a promise that nobody can keep": ("lab", {"promise": "exactly-once"}),
    "a step that is none": ("lab", {"step": "back"}),
}


@pytest.mark.parametrize("form", BAD_FORMS)
def test_a_bad_control_is_refused_in_a_sentence(server: Server, room: Room, form: str) -> None:
    path, values = BAD_FORMS[form]
    answer = server.post_form(f"/r/{room['code']}/{path}/", room["token"], **values)
    page_refused(answer, 400)
    assert re.search(r'role="alert">\s*[^<]+\w+ \w+[^<]*[.!?]\s*<', answer.text), answer.text[:800]


def test_a_form_that_is_none(server: Server, room: Room) -> None:
    path, token = f"/r/{room['code']}/crowd/", room["token"]
    for kind in ("application/json", "text/plain", "nonsense"):
        answer = server.request("POST", path, b'{"rate": 1}', X_Room_Token=token, Content_Type=kind)
        page_refused(answer, 400)
    # Twisted takes multipart bodies apart before any of our code runs, and answers without a word.
    multipart = "multipart/form-data; boundary=x"
    assert server.request("POST", path, b"nonsense", X_Room_Token=token, Content_Type=multipart).status == 400


def test_nothing_of_all_this_reached_the_room(server: Server, room: Room) -> None:
    state = server.get(f"/api/rooms/{room['code']}/").json()
    assert state["incarnation"] == 1
    assert {row["end"] for row in state["topics_state"]["hearts"]} == {0}
    assert "Traceback" not in server.output()
