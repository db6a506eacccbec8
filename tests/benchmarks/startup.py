"""From `make run` in a clean copy to a room's page: with nothing installed, and once more with everything there."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from scripts.ports import free_ports
from tests.benchmarks.table import Figure
from tests.servers import ROOT, wait_for

TITLE = "From `make run` to a room's page"
LIMIT = 60
_MOST = 600.0  # seconds that are waited
_PAGE = "/play/hearts/"


def measure() -> Iterator[Figure]:
    """The copy is of HEAD; HOME is an empty folder, so no package comes from a cache of pip's."""
    with tempfile.TemporaryDirectory() as folder:
        copy, home = Path(folder) / "kafkaviz", Path(folder) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
        yield Figure("nothing installed, no cache", _start(copy, home), "s", LIMIT)
        yield Figure("again", _start(copy, home), "s")


def _start(copy: Path, home: Path) -> float:
    (port,) = free_ports()
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "PORT": str(port)}
    started = time.monotonic()
    with (home / "output").open("wb") as output:
        process = subprocess.Popen(
            ["make", "run"], cwd=copy, env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        found = wait_for(lambda: _answers(port) or process.poll() is not None, _MOST)
        assert found and process.poll() is None, (home / "output").read_text()
        return time.monotonic() - started
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://localhost:{port}{_PAGE}", timeout=_MOST) as page:
            return page.status == 200
    except (URLError, ConnectionError):
        return False
