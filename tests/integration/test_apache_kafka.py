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

from scripts.ports import free_ports
from tests.servers import PATIENCE, ROOT, wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("kafka_here")]


class Made:
    """The script in a process group of its own, as a terminal has it."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        self.folder, self._log = folder, folder.with_suffix(".log")
        script = [sys.executable, "-m", "scripts.apache_kafka", "--port", str(port), "--folder", str(folder)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*script, *options], cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def begin(self) -> Made:
        """Waits until the script minds signals, not until Kafka runs."""
        assert wait_for(lambda: "Starting" in self.said())
        return self

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

    def ended_well(self) -> list[str]:
        """The nodes that wrote all they had, rather than being killed."""
        return sorted(path.parent.name for path in self.folder.glob("node*/.kafka_cleanshutdown"))

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

    def make(name: str, port: int, *options: str) -> Made:
        made.append(Made(tmp_path / name, port, *options))
        return made[-1]

    yield make
    for each in made:
        if each.left():
            each.interrupt(signal.SIGKILL)


def test_it_keeps_its_data_and_leaves_no_process(make_kafka: Callable[..., Made]) -> None:
    port = free_ports(2)[0]
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
    port = free_ports(2)[0]
    first = make_kafka("kafka", port).start()
    second = make_kafka("other", port)
    assert second.process.wait(PATIENCE) == 1
    assert f"Port {port} is in use" in second.said()
    assert first.interrupt() == 0


@pytest.mark.parametrize("to_all", [True, False], ids=["Ctrl-C", "kill"])
def test_three_brokers_end_as_well_as_one(make_kafka: Callable[..., Made], to_all: bool) -> None:
    """Ctrl-C reaches the brokers from the terminal, `kill` only through us; they inherit our signal mask."""
    kafka = make_kafka("kafka", free_ports(6)[0], "--brokers", "3").start()
    if to_all:
        assert kafka.interrupt() == 0
    else:
        kafka.process.terminate()
        assert kafka.process.wait(PATIENCE) == 0
    assert not kafka.left()
    assert kafka.ended_well() == ["node1", "node2", "node3"]


def test_who_stops_it_while_it_starts_is_told_of_no_failure(make_kafka: Callable[..., Made]) -> None:
    port = free_ports(2)[0]
    first = make_kafka("kafka", port).begin()
    assert first.interrupt() == 0
    assert not first.left()
    assert first.said() == "Starting Apache Kafka ...\n"
    assert make_kafka("kafka", port).start().interrupt() == 0
