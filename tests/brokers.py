"""A real Apache Kafka for all tests that do not hurt it, also where several processes share the tests."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.apache_kafka import ApacheKafka, KafkaFailed

NUMBER = 3
_PATIENCE = 180.0
_KEY = "kafkaviz_brokers"


@dataclass(frozen=True)
class Brokers:
    bootstrap_servers: str


class ForAllWorkers:
    """In the process that deals the tests out: Kafka starts when the first worker has a test that needs it.

    Three brokers for each of them would be more Java than two cores have time for.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kafkaviz-brokers-"))
        self._kafka = ApacheKafka(self._folder / "kafka", NUMBER)
        self._over = threading.Event()
        self._starting = threading.Thread(target=self._start_when_wanted)

    def pytest_sessionstart(self) -> None:
        self._starting.start()

    def pytest_configure_node(self, node: Any) -> None:
        """Of xdist."""
        node.workerinput[_KEY] = [str(self._folder), self._kafka.bootstrap_servers]

    def pytest_sessionfinish(self) -> None:
        self._over.set()
        self._starting.join()
        self._kafka.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start_when_wanted(self) -> None:
        while not (self._folder / "wanted").exists():
            if self._over.wait(0.1):
                return
        try:
            self._kafka.start()
            told = "started"
        except KafkaFailed as failure:
            told = str(failure)
        (self._folder / "being-told").write_text(told)
        (self._folder / "being-told").rename(self._folder / "told")


def share(config: pytest.Config) -> None:
    """Where tests are dealt out to workers, and this is not one."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(ForAllWorkers())


@contextmanager
def brokers(config: pytest.Config, folder: Path) -> Iterator[Brokers]:
    """Those of all workers, or, in a process that is alone, some of its own. Raises KafkaFailed."""
    if shared := getattr(config, "workerinput", {}).get(_KEY):
        yield _await(*shared)
        return
    kafka = ApacheKafka(folder, NUMBER)
    try:
        yield Brokers(kafka.start().bootstrap_servers)
    finally:
        kafka.stop()


def _await(folder: str, bootstrap_servers: str) -> Brokers:
    (Path(folder) / "wanted").touch()
    told, waiting = Path(folder) / "told", threading.Event()
    for _ in range(int(_PATIENCE / 0.1)):
        if told.exists():
            break
        waiting.wait(0.1)
    else:
        raise KafkaFailed(f"Kafka for all workers did not start within {_PATIENCE:.0f} s.")
    if told.read_text() != "started":
        raise KafkaFailed(told.read_text())
    return Brokers(bootstrap_servers)
