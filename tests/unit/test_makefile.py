"""What `make` hands to the programs that it starts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.servers import ROOT, without_ours


@pytest.fixture
def instead(tmp_path: Path) -> list[str]:
    """A make whose python only prints its arguments and our part of its environment; nothing is set up."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@"\nenv | grep -E "^(KAFKA|DATABASE_URL|HOST|PORT)" | sort\n')
    python.chmod(0o755)
    return ["make", "--no-print-directory", "SETUP=:", f"VENV={tmp_path}"]


def printed(command: list[str], *arguments: str) -> list[str]:
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, env=without_ours(), capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_settings_may_be_given_as_arguments_of_make_run(instead: list[str]) -> None:
    given = [
        "DATABASE_URL=postgresql://kafkaviz:word@host/rooms",
        "KAFKAVIZ_RUNNERS=3",
        "KAFKA_BOOTSTRAP_SERVERS=one:9092,two:9092",
    ]
    serve, *environment = printed(instead, "run", *given, "PORT=9000")
    assert serve == "manage.py serve"
    assert environment == [given[0], "HOST=localhost", *given[1:], "PORT=9000"]


def test_make_kafka_takes_brokers_and_a_port(instead: list[str]) -> None:
    assert printed(instead, "kafka")[0] == "-m scripts.apache_kafka --brokers 1 --port 9092"
    assert (
        printed(instead, "kafka", "BROKERS=3", "KAFKA_PORT=19092")[0]
        == "-m scripts.apache_kafka --brokers 3 --port 19092"
    )
