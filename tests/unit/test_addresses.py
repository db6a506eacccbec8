from __future__ import annotations

import socket

import pytest

from apps.rooms import addresses


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_localhost_is_bound_on_the_loopback(host: str) -> None:
    assert addresses.address_of(host) == "127.0.0.1"
    assert addresses.own_names(host) == [host]
    assert addresses.shown_name(host) == host


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_ipv6_address_is_shown_in_brackets(host: str) -> None:
    assert addresses.address_of(host) == "::1"
    assert addresses.own_names(host) == ["[::1]"]
    assert addresses.shown_name(host) == "[::1]"


def test_listening_everywhere_allows_the_names_and_addresses_of_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "outward_address", lambda: "198.51.100.7")
    names = addresses.own_names("0.0.0.0")
    assert "198.51.100.7" in names
    assert socket.gethostname() in names
    assert "0.0.0.0" not in names
    assert addresses.shown_name("0.0.0.0") == "198.51.100.7"


def test_a_machine_without_a_network_still_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "outward_address", lambda: None)
    assert addresses.shown_name("0.0.0.0") == "localhost"
    assert addresses.own_names("::")
