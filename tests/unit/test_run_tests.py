"""Tests run in phases, and what failed once more: who passes then is flaky, who does not makes the whole fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

SETTINGS = """
[pytest]
addopts = -p no:django -p no:hypothesispytest
markers =
    browser: a browser
    kafka: Kafka
"""
GOOD = "def test_passes(): pass\n"
BAD = "def test_always_fails(): assert 1 == 2\n"
FLAKY = """
import pathlib
import pytest

{marks}
@pytest.mark.parametrize("number", range({count}))
def test_passes_the_second_time(number):
    seen = pathlib.Path(f"seen-{{number}}-{count}")
    if not seen.exists():
        seen.touch()
        raise AssertionError("not yet")
"""
UNIT = ("--only", "unit", "--flaky", "5")


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    write(tmp_path, "unit/test_good.py", GOOD)
    return tmp_path


def write(suite: Path, name: str, text: str) -> None:
    path = suite / "tests" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(suite: Path, *arguments: str) -> tuple[int, list[str]]:
    """The exit code, and the lines that tell of phases and of what ran twice."""
    command = [sys.executable, str(ROOT / "scripts/run_tests.py"), *arguments]
    done = subprocess.run(command, cwd=suite, capture_output=True, text=True)
    told = [line for line in done.stdout.splitlines() if line.startswith(("Phase", "FLAKY", "FAILED twice"))]
    return done.returncode, told


def test_a_phase_that_passes_is_run_once(suite: Path) -> None:
    assert run(suite, *UNIT) == (0, ["Phase: unit"])


def test_one_that_passes_the_second_time_is_told_and_no_failure(suite: Path) -> None:
    write(suite, "unit/test_some.py", FLAKY.format(count=1, marks=""))
    told = "FLAKY tests/unit/test_some.py::test_passes_the_second_time[0]"
    assert run(suite, *UNIT) == (0, ["Phase: unit", told])


def test_one_that_fails_twice_is_a_failure(suite: Path) -> None:
    write(suite, "unit/test_bad.py", BAD)
    write(suite, "unit/test_some.py", FLAKY.format(count=1, marks=""))
    told = [
        "FAILED twice tests/unit/test_bad.py::test_always_fails",
        "FLAKY tests/unit/test_some.py::test_passes_the_second_time[0]",
    ]
    assert run(suite, *UNIT) == (1, ["Phase: unit", *told])


def test_many_flaky_ones_are_a_failure(suite: Path) -> None:
    write(suite, "unit/test_some.py", FLAKY.format(count=6, marks=""))
    assert run(suite, *UNIT) == (1, ["Phase: unit"])


def test_without_a_second_chance_flaky_is_a_failure(suite: Path) -> None:
    write(suite, "unit/test_some.py", FLAKY.format(count=1, marks=""))
    assert run(suite, "--only", "unit") == (1, ["Phase: unit"])


def test_what_can_not_be_collected_is_a_failure(suite: Path) -> None:
    write(suite, "unit/test_broken.py", "import nothing_of_that_name\n")
    assert run(suite, *UNIT)[0] != 0


def test_what_failed_in_a_run_before_is_not_asked_again(suite: Path) -> None:
    write(suite, "unit/test_bad.py", BAD)
    assert run(suite, "--only", "unit")[0] == 1
    write(suite, "unit/test_bad.py", GOOD)
    assert run(suite, *UNIT) == (0, ["Phase: unit"])


def test_every_phase_runs_and_what_failed_in_any_is_run_again_at_the_end(suite: Path) -> None:
    grouped = '@pytest.mark.xdist_group("one")\n'
    write(suite, "rooms/test_rooms.py", FLAKY.format(count=1, marks=grouped))
    write(suite, "rooms/test_kafka.py", FLAKY.format(count=2, marks="@pytest.mark.kafka"))
    write(suite, "e2e/test_page.py", f"import pytest\n@pytest.mark.browser\n{GOOD}")
    write(suite, "e2e/test_both.py", f"import pytest\n@pytest.mark.browser\n@pytest.mark.kafka\n{GOOD}")
    phases = [f"Phase: {name}" for name in ("unit", "rooms", "kafka", "browser", "browser-on-kafka")]
    told = [
        "FLAKY tests/rooms/test_kafka.py::test_passes_the_second_time[0]",
        "FLAKY tests/rooms/test_kafka.py::test_passes_the_second_time[1]",
        "FLAKY tests/rooms/test_rooms.py::test_passes_the_second_time[0]",
    ]
    assert run(suite, "--flaky", "5") == (0, [*phases, *told])
