"""A Kafka without the new group protocol, on which rooms work with classic groups; and one that is too old."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import AdminClient

from scripts.apache_kafka import HERE, HOME, ApacheKafka, tool
from scripts.ports import free_ports
from tests.accounts import account
from tests.client import aside, change_members, crowd, deliver, make_room, settled, stored, watch
from tests.conftest import require
from tests.servers import PATIENCE, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.xdist_group("old_kafka")]
OLD = "2.7.2"
"""The last of those that Kafkaviz does not work with; it needs ZooKeeper, which comes with it."""


@pytest.fixture(scope="module")
def classic(kafka_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """A broker on which KIP-848 and KIP-932 are turned off, though it knows of them."""
    kafka = ApacheKafka(tmp_path_factory.mktemp("classic"))
    try:
        kafka.start()
        servers = kafka.bootstrap_servers
        done = tool(
            "org.apache.kafka.tools.FeatureCommand",
            "--bootstrap-server", servers, "downgrade",
            "--feature", "group.version=0", "--feature", "share.version=0",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        yield kafka
    finally:
        kafka.stop()


async def test_without_the_new_group_protocol_rooms_work_and_the_page_says_why(
    classic: ApacheKafka, make_server: MakeServer
) -> None:
    server = await aside(make_server, KAFKA_BOOTSTRAP_SERVERS=classic.bootstrap_servers)
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        assert client.room["settings"]["restaurant"]["group.protocol"] == "classic"
        await deliver(client)
        await aside(change_members, server, room, "restaurant", "add")
        await client.until(lambda: len(client.assignments("restaurant")) == 2)
        shares = client.assignments("restaurant").values
        await client.until(lambda: sorted(place for each in shares() for place in each) == places(3))
        await deliver(client)
    page = (await aside(server.get, f"/r/{room['code']}/")).text
    assert "groups share partitions out by the classic one" in page
    assert 'data-lack="consumer-protocol"' in page
    assert page.count('data-lack="share-groups"') == 2
    assert 'id="queue-add"' not in page


def places(count: int) -> list[list[object]]:
    return [["orders", number] for number in range(count)]


async def test_counts_are_exact_with_classic_groups(classic: ApacheKafka, make_server: MakeServer) -> None:
    server = await aside(make_server, KAFKA_BOOTSTRAP_SERVERS=classic.bootstrap_servers)
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await aside(crowd, server, room, 2000)
        await client.until(lambda: client.total("commit", group="trending") > 2000)
        await aside(change_members, server, room, "heart-counter", "add")
        await client.until(lambda: len(client.assignments("heart-counter")) == 2)
        await client.until(lambda: client.total("commit", group="heart-counter") > 6000)
        await aside(crowd, server, room, 0)
        end = stored(await aside(settled, server, room), "hearts")
        await client.until(lambda: client.total("send") == client.total("ack") == end)
        found = await aside(account, server, room, client)
    found.check()
    assert found.ghosts == 0


# Too old


@pytest.fixture(scope="module")
def old_libs() -> Path:
    """The old broker's jar files, brought by Maven with the pom.xml of the new one, its version changed."""
    libs = HOME / f"libs-{OLD}"
    if (libs / f"kafka_2.13-{OLD}.jar").exists():
        return libs
    maven = shutil.which("mvn")
    if not maven or not shutil.which("java"):
        require("kafka", "Apache Kafka needs Java and Maven")
    pom = re.sub(r"<kafka.version>.*</kafka.version>", f"<kafka.version>{OLD}</kafka.version>", new_pom())
    libs.mkdir(parents=True, exist_ok=True)
    (libs / "pom.xml").write_text(pom)
    command = [maven, "--quiet", "--batch-mode", "--file", str(libs / "pom.xml"), f"-Dlibs={libs}", "package"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return libs


def new_pom() -> str:
    """Without what that version has no use for: other artifacts than the broker."""
    others = r"<dependency>(?:(?!</dependency>).)*<artifactId>(?!kafka_2)(?:(?!</dependency>).)*</dependency>"
    return re.sub(others, "", (HERE / "pom.xml").read_text(), flags=re.S)


@pytest.fixture
def old_kafka(old_libs: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a real broker of that version."""
    keeper, broker = free_ports(2)
    settings = {
        "keeper": {"dataDir": tmp_path / "zookeeper", "clientPort": keeper, "admin.enableServer": "false"},
        "broker": {
            "broker.id": 1,
            "listeners": f"PLAINTEXT://127.0.0.1:{broker}",
            "zookeeper.connect": f"127.0.0.1:{keeper}",
            "log.dirs": tmp_path / "kafka",
        },
    }
    mains = {"keeper": "org.apache.zookeeper.server.ZooKeeperServerMain", "broker": "kafka.Kafka"}
    processes = []
    try:
        for name, port in (("keeper", keeper), ("broker", broker)):
            config = tmp_path / f"{name}.properties"
            config.write_text("".join(f"{key}={value}\n" for key, value in settings[name].items()))
            command = ["java", "-Xmx256m", "-cp", f"{old_libs}/*", mains[name], str(config)]
            with (tmp_path / f"{name}.log").open("wb") as log:
                processes.append(subprocess.Popen(command, stdout=log, stderr=log))
            assert wait_for(lambda port=port: listens(port)), (tmp_path / f"{name}.log").read_text()
        address = f"127.0.0.1:{broker}"
        # It listens some time before it answers.
        AdminClient({"bootstrap.servers": address, "log_level": 2}).list_topics(timeout=PATIENCE)
        yield address
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_kafka_older_than_2_8_ends_the_start_in_one_sentence(
    old_kafka: str, make_server: MakeServer
) -> None:
    server = make_server(start=False, KAFKA_BOOTSTRAP_SERVERS=old_kafka)
    assert server.launch().finish() == 1
    assert server.output().splitlines() == [
        f"The Kafka at {old_kafka} is older than 2.8, the oldest that Kafkaviz works with. "
        "Upgrade it, or name another in KAFKA_BOOTSTRAP_SERVERS."
    ]
