"""A room inside a runner: its cluster, its run, its feed."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from apps.kafka.clusters import ClusterError, External, PartitionOffsets, open_cluster
from apps.kafka.hops import Hop, HopType, now
from apps.kafka.memory import give_back
from apps.kafka.outgoing import Delivered
from apps.kafka.readback import NotThere, read_back
from apps.rooms import controls
from apps.rooms.feed import Feed
from apps.rooms.linkmessages import Open
from apps.rooms.logwatch import LogWatch
from apps.rooms.projections import DatabaseThread, RoomStore, begin_log, recent
from apps.rooms.recording import Recording
from apps.rooms.records import told
from apps.rooms.renewal import Before, Found, renew
from apps.rooms.setups import setup_of
from apps.rooms.spells import Spell
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused
from apps.scenarios.run import ScenarioRun

logger = logging.getLogger(__name__)


class _Question:
    """What is asked of the brokers again and again. It is asked again in a second, so no answer is only told."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.busy = threading.Lock()
        self._work = work
        self._spell = Spell(logger, logging.INFO, f"{name} has no answer", f"{name} is answered again")

    def begin(self) -> bool:
        """False while the last one still runs, or waits for a thread; else it is to be asked now."""
        return self.busy.acquire(blocking=False)

    def ask(self) -> None:
        """Once for each `begin`, in whatever thread."""
        try:
            self._work()
            self._spell.over()
        except ClusterError as error:
            self._spell.met(error)
        except Exception as error:
            if not self._spell.lasts:
                logger.exception("A question failed by a fault")
            self._spell.met(error)
        finally:
            self.busy.release()


