"""Prices change many times a second. One key per symbol keeps each symbol's prices in order."""

from collections.abc import Mapping
from random import Random

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
from apps.scenarios.kinds import NUMBER, TEXT, Kind

SYMBOLS = ("KFKA", "NOVA", "ACME", "PEAK")  # keys that use every partition; the initial is the token
ALARM = 0.05  # of the last price


def tick(random: Random, data: Mapping[str, str]) -> Record:
    symbol = data.get("symbol") or random.choice(SYMBOLS)
    return Record(
        "prices", symbol, "price.changed", {"symbol": symbol, "price": round(random.gauss(100, 3), 2)}
    )


def chart(_state: State | None, record: Received) -> State:
    return {"price": record.value["price"]}


def watch(state: State | None, record: Received) -> State:
    known, price = state or {"alerts": 0, "price": record.value["price"]}, record.value["price"]
    jumped = abs(price - known["price"]) > ALARM * known["price"]
    return {"alerts": known["alerts"] + jumped, "price": price}


SCENARIO = Scenario(
    slug="stock-prices",
    title=noop("Stock prices"),
    icon="📈",
    summary=noop(
        "Each price is acted on as it happens: one group draws the chart, another rings when a price jumps."
    ),
    topics=(
        Topic("prices", noop("Prices"), kinds=(Kind("price.changed", {"symbol": TEXT, "price": NUMBER}),)),
    ),
    actions=(
        Action(
            "tick",
            noop("Change a price"),
            "📈",
            tick,
            own="charts",
            fields=(Field("symbol", noop("Symbol"), SYMBOLS),),
            crowd_limit=1_000,
        ),
    ),
    groups=(
        ConsumerGroup(
            "charts",
            noop("Charts"),
            "📊",
            noop("draws the last price"),
            ("prices",),
            chart,
            Show("price"),
            world=World("line"),
        ),
        ConsumerGroup(
            "alerts",
            noop("Alerts"),
            "🔔",
            noop("rings when a price jumps by 5 %"),
            ("prices",),
            watch,
            Show("alerts", (noop("alert"), noop("alerts"))),
            world=World("total", "bell"),
        ),
    ),
    icons={"price.changed": "📈"},
)
