"""All tests, and a second chance for those that failed: `python -m scripts.run_tests [--flaky N]`.

Up to N tests that failed are run once more, alone and with nothing else running. One that passes then is told as
`FLAKY <test>` and is no failure; one that fails twice is one, as is everything where more than N failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

# Where pytest itself notes what failed; each of its runs takes out what has passed and adds what has not.
_FAILED = Path(".pytest_cache/v/cache/lastfailed")
_PASSED, _TESTS_FAILED = 0, 1  # pytest.ExitCode, which is not imported: this process only waits


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--flaky", type=int, default=0, metavar="N", help="how many tests may pass only the second time"
    )
    return run(parser.parse_args().flaky)


def run(flaky: int) -> int:
    """Exit code: 0 if each test passed, be it the second time; else what pytest said."""
    _FAILED.unlink(missing_ok=True)
    code = _pytest()
    failed = _failed()
    if code != _TESTS_FAILED or not 0 < len(failed) <= flaky:
        return code
    print(f"Once more, alone: {len(failed)} that failed", flush=True)
    code = _pytest(*failed)
    if code not in (_PASSED, _TESTS_FAILED):
        return code
    still = _failed()
    for test in failed:
        print("FAILED twice" if test in still else "FLAKY", test, flush=True)
    return code


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments]).returncode


def _failed() -> list[str]:
    """Node ids, in the order of their files."""
    return sorted(json.loads(_FAILED.read_text())) if _FAILED.exists() else []


if __name__ == "__main__":
    sys.exit(main())
