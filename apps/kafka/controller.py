"""The controller that the embedded cluster lacks: who leads a partition, who coordinates a group, who is down.

librdkafka's mock cluster never moves a leader or a coordinator by itself, so we deal them out, and again when a
broker stops. Its log is shared by all brokers, so nothing is lost by that, and its in-sync replicas never change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from apps.kafka.clusters import Broker, ClusterError
from apps.kafka.evidence import By
from apps.kafka.hops import Hop, HopType, Observe, now

SLOWEST_MS = 10_000
Place = tuple[str, int]
Call = Callable[..., None]
"""`call(name, *arguments)` of the mock cluster. Raises ClusterError."""


class Controller:
    """Brokers 1 to n. May be called from any thread; `tell` reports what is new since it was last called."""

    def __init__(self, call: Call, hosts: Sequence[str]) -> None:
        self._call = call
        self._hosts = dict(enumerate(hosts, start=1))
        self._down: set[int] = set()
        self._delays: dict[int, int] = {}
        self._leaders: dict[Place, int] = {}
        self._coordinators: dict[str, int] = {}
        self._told: dict[object, Hop] = {}
        self._lock = threading.RLock()

    @property
    def places(self) -> list[Place]:
        return list(self._leaders)

    def add_partition(self, topic: str, partition: int) -> None:
        """Leaders go round the brokers: the mock would choose them at random."""
        with self._lock:
            self._lead((topic, partition), self._turn(partition))

    def add_group(self, group: str) -> None:
        with self._lock:
            if group not in self._coordinators:
                self._coordinate(group, self._turn(len(self._coordinators)))

    def brokers(self) -> list[Broker]:
        return [
            Broker(number, number not in self._down, self._delays.get(number, 0)) for number in self._hosts
        ]

    def stop(self, broker: int) -> None:
        with self._lock:
            self._check(broker)
            if broker not in self._down:
                self._call("rd_kafka_mock_broker_set_down", broker)
                self._down.add(broker)
                self._deal_out()

    def start(self, broker: int) -> None:
        with self._lock:
            self._check(broker)
            if broker in self._down:
                self._call("rd_kafka_mock_broker_set_up", broker)
                self._down.discard(broker)
                self._deal_out()

    def slow(self, broker: int, milliseconds: int) -> None:
        if not 0 <= milliseconds <= SLOWEST_MS:
            raise ClusterError(f"An answer can be delayed by 0 to {SLOWEST_MS:,} ms.")
        with self._lock:
            self._check(broker)
            self._call("rd_kafka_mock_broker_set_rtt", broker, milliseconds)
            self._delays[broker] = milliseconds

    def tell(self, observe: Observe) -> bool:
        """Whether a partition has another leader."""
        with self._lock:
            new = [hop for hop in self._hops() if self._is_new(hop)]
        for hop in new:
            observe(hop)
        return any(hop.type is HopType.LEADER for hop in new)

    def _check(self, broker: int) -> None:
        if broker not in self._hosts:
            raise ClusterError(f"There is no such broker. There are: {', '.join(map(str, self._hosts))}.")

    def _alive(self) -> list[int]:
        return [number for number in self._hosts if number not in self._down]

    def _turn(self, index: int) -> int:
        alive = self._alive() or list(self._hosts)
        return alive[index % len(alive)]

    def _deal_out(self) -> None:
        """What a broker that is down had. With none left nobody can have it; a leader -1 would end the process."""
        if not self._alive():
            return
        for place, leader in self._leaders.items():
            if leader in self._down:
                self._lead(place, self._turn(place[1]))
        for index, (group, coordinator) in enumerate(self._coordinators.items()):
            if coordinator in self._down:
                self._coordinate(group, self._turn(index))

    def _lead(self, place: Place, broker: int) -> None:
        topic, partition = place
        self._call("rd_kafka_mock_partition_set_leader", topic.encode(), partition, broker)
        self._leaders[place] = broker

    def _coordinate(self, group: str, broker: int) -> None:
        self._call("rd_kafka_mock_coordinator_set", b"group", group.encode(), broker)
        self._coordinators[group] = broker

    def _hops(self) -> list[Hop]:
        return [
            *(self._broker_hop(number, host) for number, host in self._hosts.items()),
            *(
                Hop(
                    HopType.LEADER,
                    self._name(leader),
                    now(),
                    topic=topic,
                    partition=partition,
                    by=By.CONFIGURED,
                )
                for (topic, partition), leader in self._leaders.items()
            ),
            *(
                Hop(HopType.COORDINATOR, self._name(broker), now(), group=group)
                for group, broker in self._coordinators.items()
            ),
        ]

    def _broker_hop(self, number: int, host: str) -> Hop:
        type_ = HopType.BROKER_DOWN if number in self._down else HopType.BROKER_UP
        data = {"host": host, "delay_ms": self._delays.get(number, 0)}
        return Hop(type_, f"broker-{number}", now(), data=data, by=By.CONFIGURED)

    def _name(self, broker: int) -> str:
        """A broker that is down leads nothing, also where nobody could take over from it."""
        return "none" if broker in self._down else f"broker-{broker}"

    def _is_new(self, hop: Hop) -> bool:
        key = hop.compaction_key
        known = self._told.get(key)
        self._told[key] = hop
        return not known or (known.type, known.source, known.data) != (hop.type, hop.source, hop.data)
