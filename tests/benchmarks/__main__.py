"""`make bench`: speed and size against stated limits. Never a test: the machine decides too much."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks import (
    aftermath,
    attacks,
    classroom,
    fanout,
    flood,
    footprint,
    kills,
    latency,
    machine,
    observation,
    picture,
    startup,
    viewers,
)
from tests.benchmarks.table import as_json, print_figures

BENCHES: dict[str, Any] = {
    "fanout": fanout,
    "observation": observation,
    "viewers": viewers,
    "flood": flood,
    "latency": latency,
    "class": classroom,
    "picture": picture,
    "footprint": footprint,
    "aftermath": aftermath,
    "attacks": attacks,
    "kills": kills,
    "startup": startup,
}


def main(names: list[str]) -> None:
    """Runs those that are named, or all; bench.json holds what this run found."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        sys.exit(f"No such measurement: {', '.join(sorted(unknown))}. There are: {', '.join(BENCHES)}.")
    about = machine.describe()
    for name, value in about.items():
        print(f"{name.replace('_', ' '):<12} {value}")
    found: dict[str, Any] = {"machine": about, "measurements": {}}
    for name in names or BENCHES:
        bench = BENCHES[name]
        figures = list(bench.measure())
        print_figures(bench.TITLE, figures)
        found["measurements"][name] = {"title": bench.TITLE, "figures": as_json(figures)}
        Path("bench.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
