"""One scenario on one cluster: the producers, the groups and what people do to them."""

from __future__ import annotations

import functools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.kafka.choices import Settings
from apps.kafka.clusters import BrokerControl, Cluster, ClusterError, PartitionOffsets
from apps.kafka.headers import new_trace
from apps.kafka.hops import MEMBER_TYPES, Hop, HopType, Observe, now
from apps.kafka.outgoing import Delivered, Outgoing, QueueFull
from apps.kafka.replay import Found, read_on
from apps.kafka.sampledplaces import SampledPlaces
from apps.kafka.sampling import Sampler, Samples
from apps.kafka.seeking import BEGINNING, END, Seek
from apps.scenarios.audit import BROKERS, Audit, Committed
from apps.scenarios.base import DEAD_LETTERS, Action, ConsumerGroup, Record, Scenario
from apps.scenarios.counts import Counts
from apps.scenarios.crew import LEAVING
from apps.scenarios.crowd import Crowd, Restraint
from apps.scenarios.deadletters import POISON, origin
from apps.scenarios.followups import DeliveryFailed, send_all
from apps.scenarios.guests import Guests
from apps.scenarios.handling import Handler
from apps.scenarios.outlet import Outlet
from apps.scenarios.producers import APP, Producers
from apps.scenarios.refusals import Refused
from apps.scenarios.shareteam import ShareTeam
from apps.scenarios.standstill import Standstill
from apps.scenarios.store import Store
from apps.scenarios.team import Team

CROWD_SECONDS = 300
POISONED = "poison record"
"""Not `poison`, which is what a group's handler does with it."""
HELD_BACK = "held back"
_ROUND_TRIP = 5.0
_LOOK_BACK = 100
_MOST_LAG = 40_000
"""The embedded log keeps 5 MiB a partition: a crowd that outran the groups by more would overwrite unread records."""
_MOST_MINUTES = 24 * 60


@dataclass(frozen=True)
class Accepted:
    """An action's record was handed to the producer. `card` is the projection to watch."""

    topic: str
    trace: str
    key: str | None
    card: str


