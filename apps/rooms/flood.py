"""The load of the two lanes: `python -m apps.rooms.flood`, a process of its own, started by the web process.

Open loop: the moment of each heart is fixed before the first one is sent, and what a heart waited is counted from that
moment. So a slow server is offered no less, and its slowness is not left out. Knows nothing of Django.
"""

from __future__ import annotations

import http.client
import itertools
import json
import math
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

SENDERS = 64
"""Requests under way at most."""
PATIENCE = 5.0
"""Seconds after its moment at which a heart without an answer is given up."""
_TOLD = 0.5
TIMEOUT, CONNECTION = "timeout", "connection"


@dataclass(frozen=True)
class Plan:
    """Where the hearts go, and when."""

    host: str
    port: int
    path: str
    secret: str
    rate: int
    seconds: int

    @property
    def hearts(self) -> int:
        return self.rate * self.seconds

    def due(self, number: int) -> float:
        """Seconds after the start."""
        return number / self.rate


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of all do not exceed; None if there is none."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


@dataclass
class Tally:
    """What became of the hearts so far. Used by all senders."""

    waits: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    last: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, due: float, at: float) -> None:
        with self.lock:
            self.waits.append(at - due)
            self.last = max(self.last, at)

    def fail(self, kind: str, sentence: str) -> None:
        with self.lock:
            self.errors[kind] += 1
            self.examples.setdefault(kind, sentence)

    @property
    def progress(self) -> dict[str, int]:
        return {"accepted": len(self.waits), "failed": self.errors.total()}

    def summary(self, plan: Plan) -> dict[str, Any]:
        """A rate is over the time in which the hearts were offered, or until the last answer if that took longer."""
        ordered = sorted(self.waits)
        span = max(plan.seconds, self.last)
        return {
            "offered": plan.hearts,
            "accepted": len(ordered),
            "accepted_per_s": round(len(ordered) / span, 1),
            "p50_ms": _ms(percentile(ordered, 0.5)),
            "p99_ms": _ms(percentile(ordered, 0.99)),
            "errors": [
                {"kind": kind, "count": count, "example": self.examples[kind]}
                for kind, count in self.errors.most_common()
            ],
        }


class Failed(Exception):
    """A heart was not accepted."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class Sender:
    """One connection that stays open, and opens again after a failure."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._connection = http.client.HTTPConnection(plan.host, plan.port)

    def send(self, patience: float) -> None:
        """Raises Failed."""
        if patience <= 0:
            raise Failed(TIMEOUT, f"It could not even be sent within {PATIENCE:g} s of its moment.")
        try:
            self._post(patience)
        except TimeoutError:
            self._connection.close()
            raise Failed(TIMEOUT, f"There was no answer within {PATIENCE:g} s of its moment.") from None
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Failed(CONNECTION, f"The connection failed ({type(error).__name__}).") from None

    def close(self) -> None:
        self._connection.close()

    def _post(self, patience: float) -> None:
        self._connection.timeout = patience
        if self._connection.sock:
            self._connection.sock.settimeout(patience)
        self._connection.request("POST", self._plan.path, headers={"X-Lane": self._plan.secret})
        answer = self._connection.getresponse()
        said = answer.read().decode("utf-8", "replace")
        if answer.status != 200:
            raise Failed(f"http-{answer.status}", said[:300])


def flood(plan: Plan, tally: Tally) -> None:
    """Offer all hearts; returns when each was accepted or given up."""
    numbers, start = itertools.count(), time.monotonic()
    senders = min(SENDERS, plan.hearts)
    threads = [
        threading.Thread(target=_press, args=(plan, tally, numbers, start), daemon=True)
        for _ in range(senders)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _press(plan: Plan, tally: Tally, numbers: itertools.count[int], start: float) -> None:
    sender = Sender(plan)
    while (number := next(numbers)) < plan.hearts:
        due = plan.due(number)
        time.sleep(max(0.0, start + due - time.monotonic()))
        try:
            sender.send(start + due + PATIENCE - time.monotonic())
        except Failed as failure:
            tally.fail(failure.kind, str(failure))
        else:
            tally.accept(due, time.monotonic() - start)
    sender.close()


def order(plan: Plan) -> bytes:
    """The line that `main` reads. Not arguments: every process of the machine may read those."""
    return json.dumps(asdict(plan)).encode() + b"\n"


def main() -> None:
    """The plan comes as a line of the input; progress and then the summary go out, each a line."""
    plan, tally, done = Plan(**json.loads(sys.stdin.readline())), Tally(), threading.Event()
    threading.Thread(target=_leave_with_the_web_process, daemon=True).start()
    telling = threading.Thread(target=_tell, args=(tally, done), daemon=True)
    telling.start()
    flood(plan, tally)
    done.set()
    telling.join()
    print(json.dumps({"summary": tally.summary(plan)}), flush=True)


def _tell(tally: Tally, done: threading.Event) -> None:
    while not done.wait(_TOLD):
        print(json.dumps({"progress": tally.progress}), flush=True)


def _leave_with_the_web_process() -> None:
    while os.read(0, 1):  # not sys.stdin, whose lock would keep the interpreter from ending
        pass
    os._exit(1)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


if __name__ == "__main__":
    main()
