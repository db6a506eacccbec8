"""The machine and the versions that figures were taken with; without them no figure means anything."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import confluent_kafka

from tests.servers import ROOT


def describe() -> dict[str, Any]:
    """Memory in GiB; `load` is the system's average over the last minute when this was asked."""
    return {
        "taken": time.strftime("%Y-%m-%d %H:%M"),
        "commit": _commit(),
        "cores": os.cpu_count(),
        "cpu": _found(r"model name\s*: (.+)", Path("/proc/cpuinfo")),
        "memory_gib": round(int(_found(r"MemTotal:\s*(\d+)", Path("/proc/meminfo"))) / 2**20, 1),
        "load": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "client": f"confluent-kafka {confluent_kafka.version()}, librdkafka {confluent_kafka.libversion()[0]}",
        "broker": f"embedded: librdkafka's own; real: Apache Kafka {kafka_version()}",
    }


def kafka_version() -> str:
    return _found(r"<kafka\.version>(.+?)<", ROOT / "scripts/kafka/pom.xml")


def _found(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text())
    return found[1].strip() if found else "0"


def _commit() -> str:
    """As `git describe` has it, with `-dirty` when the tree differs."""
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