class ScenarioRun:
    """Owns the clients of one room. Methods may be called from any thread but block for milliseconds to seconds.

    `continued`: the topics hold the records of an earlier life of the room. Raises ClusterError.
    """

    def __init__(
        self,
        scenario: Scenario,
        cluster: Cluster,
        store: Store,
        observe: Observe,
        room: str,
        member_limit: int,
        continued: bool = False,
    ) -> None:
        self.scenario, self.cluster, self._store = scenario, cluster, store
        self._feed = observe
        self._random = random.Random(random.SystemRandom().getrandbits(64))
        self._sampler, self._crowd_sampler = Sampler(), Sampler(per_second=1, burst=4)
        self._sampled = SampledPlaces()
        self.samples = Samples()
        self._counts = Counts()
        self._standstill = Standstill()
        self._crowd: Crowd | None = None
        self._restraint = Restraint(lambda held: self._setting(HELD_BACK, held))
        self._lock, self._closed = threading.Lock(), False
        self._patience = float(cluster.producer_settings["message.timeout.ms"]) / 1000 + _ROUND_TRIP
        cluster.create_topics(scenario.partitions)
        cluster.expect_groups([group.name for group in scenario.all_groups])
        self._producers = Producers(cluster, room, self._observe, self._sampled)
        self._teams = {group.name: self._team(group, member_limit) for group in self._groups()}
        began, totals = Counter[str](), self._producers.totals
        self._audit = Audit(scenario, cluster, store, self._teams, totals, began, self._observe)
        kept = [name for name, team in self._teams.items() if not team.group.shared]
        self._guests = Guests(cluster, kept, self._observe)
        with ExitStack() as undo:
            undo.callback(self.close)
            if continued:
                self._take_up(began)
            self.look()
            self._producers.tell_beginning()
            for team in self._teams.values():
                team.begin()
            undo.pop_all()

    def _groups(self) -> list[ConsumerGroup]:
        """Those that this cluster can have."""
        shares = self.cluster.share_groups
        return [group for group in self.scenario.all_groups if shares or not group.shared]

    def _team(self, group: ConsumerGroup, limit: int) -> Team | ShareTeam:
        posts = Outlet(self._producers.send)
        kinds = self.scenario.kinds
        handler = Handler(group, kinds, self._store, posts, self._observe, self._patience)
        if group.shared:
            return ShareTeam(group, self.cluster, handler, self._observe, limit)
        outbox = self._producers.outbox
        return Team(group, self.cluster, handler, self._store, outbox, self._observe, limit, self._sampled)

    def _take_up(self, began: Counter[str]) -> None:
        """Count on from what the brokers hold."""
        for found in self.ends():
            self._counts.add(found.topic, None, found.end)
            began[found.topic] += found.end
        for group, offsets in self.committed().items():
            for found in offsets:
                self._counts.add(found.topic, group, found.committed or 0)

    @property
    def settings(self) -> dict[str, Settings]:
        """The client settings in force that differ from the client's own defaults, of each producer and group."""
        return {**self._producers.settings, **{name: team.settings for name, team in self._teams.items()}}

    @property
    def crowd_rate(self) -> int:
        """Records a second asked of the crowd, 0 when there is none."""
        crowd = self._crowd
        return crowd.rate if crowd and not crowd.over else 0

    @property
    def state(self) -> dict[str, Any]:
        """What can be changed, as it is now, for forms."""
        control = self.cluster.control
        return {
            "crowd": self.crowd_rate,
            "groups": {name: team.state for name, team in self._teams.items()},
            "producer": self._producers.state,
            "brokers": [vars(broker) for broker in control.brokers()] if control else [],
        }

    def team(self, group: str) -> Team | ShareTeam:
        """Raises Refused."""
        if group in self._teams:
            return self._teams[group]
        if self.scenario.group(group):
            raise Refused(
                "not-here", "This cluster has no share groups: they need Kafka 4.2 or newer, turned on."
            )
        raise Refused("unknown-group", "This scenario has no such group.")

    # What people do

    def act(
        self,
        slug: str,
        data: Mapping[str, Any],
        poison: bool = False,
        delivered: Delivered | None = None,
        person: str = "",
    ) -> Accepted:
        """Press an action once. `poison`: with a record at which handlers throw; `person`: who presses.

        Raises Refused.
        """
        action = self._action(slug)
        record = action.press(self._random, {**_chosen(action, data), **_personal(action, person)})
        if poison:
            record = Record(record.topic, record.key, record.type, {**record.value, POISON: True})
        trace, at = new_trace(), now()
        try:
            record = self._producers.press(
                record, trace, self._chosen_by(self._sampler, trace), delivered=delivered
            )
        except QueueFull as error:
            raise Refused(
                "busy", "The room takes no more records just now. Try again in a moment."
            ) from error
        if poison:
            self._setting(POISONED, slug, at=at)
        group = self.scenario.group(action.own)
        return Accepted(record.topic, trace, record.key, group.keyed(record) if group else "")

    def crowd(self, slug: str, rate: int, seconds: float) -> None:
        """Let a crowd press an action `rate` times a second; 0 sends it home. Raises Refused."""
        action = self._action(slug)
        if not 0 <= rate <= action.crowd_limit:
            raise Refused(
                "bad-rate", f"A crowd of this scenario sends 0 to {action.crowd_limit:,} records a second."
            )
        if not 0 < seconds <= CROWD_SECONDS:
            raise Refused("bad-seconds", f"A crowd stays for 1 to {CROWD_SECONDS} seconds.")
        with self._lock:
            self._stop_crowd()
            if self._closed:
                raise Refused("room-closed", "The room has just closed. Open it again.")
            self._producers.expect(rate)
            if rate:
                self._crowd = Crowd(functools.partial(self._press, action), rate, seconds, self._crowd_gone)
            # Under the lock, so that what is told last is what is so.
            self._setting("crowd", rate)

    def send_crowd_home(self) -> bool:
        """Whether there was one."""
        with self._lock:
            there = self._stop_crowd()
            self._producers.expect(0)
            if there:
                self._setting("crowd", 0)
        return there

    def _stop_crowd(self) -> bool:
        """Under the lock, which alone says whose crowd it is: when this returns none presses any more."""
        crowd, self._crowd = self._crowd, None
        if not crowd:
            return False
        there = not crowd.over
        crowd.stop()
        self._restraint.end()
        return there

    def _crowd_gone(self) -> None:
        """By itself. In its own thread, which must not wait for the lock of who waits for it."""
        self._producers.expect(0)
        self._setting("crowd", 0)
        self._restraint.end()

    def _press(self, action: Action, times: int) -> int:
        """Up to `times`; fewer when the groups are so far behind that the log would forget what they have not read."""
        done = 0
        while done < times:
            records = [action.press(self._random, {}) for _ in range(min(_LOOK_BACK, times - done))]
            if self._behind(records[0].topic) > _MOST_LAG:
                self._restraint.hold()
                break
            sent = self._press_all(records, not done)
            done += sent
            if sent < len(records):
                break
        self._restraint.ease()
        return done

    def _press_all(self, records: list[Record], may_show: bool) -> int:
        """How many were sent. The first may be shown whole; the others are of one trace, as pressed together."""
        trace, sent = new_trace(), 0
        if may_show and self._chosen_by(self._crowd_sampler, trace):
            try:
                self._producers.press(records[0], trace, True, crowd=True)
            except QueueFull:
                return 0
            sent, trace = 1, new_trace()
        return sent + (self._producers.press_many(records[sent:], trace) if records[sent:] else 0)

    def _chosen_by(self, sampler: Sampler, trace: str) -> bool:
        """Whether a press is shown whole."""
        chosen = sampler.choose()
        if chosen:
            self.samples.own(trace)
        return chosen

    def _behind(self, topic: str) -> int:
        """How many records the slowest group of a topic is behind."""
        groups = (group.name for group in self.scenario.groups if topic in group.topics)
        return max((self._counts.behind(topic, group) for group in groups), default=0)

    def set_producer(self, name: str, value: str) -> None:
        """Raises Refused."""
        self._producers.set(name, value)

    def control_broker(self, number: int, work: Callable[[BrokerControl], None], value: str) -> None:
        """Do something to a broker that is ours. Raises Refused."""
        if not self.cluster.control:
            raise Refused("not-here", "These brokers are not ours: whoever runs them can do that.")
        try:
            work(self.cluster.control)
        except ClusterError as error:
            raise Refused("bad-broker", str(error)) from error
        self._setting(f"broker-{number}", value, BROKERS)
        self.look()

    def rewind(self, group: str, to: str, topic: str = "", partition: int = 0) -> None:
        """Have a group read from elsewhere: `beginning`, `end`, an offset, or so many minutes ago. Raises Refused."""
        place = None
        if topic:
            if topic not in self.team(group).group.topics or not (
                0 <= partition < self.scenario.partitions[topic]
            ):
                raise Refused("unknown-partition", "This group reads no such partition.")
            place = (topic, partition)
        self.team(group).seek(Seek(_moment(to), place))
        data = {"name": "bookmark", "value": to}
        self._observe(
            Hop(
                HopType.SETTING,
                group,
                now(),
                topic=topic or None,
                partition=partition if topic else None,
                group=group,
                data=data,
            )
        )

    def replay_dead_letters(self) -> int:
        """Send what lies in the dead letters where it came from, once more. Returns how many. Raises Refused."""
        try:
            count = sum(
                read_on(self.cluster, DEAD_LETTERS.name, number, self._send_again)
                for number in range(self.scenario.dead_letters.partitions)
            )
        except (ClusterError, DeliveryFailed) as error:
            raise Refused("no-answer", str(error)) from error
        self._setting("dead letters", count)
        return count

    def _send_again(self, letters: list[Found]) -> None:
        posts = [
            (0.0, functools.partial(self._producers.send, _resurrected(topic, letter)))
            for letter in letters
            if (topic := origin(letter.headers)) and topic in self.scenario.partitions
        ]
        send_all(posts, self._patience, threading.Event())

    # What can be seen

    def _observe(self, hop: Hop) -> None:
        self._counts.see(hop)
        told = self.samples.hold(hop)
        if told:
            self._feed(self._standstill.see(told) if told.partitions is not None else told)
        if hop.type in MEMBER_TYPES and hop.group:
            self._guests.moved(hop.group)

    def _setting(self, name: str, value: Any, source: str = APP, at: int | None = None) -> None:
        self._observe(Hop(HopType.SETTING, source, at or now(), data={"name": name, "value": value}))

    def acked(self, topic: str) -> int:
        """Records stored in a topic, by our own hops."""
        return self._counts.stored(topic)

    def ends(self) -> list[PartitionOffsets]:
        return self.cluster.ends()

    def committed(self) -> Committed:
        """As `Audit` tells it."""
        return self._audit.committed()

    @property
    def lag(self) -> dict[str, int]:
        """As `Audit` tells it."""
        return self._audit.lag

    @property
    def shortened(self) -> bool:
        """As `Audit` tells it."""
        return self._audit.shortened

    def look(self) -> None:
        """Ask for the brokers and their leaders, and report what changed as hops."""
        self.cluster.observe_brokers(self._observe)

    def sample(self) -> None:
        """Report every group's lag, the ledger and who is a guest in a group as hops where they changed."""
        then = self._counts.now()
        self._audit.sample(self.crowd_rate > 0)
        self._counts.told(then, self._audit.lag_by_topic)
        self._guests.look()

    @property
    def guests(self) -> Mapping[str, list[dict[str, Any]]]:
        """As `Guests` tells them."""
        return self._guests.state

    def ledger(self) -> dict[str, Any]:
        """As `Audit` tells it."""
        return self._audit.ledger(self.crowd_rate > 0)

    def hasten(self) -> None:
        """Brokers that were made slow are not any more: who closes the room need not wait for them."""
        if not self.cluster.control:
            return
        for broker in self.cluster.control.brokers():
            if broker.delay_ms:
                self.cluster.control.slow(broker.number, 0)

    def close(self) -> None:
        """Members leave and the producers finish. Takes up to some seconds; the cluster is whose it was.

        Whatever is asked for meanwhile is refused, so that nobody comes who would stay.
        """
        with self._lock:
            self._closed = True
            self._stop_crowd()
        for team in self._teams.values():
            team.close()
        until = time.monotonic() + LEAVING
        for team in self._teams.values():
            if not team.join(until):
                team.abandon()
        self._producers.close()

    def _action(self, slug: str) -> Action:
        action = self.scenario.action(slug)
        if not action:
            raise Refused("unknown-action", "This scenario has no such action.")
        return action


def _resurrected(topic: str, letter: Found) -> Outgoing:
    return Outgoing(topic, letter.key, letter.value, letter.type, letter.trace or new_trace(), True, APP)


def _moment(text: str) -> str | int | datetime:
    """`beginning`, `end`, an offset such as `12`, or minutes ago such as `-5`. Raises Refused."""
    if text in (BEGINNING, END):
        return text
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise Refused(
            "bad-bookmark", "A bookmark goes to beginning, end, an offset, or -5 for five minutes ago."
        )
    if text == digits:
        return int(digits)
    return datetime.now(UTC) - timedelta(minutes=min(int(digits), _MOST_MINUTES))


def _personal(action: Action, person: str) -> dict[str, str]:
    return {field.name: person for field in action.fields if field.personal and person}


def _chosen(action: Action, data: Mapping[str, Any]) -> dict[str, str]:
    """Only what the action offers. Raises Refused."""
    choices = {field.name: field.choices for field in action.fields}
    for name, value in data.items():
        if name not in choices:
            raise Refused("bad-data", f"{action.title} takes no field {name[:40]!r}.")
        if value not in choices[name]:
            raise Refused("bad-data", f"{name} must be one of: {', '.join(choices[name])}.")
    return dict(data)
