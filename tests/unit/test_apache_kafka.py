"""scripts/apache_kafka.py where Kafka can't be had: one sentence each, and nothing is started."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import apache_kafka
from scripts.apache_kafka import HERE, ApacheKafka, KafkaFailed, fetch
from scripts.ports import free_ports
from tests.servers import PATIENCE, ROOT


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the PATH, empty yet; no jar file has been fetched."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(apache_kafka, "LIBS", tmp_path / "libs")
    return folder


@pytest.fixture
def fetched(tools: Path, tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "pom.xml").write_text((HERE / "pom.xml").read_text())


def put(tools: Path, name: str, script: str = "exit 0") -> None:
    path = tools / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_without_java_it_says_so(tools: Path) -> None:
    with pytest.raises(
        KafkaFailed, match=r"^Apache Kafka needs a Java runtime, version 17 or newer: java was"
    ):
        fetch()


def test_without_java_it_says_so_even_if_kafka_is_here_already(fetched: None) -> None:
    with pytest.raises(KafkaFailed, match="java was not found"):
        fetch()


def test_without_maven_it_says_so(tools: Path) -> None:
    put(tools, "java")
    with pytest.raises(KafkaFailed, match=r"^Apache Kafka needs Maven: mvn was not found\.$"):
        fetch()


def test_what_has_been_fetched_needs_no_maven(fetched: None, tools: Path) -> None:
    put(tools, "java")
    fetch()


def test_what_maven_says_is_told_and_the_next_time_tries_again(tools: Path) -> None:
    put(tools, "java")
    put(tools, "mvn", "echo no network here; exit 1")
    for _ in range(2):
        with pytest.raises(KafkaFailed, match="no network here"):
            fetch()


def test_an_old_java_is_told_in_a_sentence(fetched: None, tools: Path, tmp_path: Path) -> None:
    said = "Error: LinkageError occurred: java.lang.UnsupportedClassVersionError: kafka/tools/StorageTool"
    put(tools, "java", f"echo '{said}'; exit 1")
    with pytest.raises(
        KafkaFailed, match=r"^Apache Kafka needs Java 17 or newer; the one that was found is older\.$"
    ):
        ApacheKafka(tmp_path / "kafka", 3).start()


def test_another_number_of_brokers_does_not_touch_the_data(
    fetched: None, tools: Path, tmp_path: Path
) -> None:
    put(tools, "java")
    (tmp_path / "identities").write_text("cluster\nfirst")
    with pytest.raises(KafkaFailed, match="holds the data of 1 brokers, not of 3"):
        ApacheKafka(tmp_path, 3).start()
    assert (tmp_path / "identities").read_text() == "cluster\nfirst"


def test_what_was_not_formatted_whole_is_begun_anew(fetched: None, tools: Path, tmp_path: Path) -> None:
    """As when Ctrl-C came in between: Kafka writes meta.properties last."""
    put(tools, "java", "exit 1")
    for node in ("node1", "node2", "node3"):
        (tmp_path / node).mkdir()
        (tmp_path / node / "bootstrap.checkpoint").touch()
    (tmp_path / "node2" / "meta.properties").touch()
    with pytest.raises(KafkaFailed, match="could not format"):
        ApacheKafka(tmp_path, 3).start()
    assert sorted(path.parent.name for path in tmp_path.glob("node*/bootstrap.checkpoint")) == ["node2"]


class Script:
    """A copy that has fetched Kafka already, and whose java notes what it is to run and then does what we say."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._ran = folder, folder / "ran"
        (folder / ".kafka" / "libs").mkdir(parents=True)
        (folder / "tools").mkdir()
        shutil.copytree(HERE.parent, folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(HERE / "pom.xml", folder / ".kafka" / "libs")

    def run(self, does: str) -> subprocess.CompletedProcess[str]:
        put(self._folder / "tools", "java", f'echo "$*" >> {self._ran}\n{does}')
        given = ["--port", str(free_ports()[0]), "--folder", str(self._folder)]
        script = [sys.executable, "-m", "scripts.apache_kafka", *given]
        env = {**os.environ, "PATH": f"{self._folder / 'tools'}:{os.environ['PATH']}"}
        return subprocess.run(
            script, cwd=self._folder, env=env, capture_output=True, text=True, timeout=PATIENCE
        )

    def ran(self) -> list[str]:
        return re.findall(r"kafka\.Kafka|kafka\.tools\.\w+", self._ran.read_text())


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def test_who_is_stopped_before_its_brokers_are_born_starts_none(script: Script) -> None:
    """Such a signal never reaches them, also if Ctrl-C goes to everybody."""
    done = script.run("kill -TERM $PPID")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Starting Apache Kafka ...\n")
    assert script.ran() == ["kafka.tools.StorageTool"]


def test_who_is_stopped_while_its_brokers_start_does_not_wait_for_them(script: Script) -> None:
    """As when the signal comes between our last look and their birth."""
    unblock = "import signal; signal.pthread_sigmask(signal.SIG_UNBLOCK, {2, 15}); signal.pause()"
    broker = f"kill -TERM $PPID; exec {sys.executable} -c '{unblock}'"
    done = script.run(f'case "$*" in *StorageTool*) ;; *) {broker};; esac')
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Starting Apache Kafka ...\n")
    assert script.ran() == ["kafka.tools.StorageTool", "kafka.Kafka"]


@pytest.mark.parametrize("port", ["0", "65535", "99999"])
def test_a_port_that_can_not_be_is_told(port: str) -> None:
    """Two are needed: 65535 is the first and 65536 the second."""
    script = [sys.executable, "-m", "scripts.apache_kafka", "--port", port]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no port ")
    assert len(done.stderr.splitlines()) == 1
