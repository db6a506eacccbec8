"""The load of the two lanes: when hearts are due, what they waited, and what is said of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rooms import lanewords
from apps.rooms.flood import Plan, Tally, flood, percentile


def plan(rate: int = 100, seconds: int = 5, port: int = 0) -> Plan:
    return Plan("127.0.0.1", port, "/", "secret", rate, seconds)


def test_the_moments_of_the_hearts_are_fixed_and_evenly_spaced() -> None:
    load = plan(rate=4, seconds=5)
    assert [load.due(number) for number in range(5)] == [0, 0.25, 0.5, 0.75, 1]
    assert load.hearts == 20


def test_of_a_hundred_waits_the_99th_is_the_99th_percentile() -> None:
    waits = [float(number) for number in range(1, 101)]
    assert (percentile(waits, 0.5), percentile(waits, 0.99)) == (50, 99)


def test_of_no_waits_there_is_no_percentile() -> None:
    assert percentile([], 0.99) is None


@given(st.lists(st.floats(0, 10), min_size=1), st.floats(0.01, 1))
def test_no_more_than_the_share_lies_above_a_percentile(waits: list[float], share: float) -> None:
    found = percentile(sorted(waits), share)
    assert found in waits
    assert sum(wait > found for wait in waits) <= len(waits) * (1 - share) + 1e-6


def test_a_wait_counts_from_the_heart_s_moment_and_a_late_end_lowers_the_rate() -> None:
    tally = Tally()
    for number in range(100):
        tally.accept(due=number / 20, at=10.0)
    found = tally.summary(plan(rate=20, seconds=5))
    assert found["accepted_per_s"] == 10
    assert (found["p50_ms"], found["p99_ms"]) == (7500, 9950)


def test_errors_are_counted_by_kind_with_one_example_each() -> None:
    tally = Tally()
    for sentence in ("first", "second"):
        tally.fail("timeout", sentence)
    tally.fail("http-503", "full")
    assert tally.summary(plan())["errors"] == [
        {"kind": "timeout", "count": 2, "example": "first"},
        {"kind": "http-503", "count": 1, "example": "full"},
    ]


class Half(BaseHTTPRequestHandler):
    """Takes every second heart."""

    protocol_version = "HTTP/1.1"
    lock, taken = threading.Lock(), 0

    def do_POST(self) -> None:
        with Half.lock:
            Half.taken += 1
            odd = Half.taken % 2
        self.send_response(200 if odd else 503)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"full")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def half() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Half)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_heart_is_accepted_or_an_error(half: ThreadingHTTPServer) -> None:
    tally = Tally()
    flood(plan(rate=200, seconds=1, port=half.server_port), tally)
    assert tally.progress == {"accepted": 100, "failed": 100}
    assert dict(tally.errors) == {"http-503": 100}


def test_without_a_server_every_heart_is_an_error(half: ThreadingHTTPServer) -> None:
    tally = Tally()
    flood(plan(rate=50, seconds=1, port=1), tally)
    assert dict(tally.errors) == {"connection": 50}


def lane(per_s: float, p99: float | None = 10.0, writes: int = 5) -> dict[str, Any]:
    return {"accepted_per_s": per_s, "p99_ms": p99, "writes": writes, "stored": 500}


def found(left: dict[str, Any], right: dict[str, Any], load: float = 0.5, rate: int = 100) -> dict[str, Any]:
    machine = {"cores": 2, "load": load}
    return {"rate": rate, "machine": machine, "lanes": {"without_kafka": left, "with_kafka": right}}


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (99, 100, "Both lanes kept up with 100 hearts a second."),
        (80, 50, "more were accepted without Kafka: 80 against 50."),
        (50, 80, "more were accepted with Kafka: 80 against 50."),
        (50, 51, "Neither lane kept up"),
    ],
)
def test_the_sentence_says_what_came_out_whichever_way_it_falls(left: float, right: float, said: str) -> None:
    assert said in lanewords.verdict(found(lane(left), lane(right)))


def test_the_sentence_compares_no_waits_where_nothing_was_accepted() -> None:
    assert "nothing was accepted" in lanewords.verdict(found(lane(0, None), lane(100)))


@pytest.mark.parametrize(("load", "busy"), [(1.9, False), (2.1, True)])
def test_the_sentence_says_that_the_machine_was_busy(load: float, busy: bool) -> None:
    assert ("The machine was busy" in lanewords.verdict(found(lane(100), lane(100), load))) is busy


def test_the_sentence_rounds_and_does_not_cut() -> None:
    assert "366 against 300" in lanewords.verdict(found(lane(300), lane(365.8), rate=400))
