"""What every answer tells a browser to be careful about, address by address: no page and no answer is left out."""

from __future__ import annotations

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.classes import begin_class
from tests.servers import Server

EMBEDS = "embed/"
WORDS = {
    "group": "restaurant",
    "key": "Ana",
    "name": "food-order",
    "offset": "0",
    "partition": "0",
    "rest": "no.such",
    "slug": "food-delivery",
    "topic": "orders",
}
STATIC = "static/js/embed/embed.js"


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    found: list[str] = []
    for one in patterns:
        route = before + str(one.pattern).removeprefix("^")
        found += routes(one.url_patterns, route) if isinstance(one, URLResolver) else [route]
    return found


ROUTES = routes(get_resolver().url_patterns)


@pytest.fixture(scope="module")
def codes(any_server: Server) -> dict[str, str]:
    """A class where it is one, and else a room."""
    return {"class": begin_class(any_server).code, "room": any_server.make_room()["code"]}


def address(route: str, codes: dict[str, str]) -> str:
    code = codes["class" if route.startswith(("teach/", "j/", "J/")) else "room"]
    words = WORDS | {"code": code} | ({"slug": "the-post-office"} if route.startswith("lessons/") else {})
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: words[found[1]], route)


@pytest.mark.parametrize("language", ["", "hi/"])
@pytest.mark.parametrize("route", [*ROUTES, "nothing/"])
def test_every_address_is_careful(
    any_server: Server, codes: dict[str, str], route: str, language: str
) -> None:
    """Whatever it answers: a page, a refusal, or that there is nothing."""
    answer = any_server.get(f"/{language}{address(route, codes)[1:]}")
    assert answer.status < 500 or answer.status == 503, answer.text
    headers = answer.headers
    rules = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == rules["base-uri"] == "'none'"
    assert not any("unsafe" in rule for rule in rules.values())
    is_frame = route.startswith(EMBEDS)
    assert rules["frame-ancestors"] == ("*" if is_frame else "'none'")
    assert headers.get("X-Frame-Options") == (None if is_frame else "DENY")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers


def test_a_static_file_is_what_it_says_it_is(any_server: Server) -> None:
    headers = any_server.get(f"/{STATIC}").headers
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers
