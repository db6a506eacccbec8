"""What is not worth a line in the log, and how many lines of one kind are."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict

from apps.rooms.limits import Buckets

PER_MINUTE, AT_ONCE = 6, 30
_MOST_KINDS = 1_000


def is_news(record: logging.LogRecord) -> bool:
    """Not each request that is told to come later: who found the reason logs when it begins and when it ends."""
    return getattr(record, "status_code", None) != 503


class Sparing(logging.Filter):
    """So many lines from one place in the code a minute; the next one tells how many were left out.

    Whatever strangers can cause, whoever runs the server can still read what else there is.
    """

    def __init__(self) -> None:
        super().__init__()
        self._buckets = Buckets(PER_MINUTE / 60, AT_ONCE, _MOST_KINDS)
        self._left_out: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        kind = (record.name, record.lineno)
        with self._lock:
            if not self._buckets.take(kind):
                self._leave_out(kind)
                return False
            more = self._left_out.pop(kind, 0)
        if more:
            record.msg, record.args = f"{record.getMessage()} (and {more} more like this)", ()
        return True

    def _leave_out(self, kind: tuple[str, int]) -> None:
        self._left_out[kind] = self._left_out.get(kind, 0) + 1
        if len(self._left_out) > _MOST_KINDS:
            self._left_out.popitem(last=False)
