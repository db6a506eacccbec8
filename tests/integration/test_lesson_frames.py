"""A lesson in a frame, asked as a program asks: what its poster leads to, and how a lesson's page tells of it."""

from __future__ import annotations

import html
from urllib.parse import urlencode

import pytest

from apps.lessons import library
from tests.integration.test_embeds import tags_in
from tests.servers import Server, wait_for

SLUG = "the-post-office"
FRAME = f"/embed/lessons/{SLUG}/"
STEPS = library.load([library.OURS], "en")[0][SLUG].steps


@pytest.fixture(scope="module")
def server(any_server: Server) -> Server:
    return any_server


def begins_at(text: str) -> str:
    """Where the one button of a poster leads."""
    (button,) = [tag for tag in tags_in(text, "a") if "data-begin" in tag]
    return button["href"]


@pytest.mark.parametrize(
    ("query", "leads"),
    [
        ("", "live/#1"),
        ("?step=3", "live/?step=3#3"),
        ("?step=99", f"live/?step=99#{len(STEPS)}"),
        ("?step=0", "live/#1"),
        ("?step=tea&theme=dark&speed=20", "live/?theme=dark&speed=20#1"),
    ],
)
def test_the_button_of_a_poster_leads_to_the_step_that_was_asked_for(
    server: Server, query: str, leads: str
) -> None:
    poster = html.unescape(server.get(FRAME + query).text)
    assert begins_at(poster) == FRAME + leads
    at = int(leads.rpartition("#")[2])
    assert ("From step" in poster) == (at > 1)
    assert at == 1 or STEPS[at - 1].title in poster


def test_a_poster_has_its_lesson_in_the_language_that_was_asked_for(server: Server) -> None:
    hindi = library.load([library.OURS], "hi")[0][SLUG]
    poster = html.unescape(server.get(FRAME + "?lang=hi").text)
    assert hindi.title in poster
    assert hindi.summary in poster
    assert begins_at(poster) == f"/hi{FRAME}live/?lang=hi#1"


def test_every_lesson_has_a_poster_in_every_language(server: Server) -> None:
    for slug, lesson in library.load([library.OURS], "en")[0].items():
        poster = server.get(f"/embed/lessons/{slug}/?lang=hi")
        assert poster.status == 200
        words = library.load([library.OURS], "hi")[0].get(slug, lesson)
        assert words.title in html.unescape(poster.text)


def test_a_frame_s_room_is_that_of_the_lesson_and_leads_on_within_the_frame(server: Server) -> None:
    page = taught(server, f"{FRAME}live/?theme=dark&step=3")
    (onward,) = [tag for tag in tags_in(page, "a") if "data-lesson-end" in tag]
    assert onward["href"] == "/embed/lessons/three-readers/?theme=dark"
    # Nothing else leads out of the lesson but to a page of its own.
    inside = [tag["href"] for tag in tags_in(page, "a") if tag.get("target") != "_blank"]
    assert [href for href in inside if not href.startswith(("#", "/embed/"))] == []
    # A form is sent from no sandbox.
    assert [tag for tag in tags_in(page, "form") if tag.get("method")] == []


def taught(server: Server, path: str) -> str:
    """The page once there is a room: other tests may have them all just now."""
    page = wait_for(lambda: text if 'id="lesson"' in (text := server.get(path).text) else "")
    assert page, f"no room was to be had for {path}"
    return str(page)


def test_a_lesson_s_page_tells_how_it_is_framed(server: Server) -> None:
    page = taught(server, f"/lessons/{SLUG}/")
    assert page.count('id="embed-snippet"') == 1
    assert f'<iframe src="{server.url}{FRAME}"' in html.unescape(page)
    (link,) = [tag for tag in tags_in(page, "link") if tag.get("type") == "application/json+oembed"]
    assert link["href"] == f"{server.url}/oembed/?{urlencode({'url': f'{server.url}/lessons/{SLUG}/'})}"
    told = server.get(link["href"].removeprefix(server.url)).json()
    (frame,) = tags_in(told["html"], "iframe")
    assert frame["src"] == server.url + FRAME
