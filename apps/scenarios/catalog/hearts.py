"""A star goes live and the hearts flood in. Nobody writes to a database for each: they are records."""

from collections.abc import Mapping
from random import Random

from apps.kafka.received import Received
from apps.scenarios.base import Action, ConsumerGroup, Field, Record, Scenario, Show, State, Topic, noop
from apps.scenarios.kinds import TEXT, Kind

STREAMS = ("music", "football", "travel", "cooking")  # keys that use every partition
WINDOW = 10  # seconds
MILESTONE = 100  # hearts


def send_heart(random: Random, data: Mapping[str, str]) -> Record:
    stream = data.get("stream") or random.choice(STREAMS)
    return Record("hearts", stream, "heart.sent", {"stream": stream})


def tally(state: State | None, _record: Received) -> State:
    return {"hearts": (state or {}).get("hearts", 0) + 1}


def trend(state: State | None, record: Received) -> State:
    """Hearts in the record's own ten seconds. Late ones belong to a window that is closed."""
    window = int(record.timestamp) // WINDOW * WINDOW
    known = state or {"window": window, "hearts": 0}
    if window < known["window"]:
        return known
    return {"window": window, "hearts": 1 + (known["hearts"] if window == known["window"] else 0)}


def notify(state: State | None, record: Received) -> State:
    hearts = tally(state, record)["hearts"]
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
        ),
        ConsumerGroup(
            "trending",
            noop("Trending"),
            "🔥",
            noop("counts the hearts of these ten seconds"),
            ("hearts",),
            trend,
            Show("hearts", (noop("in 10 s"), noop("in 10 s"))),
        ),
        ConsumerGroup(
            "notifications",
            noop("Notifications"),
            "🔔",
            noop("rings at every hundred hearts"),
            ("hearts",),
            notify,
            Show("notified", (noop("bell rung"), noop("bells rung"))),
        ),
    ),
    icons={"heart.sent": "♥"},
)
