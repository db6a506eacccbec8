"""Bytes a second to one viewer of a crowd of hearts, and the rate that this machine reaches."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.sockets import Sockets, Taken
from tests.benchmarks.table import Figure
from tests.client import PROTOCOL, crowd
from tests.servers import Server

TITLE = "What a viewer of a crowd of hearts gets"
RATES = (10, 1_000, 20_000)
MOST_BYTES, MOST_GROWTH = 20_000, 1.1
SECONDS, _SETTLE = 10.0, 2.0


def measure() -> Iterator[Figure]:
    bytes_ = {}
    for rate in RATES:
        taken = _watch(rate)
        bytes_[rate] = taken.bytes / SECONDS
        yield Figure(f"{rate:,} hearts/s asked: stored", _stored(taken) / SECONDS, "/s")
        yield Figure(f"{rate:,} hearts/s asked: frames", taken.frames / SECONDS, "/s")
        yield Figure(f"{rate:,} hearts/s asked: to a viewer", bytes_[rate], "bytes/s", MOST_BYTES)
    growth = bytes_[RATES[-1]] / bytes_[RATES[-2]]
    yield Figure(f"{RATES[-1]:,} hearts/s to {RATES[-2]:,}: bytes", growth, "times", MOST_GROWTH)


def _watch(rate: int) -> Taken:
    """After a while, so that what may go out at once after a quiet time has gone."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data")
        try:
            room = server.start().make_room("hearts")
            sockets = Sockets(server.socket_url(room), 1, (PROTOCOL, room["token"]))
            crowd(server, room, rate)
            time.sleep(_SETTLE)
            sockets.take()
            time.sleep(SECONDS)
            taken = sockets.take()
            sockets.close()
            return taken
        finally:
            server.stop_and_check()


def _stored(taken: Taken) -> int:
    """Records that the brokers acknowledged, by the frames."""
    frames = [json.loads(text) for _, text in taken.kept[0]]
    hops = [hop for frame in frames if frame["type"] == "hops" for hop in frame["hops"]]
    return sum(hop["count"] for hop in hops if hop["type"] == "ack")
