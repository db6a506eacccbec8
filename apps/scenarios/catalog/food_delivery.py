"""One order must reach three systems: the restaurant, the delivery service and the customer's own screen."""

from collections.abc import Mapping, Sequence
from random import Random
from zlib import crc32

from apps.kafka.received import Received
from apps.scenarios.base import (
    Action,
    ConsumerGroup,
    Emit,
    Field,
    Record,
    Scenario,
    Show,
    State,
    Topic,
    World,
    everything,
    noop,
)
from apps.scenarios.kinds import TEXT, Kind

# Seconds: long enough to be seen, short enough that nobody waits.
COOKING, ASSIGNING, RIDING = 0.3, 0.15, 0.15
DRIVERS = 9
CUSTOMERS = ("Aya", "Berta", "Carmen", "Daniel")  # keys that use every partition; the initial is the token
DISHES = ("🍜", "🍕", "🍔", "🥗")
STEPS = (
    ("placed", noop("Placed")),
    ("preparing", noop("Preparing")),
    ("driver", noop("Driver assigned")),
    ("ready", noop("Ready")),
    ("delivered", noop("Delivered")),
)
ORDER = Kind("order.placed", {"order": TEXT, "customer": TEXT, "dish": TEXT})
EVENTS = (
    Kind("order.preparing", {"order": TEXT}),
    Kind("order.driver", {"order": TEXT, "driver": TEXT}),
    Kind("order.ready", {"order": TEXT}),
    Kind("order.delivered", {"order": TEXT}),
)
_RANK = {status: rank for rank, (status, _) in enumerate(STEPS)}


def place_order(random: Random, data: Mapping[str, str]) -> Record:
    customer = data.get("customer") or random.choice(CUSTOMERS)
    order = f"{random.randrange(16**6):06x}"
    dish = data.get("dish") or random.choice(DISHES)
    return Record("orders", customer, "order.placed", {"order": order, "customer": customer, "dish": dish})


def _event(cause: Received, status: str, **more: str) -> Record:
    return Record("order-events", cause.key, f"order.{status}", {"order": cause.value["order"], **more})


def cook(record: Received) -> Sequence[Emit]:
    return Emit(_event(record, "preparing")), Emit(_event(record, "ready"), after=COOKING)


def deliver(record: Received) -> Sequence[Emit]:
    if record.type == "order.placed":
        driver = f"driver {crc32(record.value['order'].encode()) % DRIVERS + 1}"
        return (Emit(_event(record, "driver", driver=driver), after=ASSIGNING),)
    if record.type == "order.ready":
        return (Emit(_event(record, "delivered"), after=RIDING),)
    return ()


def count_cooked(state: State | None, record: Received) -> State:
    return {"orders": (state or {}).get("orders", 0) + 1, "dish": record.value["dish"]}


def count_delivered(state: State | None, record: Received) -> State:
    return {"orders": (state or {}).get("orders", 0) + (record.type == "order.ready")}


def follow(state: State | None, record: Received) -> State:
    """A status never goes back: two topics keep no order between them, so "ready" may be read before "placed"."""
    known = dict(state or {"order": record.value["order"], "status": "placed"})
    known |= {name: record.value[name] for name in ("customer", "dish", "driver") if name in record.value}
    status = record.type.removeprefix("order.")
    if _RANK[status] > _RANK[known["status"]]:
        known["status"] = status
    return known


def by_order(record: Received | Record) -> str:
    return str(record.value["order"])


SCENARIO = Scenario(
    slug="food-delivery",
    title=noop("Food delivery"),
    icon="🍜",
    summary=noop(
        "One order, three systems: the kitchen cooks, a driver sets off, and your order card changes."
    ),
    topics=(
        Topic("orders", noop("Orders"), kinds=(ORDER,)),
        Topic("order-events", noop("Order events"), partitions=2, kinds=EVENTS),
    ),
    actions=(
        Action(
            "place-order",
            noop("Place order"),
            "🍜",
            place_order,
            own="order-status",
            fields=(
                Field("customer", noop("Customer"), CUSTOMERS, personal=True),
                Field("dish", noop("Dish"), DISHES),
            ),
            crowd_limit=100,
        ),
    ),
    groups=(
        ConsumerGroup(
            "restaurant",
            noop("Restaurant"),
            "🏪",
            noop("cooks the order"),
            ("orders",),
            count_cooked,
            Show("orders", (noop("order cooked"), noop("orders cooked"))),
            world=World("total", "pan", inside="dish"),
            react=cook,
            emits=("order-events",),
            keyed=everything,
        ),
        ConsumerGroup(
            "delivery",
            noop("Delivery"),
            "🚴",
            noop("assigns a driver, then delivers"),
            ("orders", "order-events"),
            count_delivered,
            Show("orders", (noop("order delivered"), noop("orders delivered"))),
            world=World("total", "rider"),
            react=deliver,
            emits=("order-events",),
            keyed=everything,
        ),
        ConsumerGroup(
            "order-status",
            noop("Order status"),
            "📲",
            noop("keeps your order card up to date"),
            ("orders", "order-events"),
            follow,
            Show("status", steps=STEPS),
            world=World("latest", "phone", inside="dish"),
            keyed=by_order,
        ),
    ),
    icons={
        "order.placed": "🍜",
        "order.preparing": "🍳",
        "order.driver": "🚴",
        "order.ready": "🛎️",
        "order.delivered": "✅",
    },
)
