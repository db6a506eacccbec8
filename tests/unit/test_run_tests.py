"""What failed is run once more: who passes then is told as flaky, who does not makes the whole fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

PASSES = "def test_passes(): pass\n"
FAILS = "def test_always_fails(): assert 1 == 2\n"
FLAKY = """
import pathlib
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_passes_the_second_time(number):
    seen = pathlib.Path(f"seen-{{number}}")
    if not seen.exists():
        seen.touch()
        raise AssertionError("not yet")
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:django -p no:hypothesispytest\n")
    (tmp_path / "test_good.py").write_text(PASSES)
    return tmp_path


def run(suite: Path, *arguments: str) -> tuple[int, list[str]]:
    """The exit code, and the lines that tell of what ran twice."""
    command = [sys.executable, str(ROOT / "scripts/run_tests.py"), *arguments]
    done = subprocess.run(command, cwd=suite, capture_output=True, text=True)
    told = [line for line in done.stdout.splitlines() if line.startswith(("FLAKY", "FAILED twice"))]
    return done.returncode, told


def test_a_suite_that_passes_is_run_once(suite: Path) -> None:
    assert run(suite, "--flaky", "5") == (0, [])


def test_one_that_passes_the_second_time_is_told_and_no_failure(suite: Path) -> None:
    (suite / "test_some.py").write_text(FLAKY.format(count=1))
    assert run(suite, "--flaky", "5") == (0, ["FLAKY test_some.py::test_passes_the_second_time[0]"])


def test_one_that_fails_twice_is_a_failure(suite: Path) -> None:
    (suite / "test_bad.py").write_text(FAILS)
    (suite / "test_some.py").write_text(FLAKY.format(count=1))
    told = [
        "FAILED twice test_bad.py::test_always_fails",
        "FLAKY test_some.py::test_passes_the_second_time[0]",
    ]
    assert run(suite, "--flaky", "5") == (1, told)


def test_many_flaky_ones_are_a_failure(suite: Path) -> None:
    (suite / "test_some.py").write_text(FLAKY.format(count=6))
    assert run(suite, "--flaky", "5") == (1, [])


def test_without_a_second_chance_flaky_is_a_failure(suite: Path) -> None:
    (suite / "test_some.py").write_text(FLAKY.format(count=1))
    assert run(suite) == (1, [])


def test_what_can_not_be_collected_is_a_failure(suite: Path) -> None:
    (suite / "test_broken.py").write_text("import nothing_of_that_name\n")
    assert run(suite, "--flaky", "5")[0] != 0


def test_what_failed_in_a_run_before_is_not_asked_again(suite: Path) -> None:
    (suite / "test_bad.py").write_text(FAILS)
    assert run(suite)[0] == 1
    (suite / "test_bad.py").write_text(PASSES)
    (suite / "test_some.py").write_text(FLAKY.format(count=1))
    assert run(suite, "--flaky", "1") == (0, ["FLAKY test_some.py::test_passes_the_second_time[0]"])
