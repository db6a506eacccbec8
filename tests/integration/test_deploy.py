"""In public: Django's own deployment check is content, addresses are the visitors', and a shared Kafka is spared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import ROOT, World, without_ours

if TYPE_CHECKING:
    from tests.brokers import Brokers
    from tests.conftest import MakeServer

PROXY = {"X_Forwarded_Proto": "https"}
BEHIND = {"KAFKAVIZ_HTTPS": 1, "KAFKAVIZ_TRUSTED_PROXIES": "127.0.0.1"}
"""A test itself is the proxy then."""


def test_django_s_deployment_check_has_nothing_to_say(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={
            **without_ours(),
            **{name: str(value) for name, value in BEHIND.items()},
            "KAFKAVIZ_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert "no issues" in found.stdout


def test_plain_http_is_led_to_https_and_browsers_remember(make_server: MakeServer) -> None:
    server = make_server(**BEHIND)
    assert server.get("/healthz").status == 200
    answer = server.get("/", **PROXY)
    assert answer.status == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert "wss://" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]


def test_without_a_proxy_nobody_gives_themselves_another_address_name_or_scheme(
    make_server: MakeServer,
) -> None:
    server = make_server()

    def look(number: int) -> int:
        address = f"203.0.113.{number}"
        return server.get("/j/222222/", X_Forwarded_For=address, X_Real_IP=address).status

    assert 429 in [look(number) for number in range(80)]
    made_up = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "elsewhere.example"}
    page = server.get("/", **made_up)
    assert page.status == 200
    assert "https://" not in page.headers["Content-Security-Policy"]
    assert "elsewhere.example" not in page.headers["Content-Security-Policy"] + page.text
    refused = server.post_json("/api/rooms/", {}, Origin=server.url.replace("http", "https", 1), **made_up)
    assert refused.json()["error"]["code"] == "foreign-origin"


@pytest.mark.kafka
def test_a_kafka_is_not_filled_with_rooms_without_end(kafka: Brokers, make_server: MakeServer) -> None:
    server = make_server(world=World(kafka), KAFKAVIZ_KAFKA_ROOMS=1)
    server.make_room()
    answer = server.post_json("/api/rooms/", {"scenario": "hearts"})
    assert (answer.status, answer.json()["error"]["code"]) == (503, "full")
    assert "as many rooms as it may" in answer.json()["error"]["message"]
