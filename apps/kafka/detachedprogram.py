"""The program of a `DetachedProducer`: orders come in as pickles, what became of records goes out as pickles.

It ends when no order can come any more: when it is told so, or whoever began it has ended.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from typing import BinaryIO

from apps.kafka.choices import Settings
from apps.kafka.detached import Begin, Many, One, Order, Ready, Said
from apps.kafka.hops import Hop
from apps.kafka.outcomes import Answered
from apps.kafka.outgoing import Outgoing, QueueFull
from apps.kafka.producer import RoomProducer

_FULL = 0.005
"""Seconds after which a record is handed over again that the client's queue had no place for."""


class _Names:
    """What is to be known of a cluster: the names of topics come with the orders."""

    def __init__(self, client_settings: Settings) -> None:
        self.client_settings = client_settings
        self.real: dict[str, str] = {}

    def real_name(self, name: str) -> str:
        return self.real[name]


class _Answers:
    """Tells what becomes of records; whoever gave the order knows what was sent."""

    unsaid = False

    def __init__(self, name: str, out: BinaryIO) -> None:
        self.name, self._out = name, out
        self._lock = threading.Lock()

    def sent(self, record: Outgoing, at: int) -> None: ...

    def sent_bare(self, topic: str, source: str, count: int) -> None: ...

    def say_sent(self) -> None: ...

    def observe(self, hop: Hop) -> None:
        self.say(hop)

    def answered(self, answered: Answered) -> None:
        if answered.stored or answered.unknown or answered.failed:
            self.say(answered)

    def say(self, said: Said) -> None:
        with self._lock:
            try:
                pickle.dump(said, self._out)
                self._out.flush()
            except BrokenPipeError:
                os._exit(0)  # nobody is there who could hear it


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # is for whoever began it
    begin = _next(sys.stdin.buffer)
    if not isinstance(begin, Begin):
        return
    names = _Names(begin.client_settings)
    answers = _Answers(begin.name, sys.stdout.buffer)
    producer = RoomProducer(names, begin.room, answers, begin.settings)
    answers.say(Ready())
    while order := _next(sys.stdin.buffer):
        _do(order, producer, names)
    producer.close()


def _next(orders: BinaryIO) -> Order | None:
    try:
        order: Order = pickle.load(orders)
    except (EOFError, pickle.UnpicklingError):
        return None
    return order


def _do(order: Order, producer: RoomProducer, names: _Names) -> None:
    match order:
        case One(real, record):
            names.real[record.topic] = real
            while not _sent(producer, record):
                time.sleep(_FULL)
        case Many(topic, real, type_, trace, kinds, picks):
            names.real[topic] = real
            records = [kinds[pick] for pick in picks]
            while records := records[producer.send_many(topic, type_, trace, "", records) :]:
                time.sleep(_FULL)


def _sent(producer: RoomProducer, record: Outgoing) -> bool:
    try:
        producer.send(record)
    except QueueFull:
        return False
    return True


if __name__ == "__main__":
    main()
