"""Frames for other people's pages, asked as a program asks: policies, oEmbed, and bad addresses."""

from __future__ import annotations

import asyncio
import html
import io
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from PIL import Image

from apps.embeds import options
from tests.client import Room, watch
from tests.lessons import begin
from tests.oembed import faults
from tests.servers import Server

if TYPE_CHECKING:
    from tests.conftest import MakeServer

FRAMED = ("/embed/food-delivery/", "/embed/t/food-order/", "/embed/lessons/the-post-office/")
NOT_FRAMED = ("/", "/t/food-order/", "/oembed/?url=x", "/nothing/")


@pytest.fixture(scope="module")
def server(any_server: Server) -> Server:
    """A frame and what is told of it are the same whatever a server stands on."""
    return any_server


def oembed(server: Server, **query: str) -> tuple[int, dict[str, object]]:
    answer = server.get(f"/oembed/?{urlencode(query)}")
    return answer.status, answer.json() if answer.status == 200 else {}


@pytest.mark.parametrize("path", FRAMED)
def test_a_frame_may_be_shown_anywhere_and_nothing_else_of_it_is_laxer(server: Server, path: str) -> None:
    headers = server.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "X-Frame-Options" not in headers
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", NOT_FRAMED)
def test_everything_else_may_be_framed_by_nobody(server: Server, path: str) -> None:
    headers = server.get(path).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_who_may_frame_is_a_setting(make_server: MakeServer) -> None:
    server = make_server(KAFKAVIZ_FRAME_ANCESTORS="https://blog.example,https://*.school.example")
    policy = server.get(FRAMED[0]).headers["Content-Security-Policy"]
    assert "frame-ancestors https://blog.example https://*.school.example" in policy


ABSENT = {
    "/embed/nothing/": "There is no such scenario.",
    "/embed/nothing/live/": "There is no such scenario.",
    "/embed/no.such/": "There is no such scenario.",
    "/embed/t/nothing/": "There is no such saved run.",
    "/embed/t/a/b/c/": "There is no such scenario.",
    "/embed/lessons/nothing/": "There is no such lesson.",
    "/embed/lessons/nothing/live/": "There is no such lesson.",
}


@pytest.mark.parametrize("path", ABSENT)
def test_what_is_not_there_is_told_in_a_frame_that_leads_nowhere_it_can_t_go(
    server: Server, path: str
) -> None:
    answer = server.get(f"{path}?lang=hi&theme=dark")
    assert answer.status == 404
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert 'lang="hi"' in answer.text
    assert "css/dark.css" in answer.text
    assert tags_in(answer.text, "header") == []
    assert {link["target"] for link in tags_in(answer.text, "a")} == {"_blank"}
    assert ABSENT[path] in server.get(path).text


def test_an_address_without_its_last_slash_is_led_to_the_frame(server: Server) -> None:
    assert server.get("/embed/hearts?theme=dark").status == 200


def test_oembed_gives_a_frame_for_our_pages(server: Server) -> None:
    for path, framed in (
        ("/t/food-order/", FRAMED[1]),
        ("/play/food-delivery/", FRAMED[0]),
        (FRAMED[0], FRAMED[0]),
        ("/lessons/the-post-office/", FRAMED[2]),
        (FRAMED[2], FRAMED[2]),
        ("/lessons/the-post-office/#3", FRAMED[2] + "?step=3"),
    ):
        status, told = oembed(server, url=server.url + path, maxwidth="500", maxheight="300")
        assert (status, faults(told)) == (200, [])
        assert (told["version"], told["type"]) == ("1.0", "rich")
        assert (told["width"], told["height"]) == (500, 300)
        (frame,) = tags_in(str(told["html"]), "iframe")
        assert frame["src"] == server.url + framed
        assert (frame["width"], frame["height"]) == ("500", "300")
        assert server.get(framed).status == 200


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "javascript:alert(1)",
        "http://elsewhere.example/t/food-order/",
        "http://[",
        "{own}/",
        "{own}/t/none/",
        "{own}/lessons/none/",
    ],
)
def test_oembed_knows_nothing_of_other_addresses(server: Server, url: str) -> None:
    assert oembed(server, url=url.format(own=server.url))[0] == 404


