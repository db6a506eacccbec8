from __future__ import annotations

import json
import os
import platform
import tempfile
from pathlib import Path

from tests.benchmarks import observation, viewers

LEAST_RATIO = 0.8
MOST_BYTES = 20_000
RATES = (10, 1_000, 20_000)


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    rates = observation.measure()
    ratio = rates["observed"] / rates["bare"]
    print("Records a second through a producer and three groups (embedded cluster)")
    print(f"  bare clients {rates['bare']:>9,.0f}\n  with all hops {rates['observed']:>8,.0f}")
    print(f"  ratio {ratio:>16.2f}   limit at least {LEAST_RATIO}\n")
    print("One viewer of a crowd of hearts")
    print("     asked/s   stored/s   frames/s   bytes/s")
    found: dict[str, object] = {"observation": {**rates, "ratio": ratio}, "cores": os.cpu_count()}
    for rate in RATES:
        with tempfile.TemporaryDirectory() as folder:
            one = viewers.measure(rate, Path(folder) / "data")
        print(f"  {rate:>10,} {one['stored']:>10,.0f} {one['frames']:>10.1f} {one['bytes']:>9,.0f}")
        found[f"viewer_{rate}"] = one
    print(f"  limit: at most {MOST_BYTES:,} bytes/s at any rate")
    Path("bench.json").write_text(json.dumps(found, indent=2) + "\n")


main()
