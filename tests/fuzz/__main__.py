"""`make fuzz`: what nobody would send, for minutes, to a real server and to the page's player; never a test.

Each round has a seed, which is told when something is found: `make fuzz MINUTES=10 FUZZ=messages`.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.fuzz import messages, records
from tests.processes import memory
from tests.servers import ROOT, Server

Round = Callable[[random.Random, Any], Coroutine[Any, Any, int]]
_WARM = 0.25
"""The part of the time after which memory is looked at first: caches fill, and allocators keep what they had once."""


def main(minutes: str, *names: str) -> None:
    seconds = float(minutes) * 60
    for name in names or ("messages", "records", "files"):
        if name == "files":
            subprocess.run(["node", "--expose-gc", "tests/js/fuzz.js", str(seconds)], cwd=ROOT, check=True)
        else:
            _fuzz_server(name, {"messages": messages, "records": records}[name], seconds)


def _fuzz_server(name: str, fuzzer: Any, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", **fuzzer.SETTINGS)
        try:
            asyncio.run(_rounds(name, fuzzer, server.start(), seconds))
            faults = [
                line for line in server.output().splitlines() if "Traceback" in line or " ERROR " in line
            ]
            assert not faults, server.output()[-8000:]
        finally:
            server.stop_and_check()


async def _rounds(name: str, fuzzer: Any, server: Server, seconds: float) -> None:
    began, sent, rounds = time.monotonic(), 0, 0
    warm: dict[str, int] = {}
    async with fuzzer.ground(server) as ground:
        while (spent := time.monotonic() - began) < seconds:
            seed = random.randrange(2**32)
            try:
                sent += await fuzzer.one_round(random.Random(seed), ground)
            except Exception:
                print(f"{name}: found something, with seed {seed}\n{server.output()[-4000:]}", flush=True)
                raise
            rounds += 1
            if not warm and spent > seconds * _WARM:
                warm = memory(server)
        grown = {pid: (size - warm[pid]) / 1024 for pid, size in memory(server).items() if pid in warm}
    print(
        f"{name}: {sent:,} in {rounds:,} rounds, {seconds:.0f} s; grown {max(grown.values()):.1f} MB",
        flush=True,
    )
    assert set(memory(server)) >= set(warm), "a process has died"
    assert max(grown.values()) < fuzzer.MOST_GROWN_MB, grown


if __name__ == "__main__":
    main(*sys.argv[1:])
