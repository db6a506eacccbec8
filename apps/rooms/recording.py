"""What a room's viewers were sent lately, kept so that it can be saved as a trace. Bounded in bytes and in time."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.rooms.feed import encode

MOST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 600.0
SEGMENT_BYTES = 512 * 1024
SEGMENT_SECONDS = 60.0
"""What is forgotten is forgotten by whole segments: each begins with a backlog."""


@dataclass
class _Segment:
    """A backlog at `after`, and the frames from there to `seq`, encoded as they were sent."""

    backlog: bytes
    began: float
    after: int
    seq: int
    frames: list[bytes] = field(default_factory=list)
    size: int = 0


class Recording:
    """One room's frames, the latest. They are added in one thread and may be asked for in any."""

    def __init__(self, backlog: str, seq: int, now: float) -> None:
        self._segments: list[_Segment] = []
        self._lock = threading.Lock()
        self._begin(backlog, seq, now)

    def add(self, frame: str, after: int, seq: int, now: float, backlog: Callable[[], str]) -> None:
        """A frame with the hops after `after` up to `seq`; `backlog` makes one that includes it. `now` in seconds."""
        with self._lock:
            last = self._segments[-1]
            follows = after == last.seq  # else a frame was lost, and only a backlog knows what it did
            if follows:
                encoded = frame.encode()
                last.frames.append(encoded)
                last.size += len(encoded)
                last.seq = seq
            if not follows or last.size >= SEGMENT_BYTES or now - last.began >= SEGMENT_SECONDS:
                self._begin(backlog(), seq, now)
            self._forget(now)

    def _begin(self, backlog: str, seq: int, now: float) -> None:
        encoded = backlog.encode()
        self._segments.append(_Segment(encoded, now, seq, seq, size=len(encoded)))

    def _forget(self, now: float) -> None:
        while len(self._segments) > 1 and (
            self.size > MOST_BYTES or now - self._segments[1].began > MOST_SECONDS
        ):
            del self._segments[0]

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return sum(segment.size for segment in self._segments)

    @property
    def is_empty(self) -> bool:
        return not any(segment.frames for segment in self._segments)

    def packed(self, head: Mapping[str, Any]) -> bytes:
        """The trace file, compressed: its head, a backlog and the frames since (docs/protocol.md)."""
        with self._lock:
            lines, seq = self._lines(), self._segments[-1].seq
        return gzip.compress(b"\n".join([encode({**head, "seq": seq}).encode(), *lines, b""]), 6)

    def _lines(self) -> list[bytes]:
        lines: list[bytes] = []
        at = -1
        for segment in self._segments:
            if segment.after != at:
                lines.append(segment.backlog)
            lines += segment.frames
            at = segment.seq
        return lines
