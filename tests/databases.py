"""A PostgreSQL server that lasts as long as the tests, and databases in it."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from scripts.ports import free_ports
from tests.servers import wait_for

_DEBIAN = "/usr/lib/postgresql"
_WHO = "host all kafkaviz 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


def programs() -> Path | None:
    """The folder of initdb and postgres: on the PATH, or where Debian puts the newest."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = sorted(Path(_DEBIAN).glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return installed[-1].parent if installed else None


class Postgres:
    """Listens on a free port of loopback. Its owner needs no password, everybody else does.

    Nothing outlives the tests, so nothing is synced. Its data have a folder of their own: pytest's are closed to all
    other users by each run that begins beside this one.
    """

    def __init__(self, programs: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kafkaviz-postgres-"))
        self._data, self._programs = self._folder / "data", programs
        self._log = self._folder / "postgres.log"
        (self.port,) = free_ports()
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Postgres:
        if not self._data.exists():
            self._make()
        options = ["-D", str(self._data), "-p", str(self.port), "-k", "", "-c", "fsync=off"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_unprivileged(), str(self._programs / "postgres"), *options], stdout=log, stderr=log
            )
        assert wait_for(self._answers), self._log.read_text()
        return self

    def _make(self) -> None:
        self._data.mkdir()
        if _unprivileged():
            shutil.chown(self._data, "postgres", "postgres")
            self._folder.chmod(0o711)
        command = [
            str(self._programs / "initdb"),
            "-D",
            str(self._data),
            "-U",
            "kafkaviz",
            "-A",
            "trust",
            "-N",
        ]
        subprocess.run([*_unprivileged(), *command], check=True, capture_output=True)
        (self._data / "pg_hba.conf").write_text(_WHO)

    def _answers(self) -> bool:
        return self._psql("SELECT 1").returncode == 0

    def _psql(self, statement: str) -> subprocess.CompletedProcess[bytes]:
        command = [str(self._programs / "psql"), self.url("postgres"), "-c", statement]
        return subprocess.run(command, capture_output=True)

    def url(self, database: str) -> str:
        return f"postgresql://kafkaviz@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of an empty one."""
        name = f"kafkaviz_{next(self._numbers)}"
        self._order(f"CREATE DATABASE {name}")
        return self.url(name)

    def new_login(self, password: str) -> str:
        """The name of a role that needs this password, and owns nothing."""
        name = f"guest_{next(self._numbers)}"
        self._order(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        return name

    def _order(self, statement: str) -> None:
        done = self._psql(statement)
        assert done.returncode == 0, done.stderr

    def stop(self) -> None:
        """At once: connections are cut."""
        assert self._process
        self._process.send_signal(3)  # SIGQUIT: PostgreSQL's immediate shutdown
        self._process.wait(30)

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self._folder)


def _unprivileged() -> list[str]:
    """PostgreSQL does not run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
