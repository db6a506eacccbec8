"""Ports of this machine for a program that opens them later, or opens them again after it was killed."""

from __future__ import annotations

import random
import socket

_RANGE = (20_000, 32_000)
_TRIES = 100


def free_ports(count: int = 1) -> range:
    """So many in a row that nobody listens on, below those that systems hand out: of these any may be gone any time."""
    for first in random.sample(range(*_RANGE, count), _TRIES):
        if all(map(_is_free, range(first, first + count))):
            return range(first, first + count)
    raise OSError(f"{count} free ports in a row were not found between {_RANGE[0]} and {_RANGE[1]}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
