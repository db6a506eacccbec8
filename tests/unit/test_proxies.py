"""Whose word counts about who asks: that of proxies that are named in the settings, as far as they wrote it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django import Settings

from apps.rooms import proxies
from apps.rooms.proxies import as_asked, is_trusted

PROXY, VISITOR, OTHER = "10.0.0.1", "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def trusted(settings: Settings) -> None:
    settings.KAFKAVIZ_TRUSTED_PROXIES = [ip_network("10.0.0.0/30"), ip_network("2001:db8::/64")]


def scope(peer: str | None, kind: str = "http", **said: str | list[str]) -> dict[str, Any]:
    lines = [(b"host", b"inside:8000")]
    for name, values in said.items():
        for value in [values] if isinstance(values, str) else values:
            lines.append((b"x-forwarded-" + name.encode(), value.encode("latin-1")))
    made = {"type": kind, "client": [peer, 4711] if peer else None, "headers": lines}
    return {**made, "scheme": "http"} if kind == "http" else made


def whom(peer: str, chain: str | list[str]) -> str:
    said: dict[str, Any] = {"for": chain}
    return str(as_asked(scope(peer, **said))["client"][0])


@pytest.mark.parametrize("peer", [VISITOR, "10.0.0.4", "not an address", "", None])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_what_anybody_else_says_is_not_heard(peer: str | None, kind: str) -> None:
    asked = scope(peer, kind, **{"for": OTHER, "proto": "https", "host": "kafkaviz.example"})
    assert as_asked(asked) is asked


@pytest.mark.parametrize("peer", [PROXY, "::ffff:10.0.0.1", "2001:db8::1"])
def test_a_proxy_says_who_by_which_name_and_how(peer: str) -> None:
    said = {"for": VISITOR, "proto": "https", "host": "kafkaviz.example:8443"}
    for kind, scheme in (("http", "https"), ("websocket", "wss")):
        asked = as_asked(scope(peer, kind, **said))
        assert (asked["client"][0], asked["scheme"]) == (VISITOR, scheme)
        assert [value for name, value in asked["headers"] if name == b"host"] == [b"kafkaviz.example:8443"]


def test_a_proxy_that_says_nothing_changes_nothing() -> None:
    asked = as_asked(scope(PROXY))
    assert (asked["client"][0], asked["scheme"]) == (PROXY, "http")
    assert (b"host", b"inside:8000") in asked["headers"]


@pytest.mark.parametrize(
    ("chain", "asker"),
    [
        (f"{OTHER}, {VISITOR}", VISITOR),
        ([OTHER, VISITOR], VISITOR),
        (f"{OTHER}, {VISITOR}, 10.0.0.2, 10.0.0.3", VISITOR),
        ("10.0.0.2", "10.0.0.2"),
        (f"{VISITOR}:4711", VISITOR),
        ("[2001:db8:1::7]:4711", "2001:db8:1::7"),
        (f"::ffff:{VISITOR}", VISITOR),
        # What can't be read is nobody's address; what is left of it may be anybody's invention.
        (f"{VISITOR}, unknown", PROXY),
        (f"{VISITOR}, unknown, 10.0.0.2", "10.0.0.2"),
        ("", PROXY),
        (" , ,", PROXY),
    ],
)
def test_the_right_most_that_is_no_proxy_is_who_asks(chain: str | list[str], asker: str) -> None:
    assert whom(PROXY, chain) == asker


@pytest.mark.parametrize(
    ("said", "scheme"),
    [("https", "https"), ("WSS", "https"), ("ws", "http"), ("ftp", "http"), ("http, https", "https")],
)
def test_a_proxy_may_call_it_by_what_a_page_or_a_socket_speaks(said: str, scheme: str) -> None:
    assert as_asked(scope(PROXY, proto=said))["scheme"] == scheme


def test_of_several_names_the_nearest_proxy_wrote_the_last() -> None:
    asked = as_asked(scope(PROXY, host="made-up.example, kafkaviz.example"))
    assert asked["headers"][-1] == (b"host", b"kafkaviz.example")


def test_a_proxy_that_was_forgotten_is_mentioned_in_the_log_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "_mentioned", [])
    as_asked(scope(OTHER))
    as_asked(scope(PROXY, **{"for": VISITOR}))
    assert not caplog.messages
    for peer in ("172.18.0.1", VISITOR):
        as_asked(scope(peer, **{"for": VISITOR}))
    [told] = caplog.messages
    assert "172.18.0.1" in told
    assert "KAFKAVIZ_TRUSTED_PROXIES" in told


def test_nobody_is_trusted_by_default(settings: Settings) -> None:
    settings.KAFKAVIZ_TRUSTED_PROXIES = []
    assert not is_trusted(PROXY)
    assert not is_trusted("127.0.0.1")
