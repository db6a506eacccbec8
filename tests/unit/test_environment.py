from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from kafkaviz import environment


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("off", False), ("", True)])
def test_a_switch_has_a_few_words(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("SWITCH", text)
    assert environment.envbool("SWITCH", True) is value


@pytest.mark.parametrize("text", ["two", "-1", "1.5", "1_000", "٣", "9" * 30, "0"])
def test_what_is_no_number_is_quoted_with_its_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("NUMBER", text)
    with pytest.raises(ImproperlyConfigured, match="NUMBER must be") as caught:
        environment.envint("NUMBER", 5)
    assert text in str(caught.value)


def test_an_empty_number_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBER", " ")
    assert environment.envint("NUMBER", 5) == 5


def test_a_list_may_have_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMES", " a, b ,,")
    assert environment.envlist("NAMES", "c") == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("*", ["*"]),
        ("", ["'none'"]),
        (
            "https://blog.example, https://*.school.example:8443,",
            ["https://blog.example", "https://*.school.example:8443"],
        ),
        (
            "blog.example,https:,'self',http://localhost:*",
            ["blog.example", "https:", "'self'", "http://localhost:*"],
        ),
    ],
)
def test_sites_are_as_a_policy_has_them(monkeypatch: pytest.MonkeyPatch, text: str, sites: list[str]) -> None:
    monkeypatch.setenv("SITES", text)
    assert environment.envsites("SITES", "*") == sites


@pytest.mark.parametrize(
    "site", ["https://a.example; script-src *", "a b", "https://", "https://blög.example", "a\nb"]
)
def test_what_would_make_another_policy_is_no_site(monkeypatch: pytest.MonkeyPatch, site: str) -> None:
    monkeypatch.setenv("SITES", f"https://blog.example,{site}")
    with pytest.raises(ImproperlyConfigured, match="SITES must be sites") as caught:
        environment.envsites("SITES", "*")
    assert repr(site) in str(caught.value)


def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.envproxies("PROXIES") == []
    monkeypatch.setenv("PROXIES", "127.0.0.1, 10.0.0.0/8,2001:db8::/32")
    assert [str(each) for each in environment.envproxies("PROXIES")] == [
        "127.0.0.1/32",
        "10.0.0.0/8",
        "2001:db8::/32",
    ]


@pytest.mark.parametrize("text", ["nginx", "10.0.0.1/8", "10.0.0.0/33", "*", "0.0.0.0/0", "::/0"])
def test_what_is_no_proxy_s_address_is_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("PROXIES", f"127.0.0.1,{text}")
    with pytest.raises(ImproperlyConfigured, match="PROXIES must") as caught:
        environment.envproxies("PROXIES")
    assert text in str(caught.value)


def test_only_a_proxy_can_speak_https_for_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLY", "1")
    assert environment.https_only("ONLY", [ip_network("127.0.0.1")])
    with pytest.raises(ImproperlyConfigured, match="KAFKAVIZ_TRUSTED_PROXIES"):
        environment.https_only("ONLY", [])


def test_many_who_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(environment.secret_key, [tmp_path] * 32))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_an_empty_key_file_is_not_taken_for_a_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(ImproperlyConfigured, match="holds no key"):
        environment.secret_key(tmp_path)


def test_a_given_key_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKAVIZ_SECRET_KEY", "given")
    assert environment.secret_key(tmp_path) == "given"
    assert not list(tmp_path.iterdir())
