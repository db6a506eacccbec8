"""Who is in a group of an external Kafka, whoever runs them, as its brokers tell."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.kafka.choices import Settings

_PROGRAM = Path(__file__).with_name("describing.py")
_PATIENCE = 10.0
"""Seconds after which the program is given up; by itself it answers within half of that."""
MOST = 12
"""Of one group: whoever joins with a thousand members makes no room's picture larger."""


@dataclass(frozen=True)
class Peer:
    """A member of a group: `id` as the brokers know it, `client` its client.id, `places` its whole assignment."""

    id: str
    client: str
    places: tuple[tuple[str, int], ...]


class Describer:
    """Asks by a program of its own (describing.py says why). One a process; begins it anew when it has ended."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._program: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def ask(self, groups: Sequence[str]) -> dict[str, list[Peer]]:
        """By the real names, of those that are settled. Of none while somebody else asks or nobody answers."""
        if not self._lock.acquire(blocking=False):
            return {}
        try:
            return {name: _peers(told) for name, told in self._asked(groups).items()}
        except (OSError, ValueError):
            self._end()
            return {}
        finally:
            self._lock.release()

    def _asked(self, groups: Sequence[str]) -> dict[str, Any]:
        """Raises OSError or ValueError if the program has ended or says nothing."""
        if self._program is None or self._program.poll() is not None:
            self._end()
            self._program = self._begin()
            self._tell(dict(self._settings))
        self._tell(list(groups))
        assert self._program.stdout
        if not select.select([self._program.stdout], [], [], _PATIENCE)[0]:
            raise TimeoutError
        answer: dict[str, Any] = json.loads(self._program.stdout.readline())
        return answer

    def _begin(self) -> subprocess.Popen[str]:
        """It ends when our end of its input closes, so when this process does."""
        return subprocess.Popen(
            [sys.executable, "-I", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def _tell(self, what: Any) -> None:
        assert self._program and self._program.stdin
        self._program.stdin.write(json.dumps(what) + "\n")
        self._program.stdin.flush()

    def _end(self) -> None:
        program, self._program = self._program, None
        if program is None:
            return
        program.kill()
        program.wait()
        for end in (program.stdin, program.stdout):
            if end:
                end.close()


_describers: dict[str, Describer] = {}
_making = threading.Lock()


def describer_of(settings: Mapping[str, Any]) -> Describer:
    """That of this process for a Kafka: rooms share it."""
    with _making:
        return _describers.setdefault(repr(sorted(settings.items())), Describer(settings))


def _peers(told: Sequence[Any]) -> list[Peer]:
    return [
        Peer(member, client, tuple((topic, number) for topic, number in places))
        for member, client, places in told
    ]