class HostedRoom:
    """Opens at once. `act` is quick; `control`, `totals`, `sample` and `close` ask brokers and may take a while."""

    def __init__(self, opening: Open, database: DatabaseThread) -> None:
        self.code, self.incarnation = opening.room, opening.incarnation
        self._epoch, self.feed = time.time(), Feed(now())
        self._closed = False
        self._acked: dict[str, int] = {}
        with ExitStack() as undo:
            self._open(opening, database, undo)
            undo.pop_all()

    def _open(self, opening: Open, database: DatabaseThread, undo: ExitStack) -> None:
        """What it opens it closes again if anything that comes after fails."""
        setup = setup_of(opening.setup)
        scenario = setup.of(SCENARIOS[opening.scenario]).arranged(opening.partitions)
        self.cluster = open_cluster(external_of(opening.external), self.code)
        undo.callback(self.cluster.close)
        missing = self.cluster.missing_topics(scenario.partitions)
        continued = missing < scenario.partitions.keys()
        self.notice: str | None = opening.notices["continued" if continued else "new"]
        """What everybody who comes is told of the room first."""
        database.freshen()
        if not continued:
            database.run(functools.partial(begin_log, opening.room_id, self.incarnation))
        log = opening.log if continued else self.incarnation
        scenario = self._take_up_logs(opening, scenario, missing, log, database)
        self._store = RoomStore(opening.room_id, self.incarnation, log, database)
        self._recall(scenario, opening.room_id, database)
        self.run = ScenarioRun(
            scenario, self.cluster, self._store, self.feed.add, self.code, opening.members, continued
        )
        self.feed.is_own = self.run.samples.is_own
        undo.callback(self.run.close)
        # Apart from each other: while a broker is away the groups' answers take their time.
        self._looking = _Question(f"Room {self.code}: the question for its brokers", self._look)
        self._sampling = _Question(f"Room {self.code}: the question how far its groups are", self._sample)
        self._logs, self._told_of_logs = LogWatch(self.cluster, scenario.partitions), ""
        self._identifying = _Question(f"Room {self.code}: the question for its logs", self._identify)
        for name, values in setup.controls:
            controls.use(self.run, name, values)
        self.recording = Recording(self.backlog(), self.feed.seq, time.monotonic())
        if continued:
            # So that the first backlog shows what the log holds already.
            self._sampling.begin()
            self._sampling.ask()

    def _take_up_logs(
        self,
        opening: Open,
        scenario: Scenario,
        made: set[str],
        log: int,
        database: DatabaseThread,
    ) -> Scenario:
        """Returns the story as its topics are."""
        logs = self.cluster.create_topics(scenario.partitions)
        if logs:
            before = Before(opening.logs, scenario.partitions)
            found = Found(opening.room_id, self.incarnation, log, before, logs, made)
            groups = [group.name for group in scenario.all_groups if not group.shared]
            self.notice = renew(found, self.cluster, groups, database) or self.notice
        return scenario.arranged({topic: log.partitions for topic, log in logs.items()})

    def _recall(self, scenario: Scenario, room_id: int, database: DatabaseThread) -> None:
        """What the groups made of the records in earlier incarnations is where this one begins."""
        for group in scenario.all_groups:
            known = database.run(functools.partial(recent, room_id, group.name))
            for key, value in reversed(known.items()):
                self.feed.add(
                    Hop(HopType.PROJECTION, "database", now(), key=key, group=group.name, data=value)
                )

    @property
    def outdated(self) -> bool:
        """Whether the room has a newer life elsewhere: this one can't store anything any more."""
        return self._store.outdated

    def describe(self) -> dict[str, Any]:
        """What the API and the pages tell of an open room."""
        scenario, name, traits = self.run.scenario, self.cluster.real_name, self.cluster.traits()
        return {
            "bootstrap_servers": self.cluster.bootstrap_servers,
            "cluster": self.cluster.kind,
            "traits": {"facts": traits.facts, "lacks": traits.lacks},
            "topics": {topic: name(topic) for topic in scenario.partitions},
            "partitions": dict(scenario.partitions),
            "groups": {group.name: name(group.name) for group in scenario.all_groups},
        }

    def frame(self, now: float) -> str | None:
        """The viewers' next frame, if there is one; it is recorded, too."""
        before = self.feed.seq
        frame = self.feed.tick(now)
        if frame:
            self.recording.add(frame, before, self.feed.seq, now, self.backlog)
        return frame

    def trace(self, head: Mapping[str, Any]) -> bytes:
        """What was recorded, gzipped. Raises Refused."""
        if self.recording.is_empty:
            raise Refused("nothing-yet", "Nothing has happened here yet. Press something, then save.")
        return self.recording.packed(head)

    def backlog(self) -> str:
        """Call only where `frame` is called."""
        crowd = self.run.crowd_rate
        return self.feed.backlog(
            {
                "code": self.code,
                "scenario": self.run.scenario.slug,
                "incarnation": self.incarnation,
                "epoch": self._epoch,
                "now": round((now() - self.feed.origin) / 1e9, 6),
                "cluster": self.cluster.kind,
                "bootstrap_servers": self.cluster.bootstrap_servers,
                "notice": self._logs.words or self.notice,
                "partitions": dict(self.run.scenario.partitions),
                "crowd": {"asked": crowd} if crowd else None,
                "settings": self.run.settings,
            }
        )

    def act(self, action: str, data: Mapping[str, Any]) -> dict[str, Any]:
        done = self.run.act(action, data)
        self.feed.mind(done.card)
        return {"trace": done.trace, "key": done.key, "card": done.card}

    def deliver(
        self, action: str, data: Mapping[str, Any], person: str, delivered: Delivered
    ) -> dict[str, Any]:
        """As `act`, and be told what the brokers answered. Raises Refused."""
        done = self.run.act(action, data, delivered=delivered, person=person)
        self.feed.mind(done.card)
        return {"trace": done.trace, "key": done.key, "card": done.card, "topic": done.topic}

    def control(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Do it, and tell what can be changed as it then is. Raises Refused."""
        told = controls.use(self.run, name, values)
        return {**self.run.state, **told}

    def totals(self) -> dict[str, Any]:
        """Ends and committed offsets as the brokers tell them.

        The ledger first: if all was at rest by then, the offsets are those of that rest or newer.
        """
        ledger = self.run.ledger()
        ends: dict[str, list[dict[str, int]]] = {}
        for found in self.run.ends():
            place = {"partition": found.partition, "start": found.start, "end": found.end}
            ends.setdefault(found.topic, []).append(place)
        groups = {
            group: [_row(found) for found in offsets] for group, offsets in self.run.committed().items()
        }
        return {
            "incarnation": self.incarnation,
            "topics_state": ends,
            "groups_state": groups,
            "guests": self.run.guests,
            "writes": {group.name: self._store.writes[group.name] for group in self.run.scenario.groups},
            "ledger": ledger,
        }

    def record(self, topic: str, partition: int, offset: int) -> dict[str, Any]:
        """As the brokers keep it now. Raises Refused if it is not there."""
        try:
            return told(read_back(self.cluster, topic, partition, offset))
        except NotThere as error:
            raise Refused(error.code, str(error)) from error

    @property
    def figures(self) -> dict[str, Any]:
        """For who watches the server."""
        acked = sum(self.run.acked(topic) for topic in self.run.scenario.partitions)
        return {"hops": self.feed.seq, "records": acked, "lag": self.run.lag}

    def acked_anew(self) -> dict[str, int] | None:
        """Records stored so far by topic, by our own hops; None if no more than when this was last asked."""
        acked = {topic: self.run.acked(topic) for topic in self.run.scenario.partitions}
        if acked == self._acked:
            return None
        self._acked = acked
        return acked

    def due(self) -> list[Callable[[], None]]:
        """Questions to be put to its brokers now: the brokers, lag with the ledger, and whether the logs are the
        same."""
        questions = (self._looking, self._sampling, self._identifying)
        return [question.ask for question in questions if question.begin()]

    @property
    def has_other_logs(self) -> bool:
        """Whether this life is to end, and the next to begin with them."""
        return self._logs.changed or self.run.shortened

    def has_news_of_logs(self) -> bool:
        """Whether the notice is another one since this was last asked."""
        before, self._told_of_logs = self._told_of_logs, self._logs.words or ""
        return self._told_of_logs != before

    def _look(self) -> None:
        if not self._closed:
            self.run.look()

    def _sample(self) -> None:
        if not self._closed:
            self.run.sample()

    def _identify(self) -> None:
        if not self._closed:
            self._logs.look()

    def close(self) -> None:
        """All of it, whatever of it fails."""
        self._closed = True
        with ExitStack() as closing:
            closing.callback(give_back)
            closing.callback(self.cluster.close)
            closing.callback(self._end_run)
            self.run.hasten()

    def _end_run(self) -> None:
        """When nobody asks its brokers any more."""
        with self._looking.busy, self._sampling.busy, self._identifying.busy:
            self.run.close()


def external_of(told: Mapping[str, Any] | None) -> External | None:
    """The external Kafka that the web process was told of, as it came over the link."""
    return External(**told) if told else None


def _row(found: PartitionOffsets) -> dict[str, Any]:
    return {
        "topic": found.topic,
        "partition": found.partition,
        "committed": found.committed,
        "lag": found.lag,
    }
