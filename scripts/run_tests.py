"""All tests, phase by phase, and a second chance for those that failed.

`python -m scripts.run_tests [--flaky N] [--only PHASE]`. Each phase starts what its tests need and stops it before the
next one begins. At the end up to N tests that failed are run once more, alone and with nothing else running. One that
passes then is told as `FLAKY <test>` and is no failure; one that fails twice is one, as is everything where more than
N failed.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_ELSEWHERE = "--ignore=tests/unit"
# Whatever it is marked with, a test is in one of them.
PHASES: Mapping[str, Sequence[str]] = {
    "unit": ["tests/unit"],
    "rooms": [_ELSEWHERE, "-m", "not browser and not kafka"],
    "kafka": [_ELSEWHERE, "-m", "not browser and kafka"],
    "browser": [_ELSEWHERE, "-m", "browser and not kafka"],
    "browser-on-kafka": [_ELSEWHERE, "-m", "browser and kafka"],
}
_WORKERS: Mapping[str, int] = {"rooms": 3, "kafka": 3}
"""Processes at a time, elsewhere two. What these tests do most is wait for brokers; browsers fill two cores."""
_DEAREST = ["--durations=12", "--durations-min=5"]
"""What a phase's time went into: who adds to it sees where it can be had back."""
# Where pytest itself notes what failed; each of its runs takes out what has passed and adds what has not.
_FAILED = Path(".pytest_cache/v/cache/lastfailed")
_GROUP = re.compile(r"@[\w-]+$")
"""What pytest-xdist adds to the name of a test that is in a group."""
_PASSED, _TESTS_FAILED = 0, 1  # pytest.ExitCode, which is not imported: this process only waits


def main() -> int:
    text = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=text)
    parser.add_argument(
        "--flaky", type=int, default=0, metavar="N", help="how many tests may pass only the second time"
    )
    parser.add_argument("--only", choices=PHASES, help="this phase and no other")
    given = parser.parse_args()
    return run([given.only] if given.only else PHASES, given.flaky)


def run(phases: Iterable[str], flaky: int) -> int:
    """Exit code: 0 if each test passed, be it the second time; else 1, or what pytest said that it could not do."""
    _FAILED.unlink(missing_ok=True)
    for phase in phases:
        print(f"\nPhase: {phase}", flush=True)
        code = _pytest(*_at_once(phase), *_DEAREST, *PHASES[phase])
        if code not in (_PASSED, _TESTS_FAILED):
            return code
    failed = _failed()
    if not failed:
        return _PASSED
    return _once_more(failed) if len(failed) <= flaky else _TESTS_FAILED


def _at_once(phase: str) -> list[str]:
    return ["-n", str(_WORKERS.get(phase, 2)), "--dist", "loadgroup"]


def _once_more(failed: Sequence[str]) -> int:
    print(f"\nOnce more, alone: {len(failed)} that failed", flush=True)
    _FAILED.unlink()
    code = _pytest(*failed)
    still = _failed()
    for test in failed:
        print("FAILED twice" if test in still else "FLAKY", test, flush=True)
    return code


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments]).returncode


def _failed() -> list[str]:
    """Node ids, in the order of their files."""
    return (
        sorted(_GROUP.sub("", test) for test in json.loads(_FAILED.read_text())) if _FAILED.exists() else []
    )


if __name__ == "__main__":
    sys.exit(main())