def test_oembed_speaks_json_only_and_may_be_asked_from_anywhere(server: Server) -> None:
    assert oembed(server, url=f"{server.url}/t/food-order/", format="xml")[0] == 501
    answer = server.get(f"/oembed/?{urlencode({'url': server.url + '/t/food-order/'})}")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("language", ["", "/hi", "/en-plain"])
@pytest.mark.parametrize(
    "path",
    [
        "/t/food-order/",
        "/embed/t/broker-dies/?theme=dark&start=2",
        "/embed/hearts/?lang=hi&speed=20",
        "/embed/lessons/keys-and-slots/?theme=dark&step=3",
        "/r/{code}/",
    ],
)
def test_a_page_tells_where_its_frame_is_asked_for_in_its_language(
    server: Server, path: str, language: str
) -> None:
    code = server.make_room("hearts")["code"] if "{code}" in path else ""
    page = server.get(language + path.format(code=code))
    (link,) = [tag for tag in tags_in(page.text, "link") if tag.get("type") == "application/json+oembed"]
    answer = server.get(link["href"].removeprefix(server.url))
    assert (answer.status, faults(answer.json())) == (200, [])
    (frame,) = tags_in(answer.json()["html"], "iframe")
    address = frame["src"].removeprefix(server.url)
    spoken = "/hi" if "lang=hi" in path else language
    assert address.startswith(f"{spoken}/embed/")
    assert sorted(parse_qsl(urlsplit(address).query)) == sorted(parse_qsl(urlsplit(path).query))
    framed = server.get(address)
    assert framed.status == 200
    assert f'lang="{spoken.strip("/") or "en"}"' in framed.text
    assert html.unescape(answer.json()["title"]) in html.unescape(framed.text)


@pytest.mark.parametrize(
    ("most", "size"),
    [
        ({}, (1200, 630)),
        ({"maxwidth": "1200", "maxheight": "630"}, (1200, 630)),
        ({"maxwidth": "1199"}, (600, 315)),
        ({"maxheight": "315"}, (600, 315)),
        ({"maxwidth": "-1"}, (1200, 630)),
        ({"maxwidth": "599"}, None),
        ({"maxheight": "200"}, None),
    ],
)
def test_oembed_s_thumbnail_is_a_picture_of_the_run_and_within_what_was_asked(
    server: Server, most: dict[str, str], size: tuple[int, int] | None
) -> None:
    status, told = oembed(server, url=f"{server.url}/t/broker-dies/", **most)
    assert (status, faults(told)) == (200, [])
    if size is None:
        assert not [name for name in told if name.startswith("thumbnail")]
        return
    assert (told["thumbnail_width"], told["thumbnail_height"]) == size
    assert picture(server, str(told["thumbnail_url"])).size == size
    assert f"cards/broker-dies-{size[0]}.png" in str(told["thumbnail_url"])


PAGES = [
    ("/", "food-order"),
    ("/hi/", "food-order"),
    ("/lessons/", "food-order"),
    ("/r/{code}/", "hearts-flood"),
    ("/hi/r/{code}/?x=y", "hearts-flood"),
    ("/t/stock-ticks/", "stock-ticks"),
    ("/t/crash-loses/", "crash-loses"),
    ("/t/{saved}/", "hearts-flood"),
]


async def heart(server: Server, room: Room) -> None:
    async with watch(server, room) as client:
        await client.do("send-heart")
        await client.until(lambda: client.hops("ack"))


@pytest.fixture(scope="module")
def words(server: Server) -> dict[str, str]:
    """A room, and a run that somebody saved in it."""
    room = server.make_room("hearts")
    asyncio.run(heart(server, room))
    saved = server.post_form(f"/r/{room['code']}/traces/", room["token"])
    assert saved.status == 201, saved.text
    return {"code": room["code"], "saved": saved.headers["Location"].strip("/").rpartition("/")[2]}


