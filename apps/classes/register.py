"""What a class did, to be kept: who tapped what and where it landed, who read it, what was asked. Bounded."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.classes.people import Sent
from apps.classes.questions import Question
from apps.classes.readings import Readings

MOST_TAPS, MOST_QUESTIONS = 40_000, 200
"""Of one class; past it the oldest are forgotten. A tap takes some 150 bytes."""


@dataclass(frozen=True, slots=True)
class Tap:
    """`at` is in seconds since 1970; `incarnation` the room's life in which the record was stored."""

    at: float
    name: str
    key: str
    incarnation: int
    topic: str
    partition: int
    offset: int


class Register:
    """Of one class, in the web process's memory."""

    def __init__(self) -> None:
        self.began = time.time()
        self.questions: deque[Question] = deque(maxlen=MOST_QUESTIONS)
        self.readings = Readings()
        self.changes = 0
        """How often anything was written into it."""
        self._taps: deque[Tap] = deque(maxlen=MOST_TAPS)
        self._logs: dict[int, int] = {}
        self._emptied = False

    def tapped(self, name: str, sent: Sent) -> None:
        # One string for all records of a topic and of a person.
        topic, key = sys.intern(sent.topic), sys.intern(sent.key)
        self._taps.append(Tap(time.time(), name, key, sent.incarnation, topic, sent.partition, sent.offset))
        self.changes += 1

    def asked(self, question: Question) -> None:
        self.questions.append(question)
        self.changes += 1

    def emptied(self) -> None:
        """The next life of the room begins with an empty log, whatever its cluster is."""
        self._emptied = True

    def saw(self, frame: Mapping[str, Any]) -> None:
        """A frame or a backlog of the room."""
        begins = frame["type"] == "backlog"
        if begins:
            self._comes(frame["room"]["incarnation"], frame["room"]["cluster"] == "embedded")
        self.readings.take(self._log, frame["hops"], known=begins)

    def _comes(self, incarnation: int, log_dies: bool) -> None:
        if incarnation in self._logs:
            return
        self._logs[incarnation] = self._log + 1 if log_dies or self._emptied or not self._logs else self._log
        self._emptied = False

    @property
    def _log(self) -> int:
        """Which of its logs the room has now, from 1."""
        return max(self._logs.values(), default=0)

    @property
    def is_empty(self) -> bool:
        return not self._taps and not self.questions

    def taps(self) -> Iterator[tuple[Tap, int]]:
        """All, the oldest first, each with the number of its log; 0 if nobody knows that yet."""
        return ((tap, self._logs.get(tap.incarnation, 0)) for tap in list(self._taps))

    def told_questions(self) -> list[dict[str, Any]]:
        """Those that are closed, as everybody was told them in the end."""
        return [question.told for question in self.questions if not question.open]
