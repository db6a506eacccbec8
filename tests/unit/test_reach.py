"""Which address a class shows its phones."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from apps.rooms import metrics, reach


def shown(host: str) -> tuple[str, str]:
    return reach.reachable(RequestFactory().get("/", headers={"host": host}))


@pytest.fixture(autouse=True)
def everybody(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]


@pytest.mark.parametrize(
    "host", ["192.0.2.7:8000", "kafka.school.example", "[2001:db8::7]:8000", "box.local:8000"]
)
def test_an_address_that_leads_here_from_elsewhere_is_shown_as_it_is(host: str) -> None:
    assert shown(host) == (host, "")


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1:9000", "[::1]:9000", "LOCALHOST:9000"])
@pytest.mark.parametrize(
    ("own", "there"), [("192.0.2.7", "192.0.2.7:9000"), ("2001:db8::7", "[2001:db8::7]:9000")]
)
def test_who_opens_it_as_localhost_shows_the_machine_s_own_address(
    host: str, own: str, there: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LISTENS_ON = "0.0.0.0"
    monkeypatch.setattr(reach, "outward_address", lambda: own)
    assert shown(host) == (there, "")


@pytest.mark.parametrize("own", [None, "127.0.0.1"])
def test_a_machine_in_no_network_says_so(
    own: str | None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LISTENS_ON = "0.0.0.0"
    monkeypatch.setattr(reach, "outward_address", lambda: own)
    host, problem = shown("localhost:9000")
    assert host == "localhost:9000"
    assert "this machine is in no network" in problem


def test_a_server_for_this_machine_alone_says_what_to_do() -> None:
    host, problem = shown("localhost:9000")
    assert host == "localhost:9000"
    assert "HOST=0.0.0.0" in problem


@pytest.mark.parametrize(
    ("address", "may"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("fd00::1", True), ("192.0.2.1", False), ("", False)],
)
def test_the_figures_are_for_the_networks_that_are_named(address: str, may: bool, settings: Settings) -> None:
    settings.KAFKAVIZ_METRICS_FOR = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    assert metrics._may_read(address) is may
