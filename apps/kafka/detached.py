"""A producer in a process of its own, for masses: what it costs to hand records over does not keep a room's members
from reading, for which all of a runner's threads share one interpreter lock."""

from __future__ import annotations

import logging
import pickle
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from apps.kafka.choices import Settings
from apps.kafka.hops import Hop, HopType, now
from apps.kafka.outcomes import Answered, Outcomes
from apps.kafka.outgoing import Bare, Outgoing, QueueFull
from apps.kafka.producer import DEADLINE, Brokers

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[2]
_PROGRAM = "apps.kafka.detachedprogram"
_QUEUE = "queue.buffering.max.messages"
_LISTENS, _FAREWELL = 2.0, 5.0
"""Seconds within which the program takes what it is told, and ends when nobody tells it anything more."""
_AGAIN = 1.0
"""Seconds after which one that has ended is begun anew."""
_LOOK = 0.2


@dataclass(frozen=True, slots=True)
class Begin:
    """The first thing that the program is told. `settings`: a producer's, as `settings_of` gives them."""

    name: str
    room: str
    client_settings: Settings
    settings: Settings


@dataclass(frozen=True, slots=True)
class One:
    """A record, and the name of its topic on the brokers."""

    real: str
    record: Outgoing


@dataclass(frozen=True, slots=True)
class Many:
    """Records of one trace that are not shown whole: of `kinds`, which are few, those at `picks`, in this order."""

    topic: str
    real: str
    type: str
    trace: str
    kinds: Sequence[Bare]
    picks: Sequence[int]


@dataclass(frozen=True, slots=True)
class Ready:
    """The first thing that the program says: before, what it is told only fills the line."""


Order = Begin | One | Many
Said = Ready | Answered | Hop
"""What the program answers: what brokers said of its records, or that they say nothing."""


class DetachedProducer:
    """Has the use of a `RoomProducer`; `told` hears of all that becomes of its records. May be used from any thread.

    Should the program end, nobody knows of what it had in hand whether brokers have stored it. Another one goes on.
    """

    def __init__(self, cluster: Brokers, room: str, told: Outcomes, settings: Settings) -> None:
        self.name, self.settings = told.name, settings
        self._cluster, self._told = cluster, told
        self._begin = Begin(told.name, room, dict(cluster.client_settings), dict(settings))
        self._most = int(settings[_QUEUE])
        self._waiting = Counter[str]()
        self._program: _Program | None = None
        self._listens = False
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"producer-{self.name}", daemon=True)
        self._thread.start()

    def send(self, record: Outgoing) -> None:
        """Raises QueueFull."""
        at = now()
        if not self._order(record.topic, 1, One(self._cluster.real_name(record.topic), record)):
            raise QueueFull("The producer's queue is full; the brokers can't keep up.")
        self._told.sent(record, at)

    def send_many(self, topic: str, type_: str, trace: str, source: str, records: Sequence[Bare]) -> int:
        """Returns how many the queue had place for."""
        records = records[: self._place()]
        at: dict[Bare, int] = {}
        picks = [at.setdefault(record, len(at)) for record in records]
        order = Many(topic, self._cluster.real_name(topic), type_, trace, list(at), picks)
        if not records or not self._order(topic, len(records), order):
            return 0
        self._told.sent_bare(topic, source, len(records))
        self._told.say_sent()
        return len(records)

    def _place(self) -> int:
        """For so many more records."""
        with self._lock:
            return max(0, self._most - self._waiting.total())

    def _order(self, topic: str, count: int, order: Order) -> bool:
        """Whether it is in the program's hands. One that does not listen is ended, whatever it has heard of this."""
        with self._lock:
            if not self._program or not self._listens or self._waiting.total() + count > self._most:
                return False
            self._waiting[topic] += count
            try:
                self._program.tell(order)
            except OSError:
                self._program.kill()
        return True

    def finish(self) -> None:
        """Take nothing more, wait until what is under way is stored or given up, then let go."""
        while self._place() < self._most and not self._stopping.wait(_LOOK):
            pass
        self.close()

    def close(self) -> None:
        """Wait a moment for what is under way, then let go."""
        self._stopping.set()
        with self._lock:
            if self._program:
                self._program.hang_up()
        self._thread.join(_FAREWELL)
        with self._lock:
            if self._program:
                self._program.kill()
        self._thread.join()

    # Its thread

    def _live(self) -> None:
        while not self._stopping.is_set():
            try:
                program = _Program()
            except OSError:
                logger.exception("%s could not be begun", self.name)
                self._stopping.wait(_AGAIN)
                continue
            self._take(program)
            for said in program.answers():
                self._hear(said)
            with self._lock:
                self._program, self._listens, lost = None, False, self._waiting
                self._waiting = Counter()
            program.end()
            self._say_lost(lost)
            self._stopping.wait(_AGAIN)

    def _take(self, program: _Program) -> None:
        with self._lock:
            self._program = program
            if self._stopping.is_set():
                program.hang_up()
                return
            # One that has ended already answers nothing.
            with suppress(OSError):
                program.tell(self._begin)

    def _hear(self, said: Said) -> None:
        if isinstance(said, Ready):
            self._listens = True
            return
        if isinstance(said, Hop):
            self._told.observe(said)
            return
        answered = Counter(said.unknown)
        answered.update(report.topic for report in said.failed)
        for stored in said.stored:
            answered[stored.place[0]] += len(stored.offsets)
        self._told.answered(said)
        with self._lock:
            self._waiting -= answered

    def _say_lost(self, lost: Counter[str]) -> None:
        if not lost.total():
            return
        self._told.answered(Answered((), (), lost, ()))
        error = (
            f"The program that sends for it ended: whether {lost.total():,} records are stored is not known."
        )
        data = {"waiting": 0, "timeout_ms": int(self.settings[DEADLINE])}
        self._told.observe(Hop(HopType.RETRY, self._told.name, now(), data=data, error=error))


class _Program:
    """One life of it. It ends by itself when nobody can tell it anything more, so with this process at the latest."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        self._line.settimeout(_LISTENS)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _PROGRAM], cwd=_ROOT, stdin=theirs.fileno(), stdout=subprocess.PIPE
            )

    def tell(self, order: Order) -> None:
        """Raises OSError."""
        self._line.sendall(pickle.dumps(order))

    def answers(self) -> Iterator[Said]:
        """Until it ends."""
        assert self._process.stdout
        while True:
            try:
                said: Said = pickle.load(self._process.stdout)
            except (EOFError, pickle.UnpicklingError):
                return
            yield said

    def hang_up(self) -> None:
        self._line.close()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """What it was told by now it may still do."""
        self._line.close()
        try:
            self._process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
