"""compose.yaml and the Dockerfile, held to what can be checked where no Docker engine is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from scripts.apache_kafka import HERE, ApacheKafka, cluster_properties, tool
from scripts.setup_venv import OLDEST
from tests.servers import ADDRESS, PATIENCE, ROOT, wait_for, without_ours

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
# One instruction a line.
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
OURS = re.compile(r"KAFKA_\w+|KAFKAVIZ_\w+|DATABASE_URL")


def instructions(name: str) -> list[str]:
    return [
        line.removeprefix(name).strip() for line in DOCKERFILE.splitlines() if line.startswith(name + " ")
    ]


def copied() -> set[str]:
    return {line.split()[0] for line in instructions("COPY")}


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in instructions("ENV") for pair in shlex.split(line))


def test_the_broker_is_the_one_that_we_test_with() -> None:
    version = re.search(r"<kafka.version>(.+)</kafka.version>", (HERE / "pom.xml").read_text())
    assert version
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version[1]}"


def test_what_the_app_waits_for_has_a_health_check() -> None:
    waits = SERVICES["kafkaviz"]["depends_on"]
    assert waits == {name: {"condition": "service_healthy"} for name in ("kafka", "database")}
    assert all("healthcheck" in SERVICES[name] for name in waits)


def test_what_must_last_is_in_a_named_volume() -> None:
    mounts = [mount.split(":") for service in SERVICES.values() for mount in service["volumes"]]
    assert sorted(name for name, _ in mounts) == sorted(COMPOSE["volumes"])
    folders = {folder for _, folder in mounts}
    assert {
        SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"],
        image_environment()["KAFKAVIZ_DATA_DIR"],
    } < folders


def test_the_app_s_settings_are_understood(tmp_path: Path) -> None:
    told = "s.KAFKA.bootstrap_servers, s.KAFKA.shown, s.DATABASES['default']['HOST']"
    code = f"from django.conf import settings as s; print({told})"
    env = {**without_ours(), **SERVICES["kafkaviz"]["environment"], "KAFKAVIZ_DATA_DIR": str(tmp_path)}
    env["DJANGO_SETTINGS_MODULE"] = "kafkaviz.settings"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.stdout.split() == ["kafka:9092", "localhost:9094", "database"], done.stderr


def test_the_app_is_given_nothing_that_it_does_not_read() -> None:
    given = {*SERVICES["kafkaviz"]["environment"], *image_environment()}
    sources = "".join(path.read_text() for path in (ROOT / "kafkaviz").glob("*.py"))
    read = set(re.findall(r'"([A-Z_]+)"', sources))
    assert {name for name in given if OURS.fullmatch(name)} <= read


def test_the_app_asks_the_listener_that_is_advertised_to_containers() -> None:
    advertised = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert f"PLAINTEXT://{SERVICES['kafkaviz']['environment']['KAFKA_BOOTSTRAP_SERVERS']}" in advertised


def test_this_machine_s_clients_reach_the_listener_that_is_advertised_to_them() -> None:
    advertised = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    shown = SERVICES["kafkaviz"]["environment"]["KAFKA_PUBLIC_BOOTSTRAP_SERVERS"]
    assert f"HOST://{shown}" in advertised
    assert shown == "localhost:9094"
    assert SERVICES["kafka"]["ports"] == ["127.0.0.1:9094:9094"]


def test_the_app_s_database_is_the_one_that_is_made() -> None:
    made = SERVICES["database"]["environment"]
    login = f"{made['POSTGRES_USER']}:{made['POSTGRES_PASSWORD']}"
    wanted = f"postgresql://{login}@database:5432/{made['POSTGRES_DB']}"
    assert SERVICES["kafkaviz"]["environment"]["DATABASE_URL"] == wanted


def test_the_image_s_python_is_one_that_we_support() -> None:
    found = re.fullmatch(r"python:(\d+)\.(\d+)-slim", instructions("FROM")[0])
    assert found
    assert (int(found[1]), int(found[2])) >= OLDEST


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied() == kept
    assert all((ROOT / name).exists() for name in copied())


def test_the_image_does_not_run_as_root() -> None:
    assert instructions("USER") == ["kafkaviz"]


def test_the_published_port_is_the_one_that_the_image_listens_on() -> None:
    port, host = image_environment()["PORT"], image_environment()["HOST"]
    assert instructions("EXPOSE") == [port]
    assert SERVICES["kafkaviz"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert host == "0.0.0.0"


@pytest.fixture
def container(tmp_path: Path) -> Iterator[str]:
    """The address of a server that has the image's files and environment, and no others of ours."""
    app, log = tmp_path / "app", tmp_path / "log"
    for name in copied():
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        app.mkdir(exist_ok=True)
        copy(ROOT / name, app / name)
    env = {**without_ours(), **image_environment(), "KAFKAVIZ_DATA_DIR": str(tmp_path / "data"), "PORT": "0"}
    command = [sys.executable, *yaml.safe_load(instructions("CMD")[0])[1:]]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=app, env=env, stdout=output, stderr=output)
    try:
        assert wait_for(lambda: ADDRESS.search(log.read_text()) or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield ADDRESS.findall(log.read_text())[0]
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_the_image_s_files_are_enough_and_its_health_check_passes(container: str) -> None:
    """With another port than in the image, for that one may be taken here."""
    assert "localhost:8000/healthz" in instructions("HEALTHCHECK")[0]
    _, code, script = yaml.safe_load(instructions("HEALTHCHECK")[0].partition("CMD")[2])
    port = container.rpartition(":")[2].rstrip("/")
    checked = subprocess.run(
        [sys.executable, code, script.replace("8000", port)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    gone = subprocess.run([sys.executable, code, script.replace("8000", "1")], capture_output=True)
    assert gone.returncode == 1


def test_the_image_s_page_finds_its_style_and_scripts(container: str) -> None:
    with urlopen(container, timeout=PATIENCE) as answer:
        page = answer.read().decode()
    parts = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert parts
    for part in parts:
        with urlopen(container.rstrip("/") + part, timeout=PATIENCE) as answer:
            assert answer.status == 200
    with urlopen(f"{container.rstrip('/')}/hi/", timeout=PATIENCE) as answer:
        assert "See Kafka by using it" not in answer.read().decode()


def broker_properties() -> dict[str, str]:
    """As the image makes them: KAFKA_A_B is the property a.b."""
    given = SERVICES["kafka"]["environment"].items()
    return {name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in given}


def test_the_broker_s_timing_and_copies_are_those_of_make_kafka() -> None:
    shared = re.compile(r"group\.|(offsets|transaction|share)\..*(replication\.factor|min\.isr)|auto\.")
    wanted = {name: value for name, value in cluster_properties(1).items() if shared.match(name)}
    assert {name: value for name, value in broker_properties().items() if shared.match(name)} == wanted


@pytest.mark.kafka
def test_kafka_formats_its_storage_by_these_properties(kafka_here: None, tmp_path: Path) -> None:
    """What the image does first: it refuses listeners, roles and voters that do not fit together."""
    properties = {**broker_properties(), "log.dirs": str(tmp_path / "data")}
    file = tmp_path / "server.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    identity = ["--cluster-id", "5L6g3nShT-eMCtK--X86sw"]
    done = tool("kafka.tools.StorageTool", "format", "--config", str(file), *identity)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.kafka
def test_a_real_broker_starts_with_these_properties(kafka_here: None, tmp_path: Path) -> None:
    """Where it listens and writes is this machine's business."""
    here = re.compile("listener|quorum|node.id|log.dirs")
    ours = {name: value for name, value in broker_properties().items() if not here.search(name)}
    kafka = ApacheKafka(tmp_path, properties=ours)
    try:
        kafka.start()
        assert "ERROR" not in kafka.log(1)
    finally:
        kafka.stop()
