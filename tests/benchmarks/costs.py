"""What a process costs, as /proc tells it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tests.servers import stat

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time so far, of all threads."""
    fields = stat(str(pid))
    return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True)
class Footprint:
    """Megabytes (10^6 bytes), and counts. `pss` shares out among processes what they have in common."""

    pss: float
    rss: float
    threads: int
    files: int

    def __add__(self, other: Footprint) -> Footprint:
        return Footprint(
            self.pss + other.pss,
            self.rss + other.rss,
            self.threads + other.threads,
            self.files + other.files,
        )

    def __sub__(self, other: Footprint) -> Footprint:
        return Footprint(
            self.pss - other.pss,
            self.rss - other.rss,
            self.threads - other.threads,
            self.files - other.files,
        )


def footprint(pid: int) -> Footprint:
    proc = Path(f"/proc/{pid}")
    rollup = (proc / "smaps_rollup").read_text()
    return Footprint(
        _megabytes("Pss", rollup),
        _megabytes("Rss", rollup),
        sum(1 for _ in (proc / "task").iterdir()),
        sum(1 for _ in (proc / "fd").iterdir()),
    )


def _megabytes(name: str, rollup: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", rollup, re.M)
    assert found, rollup
    return int(found[1]) * 1024 / 1e6
