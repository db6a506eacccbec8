"""Who asks waits longer than whoever is asked, across processes and in the browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.kafka import admin
from apps.kafka.embedded import EmbeddedCluster
from apps.rooms import deadlines as to
from apps.rooms.answers import SOON
from apps.scenarios.crew import LEAVING

ROOT = Path(__file__).resolve().parents[2]


def script(path: str, name: str) -> float:
    """A number that a script names."""
    found = re.search(rf"^const {name} = ([\d_]+);", (ROOT / "static/js" / path).read_text(), re.M)
    assert found, f"{path} has no {name}"
    return float(found[1].replace("_", ""))


ANSWER_IN_BROWSER = script("asked.js", "REPLY_WAIT") / 1000
SEEN = script("room/socket.js", "SEEN_EVERY") / 1000
BACKLOG_IN_BROWSER = SEEN * script("room/socket.js", "PATIENCE")
TURN = 0.03
"""That a handshake takes on a machine that is busy."""
GIVEN_UP = float(EmbeddedCluster.producer_settings["message.timeout.ms"]) / 1000
"""When a producer on the embedded cluster tells that a record is not stored."""

ORDERS: dict[str, tuple[float, ...]] = {
    "a runner gives some signs before its silence is minded, and Linux ends it long after the web process would": (
        to.TICK,
        to.PULSE,
        to.NAP,
        to.SILENT,
        to.STARTING,
        to.FROZEN,
    ),
    "who must have a turn each second is not thought asleep between two of them": (to.LOOK, to.NAP),
    "a standstill that is told is one that was noticed": (to.NAP, to.STANDSTILL),
    "a question that waited its turn, and its brokers' answers, are answered in time": (
        to.GATE + 2 * admin.TIMEOUT,
        to.ANSWER,
    ),
    "a control that waited its turn, and members that leave, are answered in time": (
        to.CONTROL_GATE + LEAVING,
        to.ANSWER,
    ),
    "rooms close before their runner is killed, that before the server stops, that before it is forced": (
        to.ROOMS_CLOSE,
        to.RUNNER_LEAVES,
        to.SERVER_STOPS,
        to.SERVER_FORCED,
    ),
    "who comes last of a class that comes all at once has a turn before the handshake is given up": (
        settings.KAFKAVIZ_PEOPLE_PER_CLASS * TURN,
        to.HANDSHAKE,
    ),
    "we ask for a lost backlog again before the page does": (
        to.BACKLOG_SPACING,
        to.BACKLOG_AGAIN,
        BACKLOG_IN_BROWSER,
    ),
    "who tells what it has seen does so some times within its window": (2 * SEEN, to.WINDOW),
    "a phone hears that its runner is dead, or that Kafka did not store its tap, before it gives us up": (
        max(to.SILENT + to.LOOK, GIVEN_UP),
        ANSWER_IN_BROWSER,
    ),
    "a room that comes back is not tried more often than it could have failed": (
        *to.REVIVALS,
        to.STABLE,
    ),
    "a room is put to sleep early before it sleeps anyway, and by then its crowd is home": (
        to.SPARE,
        settings.KAFKAVIZ_CROWD_ALONE,
        settings.KAFKAVIZ_SLEEP_AFTER,
        to.IDLE,
    ),
    "what is put off is looked at again by a later sweep": (to.SWEEP, to.PUT_OFF),
}


@pytest.mark.parametrize("times", ORDERS.values(), ids=ORDERS.keys())
def test_the_order_of_the_deadlines(times: tuple[float, ...]) -> None:
    assert list(times) == sorted(set(times))


def test_a_page_tries_again_as_often_as_it_is_told_to() -> None:
    assert script("retry.js", "EVERY") / 1000 == float(SOON)


@pytest.mark.parametrize(
    "module",
    [
        "audience",
        "hosting",
        "janitor",
        "link",
        "linkmessages",
        "live",
        "lookout",
        "patience",
        "places",
        "process",
        "revival",
        "runner",
        "runners",
        "sweeping",
        "tasks",
        "webserver",
    ],
)
def test_who_waits_for_the_other_process_has_no_deadline_of_its_own(module: str) -> None:
    number = re.compile(r"^_?[A-Z][A-Z_]* = \d+\.\d+\b", re.M)
    assert not number.search((ROOT / f"apps/rooms/{module}.py").read_text())
