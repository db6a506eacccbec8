"""A star goes live and the hearts flood in. Nobody writes to a database for each: they are records."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from random import Random

from apps.kafka.batch import timestamps_of
from apps.kafka.received import Received
from apps.scenarios.base import (
    Action,
    ConsumerGroup,
    Field,
    Record,
    Scenario,
    Show,
    State,
    Topic,
    World,
    noop,
)
from apps.scenarios.kinds import TEXT, Kind

STREAMS = (
    "music",
    "football",
    "travel",
    "cooking",
)  # keys that use every partition; the initial is the token
WINDOW = 10  # seconds
MILESTONE = 100  # hearts


_HEARTS = {stream: Record("hearts", stream, "heart.sent", {"stream": stream}) for stream in STREAMS}


def send_heart(random: Random, data: Mapping[str, str]) -> Record:
    return _HEARTS[data.get("stream") or random.choice(STREAMS)]


def tally(state: State | None, record: Received) -> State:
    return tally_all(state, (record,))


def tally_all(state: State | None, records: Sequence[Received]) -> State:
    return {"hearts": (state or {}).get("hearts", 0) + len(records)}


def trend(state: State | None, record: Received) -> State:
    """Hearts in the record's own ten seconds. Late ones belong to a window that is closed."""
    return _trend(state, _window(record.timestamp), 1)


def trend_all(state: State | None, records: Sequence[Received]) -> State:
    stamps = timestamps_of(records)
    first, last = _window(min(stamps)), _window(max(stamps))
    if first == last:  # nearly always
        return _trend(state, first, len(stamps))
    for window, same in groupby(stamps, _window):
        state = _trend(state, window, sum(1 for _ in same))
    assert state is not None
    return state


def _window(timestamp: float) -> int:
    return int(timestamp) // WINDOW * WINDOW


def _trend(state: State | None, window: int, hearts: int) -> State:
    known = state or {"window": window, "hearts": 0}
    if window < known["window"]:
        return known
    return {"window": window, "hearts": hearts + (known["hearts"] if window == known["window"] else 0)}


def notify(state: State | None, record: Received) -> State:
    return notify_all(state, (record,))


def notify_all(state: State | None, records: Sequence[Received]) -> State:
    hearts = tally_all(state, records)["hearts"]
    return {"hearts": hearts, "notified": hearts // MILESTONE}


SCENARIO = Scenario(
    slug="hearts",
    title=noop("Live hearts"),
    icon="♥",
    summary=noop(
        "A star goes live and millions of hearts pour in. Send one, then call a crowd, and see why nothing breaks."
    ),
    topics=(Topic("hearts", noop("Hearts"), kinds=(Kind("", {"stream": TEXT}),)),),
    actions=(
        Action(
            "send-heart",
            noop("Send a heart"),
            "♥",
            send_heart,
            own="heart-counter",
            fields=(Field("stream", noop("Live stream"), STREAMS),),
            crowd_limit=50_000,
            counter="hearts",
        ),
    ),
    groups=(
        ConsumerGroup(
            "heart-counter",
            noop("Heart counter"),
            "♥",
            noop("counts the hearts of each stream"),
            ("hearts",),
            tally,
            Show("hearts", (noop("heart"), noop("hearts"))),
            world=World("total", "heart"),
            fold_all=tally_all,
        ),
        ConsumerGroup(
            "trending",
            noop("Trending"),
            "🔥",
            noop("counts the hearts of these ten seconds"),
            ("hearts",),
            trend,
            Show("hearts", (noop("in 10 s"), noop("in 10 s"))),
            world=World("most", "flame", within="window"),
            fold_all=trend_all,
        ),
        ConsumerGroup(
            "notifications",
            noop("Notifications"),
            "🔔",
            noop("rings at every hundred hearts"),
            ("hearts",),
            notify,
            Show("notified", (noop("bell rung"), noop("bells rung"))),
            world=World("total", "bell"),
            fold_all=notify_all,
        ),
    ),
    icons={"heart.sent": "♥"},
)
