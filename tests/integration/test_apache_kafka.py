"""`make kafka`, as a developer uses it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from scripts.apache_kafka import KafkaFailed, fetch
from tests.conftest import require
from tests.databases import free_port
from tests.servers import PATIENCE, ROOT, wait_for

pytestmark = pytest.mark.kafka


@pytest.fixture(autouse=True)
def fetched() -> None:
    try:
        fetch()
    except KafkaFailed as failure:
        require("kafka", str(failure))


class Made:
    """The script in a process group of its own, as a terminal has it."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        self._log = folder.with_suffix(".log")
        script = [sys.executable, "scripts/apache_kafka.py", "--port", str(port), "--folder", str(folder)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*script, *options], cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def start(self) -> Made:
        assert wait_for(lambda: "Ctrl-C stops it" in self.said() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self._log.read_text()

    def interrupt(self, number: int = signal.SIGINT) -> int:
        """Ctrl-C goes to everybody in the group, brokers too."""
        os.killpg(self.process.pid, number)
        return self.process.wait(PATIENCE)

    def left(self) -> bool:
        """Whether anybody of the group still lives."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


@pytest.fixture
def make_kafka(tmp_path: Path) -> Iterator[Callable[..., Made]]:
    made: list[Made] = []

    def make(name: str, port: int) -> Made:
        made.append(Made(tmp_path / name, port))
        return made[-1]

    yield make
    for each in made:
        if each.left():
            each.interrupt(signal.SIGKILL)


def test_it_keeps_its_data_and_leaves_no_process(make_kafka: Callable[..., Made]) -> None:
    port = free_port()
    first = make_kafka("kafka", port).start()
    admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}"})
    admin.create_topics([NewTopic("kept", 2, 1)])["kept"].result(PATIENCE)
    assert first.interrupt() == 0
    assert not first.left()
    second = make_kafka("kafka", port).start()
    assert len(admin.list_topics(timeout=PATIENCE).topics["kept"].partitions) == 2
    assert second.interrupt(signal.SIGTERM) == 0
    assert not second.left()


def test_a_busy_port_is_told_in_a_sentence(make_kafka: Callable[..., Made]) -> None:
    port = free_port()
    first = make_kafka("kafka", port).start()
    second = make_kafka("other", port)
    assert second.process.wait(PATIENCE) == 1
    assert f"Port {port} is in use" in second.said()
    assert first.interrupt() == 0


def test_without_java_it_says_so(tmp_path: Path) -> None:
    code = "from scripts import apache_kafka as k; from pathlib import Path; k.LIBS = Path('none'); k.fetch()"
    env = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert "needs a Java runtime, version 17 or newer" in done.stderr
