"""compose.yaml and the Dockerfile, held to what can be checked where no Docker engine is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.apache_kafka import HERE, ApacheKafka, KafkaFailed, fetch
from tests.conftest import require

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_broker_is_the_one_that_we_test_with() -> None:
    version = re.search(r"<kafka.version>(.+)</kafka.version>", (HERE / "pom.xml").read_text())
    assert version
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version[1]}"


def test_what_the_app_waits_for_has_a_health_check() -> None:
    app = SERVICES["kafkaviz"]
    assert set(app["depends_on"]) == {"kafka", "database"}
    assert all("healthcheck" in SERVICES[name] for name in app["depends_on"])


def test_the_app_s_settings_are_understood(tmp_path: Path) -> None:
    """Django's own check, with the environment of the container."""
    code = "from django.conf import settings as s; print(s.KAFKA.bootstrap_servers, s.DATABASES['default']['HOST'])"
    env = {**os.environ, **SERVICES["kafkaviz"]["environment"], "KAFKAVIZ_DATA_DIR": str(tmp_path)}
    env["DJANGO_SETTINGS_MODULE"] = "kafkaviz.settings"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.stdout.split() == ["kafka:9092", "database"], done.stderr


def test_the_app_asks_the_listener_that_is_advertised_to_containers() -> None:
    advertised = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert f"://{SERVICES['kafkaviz']['environment']['KAFKA_BOOTSTRAP_SERVERS']}" in advertised


def test_the_app_s_database_is_the_one_that_is_made() -> None:
    made = SERVICES["database"]["environment"]
    login = f"{made['POSTGRES_USER']}:{made['POSTGRES_PASSWORD']}"
    wanted = f"postgresql://{login}@database:5432/{made['POSTGRES_DB']}"
    assert SERVICES["kafkaviz"]["environment"]["DATABASE_URL"] == wanted


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    copied = {line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("COPY")}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_s_health_check_asks_an_address_that_exists() -> None:
    assert "localhost:8000/healthz" in DOCKERFILE
    assert "PORT=8000" in DOCKERFILE
    assert SERVICES["kafkaviz"]["ports"] == ["127.0.0.1:8000:8000"]


@pytest.mark.kafka
def test_a_real_broker_starts_with_these_properties(tmp_path: Path) -> None:
    """As the image does: KAFKA_A_B is the property a.b. Where it listens is this machine's business."""
    given = SERVICES["kafka"]["environment"].items()
    properties = {name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in given}
    ours = {
        name: value for name, value in properties.items() if not re.search("listener|quorum|node.id", name)
    }
    try:
        fetch()
        kafka = ApacheKafka(tmp_path, properties=ours).start()
    except KafkaFailed as failure:
        require("kafka", str(failure))
    log = kafka.log(1)
    kafka.stop()
    assert "ERROR" not in log
