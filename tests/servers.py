"""A real `manage.py serve` in a process of its own, as a person would start it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from tests.brokers import Brokers
    from tests.databases import Postgres

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"^Kafkaviz is at (http://\S+)$", re.M)
_OURS = ("KAFKAVIZ_", "KAFKA_", "DATABASE_URL")
PATIENCE = 60.0  # seconds; a busy machine is slow, and nothing here measures speed


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class World:
    """What servers stand on. Each gets a database, and a prefix for its topics, of its own."""

    def __init__(self, kafka: Brokers | None = None, postgres: Postgres | None = None) -> None:
        self.kafka, self._postgres = kafka, postgres

    def env(self) -> dict[str, str]:
        found = {}
        if self.kafka:
            prefix = f"test-{uuid.uuid4().hex[:8]}"
            found = {"KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers, "KAFKA_TOPIC_PREFIX": prefix}
        return found | ({"DATABASE_URL": self._postgres.new_database()} if self._postgres else {})


LEFT: dict[str, Any] = {"KAFKAVIZ_SLEEP_AFTER": 20, "KAFKAVIZ_CROWD_ALONE": 5}
"""Seconds: rooms that tests have left would take the machine from the tests that come."""


class Server:
    """`external`: its rooms are on a Kafka that outlives them."""

    def __init__(self, data_dir: Path, world: World | None = None, **env: object) -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_name(data_dir.name + ".log")
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.seen: dict[str, str] = {}
        own = {"PORT": "0", "HOST": "localhost", "KAFKAVIZ_DATA_DIR": str(data_dir)}
        around = world.env() if world else {}
        self.external = "KAFKA_BOOTSTRAP_SERVERS" in {**around, **env}
        self.env = {**without_ours(), **own, **around, **{key: str(value) for key, value in env.items()}}

    def launch(self) -> Server:
        """Start without waiting; output, both kinds, goes into a file so that no pipe can fill up."""
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def start(self) -> Server:
        self.launch()
        found = wait_for(lambda: ADDRESS.search(self.output()) or not self.running())
        assert isinstance(found, re.Match), f"The server did not start:\n{self.output()}"
        self.url = found[1]
        return self

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def finish(self) -> int:
        """Wait until it ends by itself; returns its exit status."""
        assert self.process
        return self.process.wait(PATIENCE)

    def interrupt(self, number: int = signal.SIGINT) -> int:
        """Send a signal as Ctrl-C does; returns the exit status."""
        assert self.process
        self.seen |= self.family()
        self.process.send_signal(number)
        return self.finish()

    def stop_and_check(self) -> None:
        """Stop, and insist that no process stays behind."""
        if self.process is None:
            return
        try:
            if self.running():
                self.interrupt(signal.SIGTERM)
            assert wait_for(lambda: not living(self.seen), 10), f"left: {living(self.seen)}\n{self.output()}"
        finally:
            if self.running():
                self.process.kill()
            for pid in living(self.seen):
                os.kill(int(pid), signal.SIGKILL)

    def family(self) -> dict[str, str]:
        """pid to start time of the process and all its descendants (where there is a /proc)."""
        assert self.process
        parents = {pid: stat(pid) for pid in pids()}
        found = {str(self.process.pid)}
        while more := {pid for pid, fields in parents.items() if fields[1:2] and fields[1] in found} - found:
            found |= more
        return {pid: parents[pid][19] for pid in found if parents.get(pid)}

    # What a script would do.

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self.url + path, data=body, headers=names, method=method)
        try:
            with urlopen(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, None, **headers)

    def post_json(self, path: str, data: object, **headers: str) -> Answer:
        return self.request(
            "POST", path, json.dumps(data).encode(), Content_Type="application/json", **headers
        )

    def post_form(self, path: str, token: str, **fields: object) -> Answer:
        return self.request("POST", path, urlencode(fields, doseq=True).encode(), X_Room_Token=token)

    def make_room(self, scenario: str = "food-delivery") -> dict[str, Any]:
        """The answer of POST /api/rooms/: code, token, socket, bootstrap_servers, topics, groups.

        Waits for its turn when many tests make rooms.
        """
        answer = wait_for(lambda: self._made(scenario))
        assert answer, "no room was to be had"
        room = answer.json()
        assert isinstance(room, dict)
        return room

    def _made(self, scenario: str) -> Answer | None:
        answer = self.post_json("/api/rooms/", {"scenario": scenario})
        if answer.status in (429, 503):
            time.sleep(0.5)
            return None
        assert answer.status == 201, answer.text
        return answer

    def socket_url(self, room: dict[str, Any]) -> str:
        return self.url.replace("http", "ws", 1) + str(room["socket"])


def without_ours() -> dict[str, str]:
    """Our environment, less the settings of Kafkaviz that whoever runs the tests may have."""
    return {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}


def wait_for(condition: Any, seconds: float = PATIENCE) -> Any:
    """The condition's first true value, or its last one when the time is over.

    It is asked less often the longer it takes: each time may cost the server or a browser some work.
    """
    began = time.monotonic()
    while not (value := condition()) and (waited := time.monotonic() - began) < seconds:
        time.sleep(min(0.1, 0.02 + waited / 10))
    return value


def pids() -> list[str]:
    proc = Path("/proc")
    return [each.name for each in proc.iterdir() if each.name.isdigit()] if proc.is_dir() else []


def stat(pid: str) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on: [0] state, [1] parent, [19] start time."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def living(family: dict[str, str]) -> list[str]:
    now = {pid: stat(pid) for pid in family}
    return [pid for pid, start in family.items() if now[pid][19:20] == [start] and now[pid][0] != "Z"]
