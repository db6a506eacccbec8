"""What a member is given to do with what it reads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from apps.kafka.ownership import Hole, Place
from apps.kafka.received import Received

Handle = Callable[[Sequence[Received], threading.Event], Mapping[Place, int]]
"""Handles a batch and stores the result; returns how many of each place had been handled before.

Waits must end when the event is set. Raises InterruptedError to have the member leave, anything else to have the
batch tried again.
"""


class Away(Exception):
    """Something that a duty needs is away, which is no fault of the program; the text is for people."""


def _nothing(_told: object) -> None:
    pass


@dataclass(frozen=True)
class Duties:
    """Called in the member's thread; each may raise Away and is then tried again.

    `begin` is told where the member starts in partitions that its group has no bookmark in, or by choice elsewhere;
    `void` of offsets that hold nothing for it: ends of transactions, and what was aborted. `ahead` is told behind which
    offsets its bookmark may be set before it has handled them; `resume`, where it goes on from a bookmark that none of
    the room's members set.
    """

    handle: Handle
    begin: Callable[[Mapping[Place, int]], None] = _nothing
    void: Callable[[Sequence[Hole]], None] = _nothing
    ahead: Callable[[Mapping[Place, int]], None] = _nothing
    resume: Callable[[Mapping[Place, int]], None] = _nothing