@pytest.mark.parametrize(("path", "run"), PAGES)
def test_a_link_to_a_page_is_shown_with_its_title_and_a_picture(
    server: Server, words: dict[str, str], path: str, run: str
) -> None:
    """As Open Graph (https://ogp.me) has it, and Twitter's cards, which go by the same."""
    address = path.format(**words)
    page = server.get(address)
    assert page.status == 200
    tags = tags_in(page.text, "meta")
    told = {tag.get("property") or tag.get("name", ""): tag["content"] for tag in tags if "content" in tag}
    assert {"og:title", "og:description", "og:image:alt", "description"} <= {k for k, v in told.items() if v}
    assert (told["og:type"], told["og:site_name"]) == ("website", "Kafkaviz")
    assert told["og:url"] == server.url + address.partition("?")[0]
    assert told["twitter:card"] == "summary_large_image"
    assert f"/cards/{run}-1200.png" in told["og:image"]
    assert picture(server, told["og:image"]).size == (1200, 630)
    assert (told["og:image:width"], told["og:image:height"]) == ("1200", "630")


def test_a_lesson_is_shown_under_its_own_title(server: Server) -> None:
    room, told = begin(server, "the-post-office")
    page = server.get(f"/lessons/the-post-office/{room['code']}/")
    titles = [tag["content"] for tag in tags_in(page.text, "meta") if tag.get("property") == "og:title"]
    assert titles == [told["lesson"]["title"]]


def test_oembed_takes_the_language_of_an_address_off_it(server: Server) -> None:
    status, told = oembed(server, url=f"{server.url}/hi/play/hearts/")
    assert status == 200
    assert told["title"] != oembed(server, url=f"{server.url}/play/hearts/")[1]["title"]
    assert oembed(server, url=f"{server.url}/xx/play/hearts/")[0] == 404


@pytest.mark.parametrize(("most", "width"), [("0", 760), ("-5", 760), ("9999999", 760), ("x", 760), ("1", 1)])
def test_a_frame_is_never_wider_than_asked_and_never_nothing(server: Server, most: str, width: int) -> None:
    status, told = oembed(server, url=f"{server.url}/t/food-order/", maxwidth=most)
    assert (status, told["width"], faults(told)) == (200, width, [])


def test_options_are_from_closed_lists_and_anything_else_is_ignored() -> None:
    chosen = {"theme": "dark", "speed": "20", "step": "1", "controls": "0", "start": "3", "end": "9"}
    read = options.read(chosen)
    assert read == options.Options("dark", "0", "fixed", "20", "3", "9", step="1")
    assert read.query == "?theme=dark&controls=0&speed=20&start=3&end=9&step=1"
    assert options.read({"start": "0.5", "end": "9.5"}) == options.Options(start="0.5", end="9.5")
    for start, end in (("9", "9"), ("9", "2"), ("1e3", "99999"), ("٣", "1.25"), ("nan", "inf"), ("-1", "")):
        assert options.read({"start": start, "end": end}) == options.Options(), (start, end)
    bad = {
        "theme": "<script>",
        "speed": "7",
        "controls": "yes",
        "step": "2-4",
        "start": "-1",
        "end": "1e9",
        "x": "y",
    }
    assert options.read(bad) == options.Options()
    for given, step in (("3", "3"), ("007", "7"), ("1000", "999"), ("999999999", "999")):
        assert options.read({"step": given}).step == step
    for given in ("0", "000", "-1", "1.5", "٣", "9" * 10, "x", "", " 3"):
        assert options.read({"step": given}) == options.Options(), given
    assert options.Options().query == ""


def picture(server: Server, url: str) -> Image.Image:
    answer = server.get(url.removeprefix(server.url))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    return Image.open(io.BytesIO(answer.body))


def tags_in(text: str, wanted: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == wanted:
                found.append({name: value or "" for name, value in attrs})

    Tags().feed(text)
    return found
