"""The producers of a room: the app's, which sends what people and groups send, and the crowd's, made for masses."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from apps.kafka.choices import OFF, ON, ChoiceError, ProducerChoice, Settings, chosen, told
from apps.kafka.clusters import Cluster
from apps.kafka.detached import DetachedProducer
from apps.kafka.hops import BEGAN, Hop, HopType, Observe, now
from apps.kafka.outcomes import Outcomes, Totals
from apps.kafka.outgoing import Bare, Delivered, Outgoing
from apps.kafka.producer import RoomProducer, settings_of
from apps.kafka.sampledplaces import SampledPlaces
from apps.kafka.transactions import Outbox, transactional
from apps.scenarios.base import Record
from apps.scenarios.outlet import encoded, outgoing
from apps.scenarios.refusals import Refused

APP, CROWD = "app", "crowd"
_CROWD_SETTINGS = {"linger.ms": 50, "batch.size": 500_000, "queue.buffering.max.messages": 20_000}
"""Large batches: the embedded cluster hands out one at a time, and looks for it from the start of its log. And in the
queue no more than a second or two of a flood: a crowd that brokers, or we, can't follow is held back.
"""
_FLOOD = 5_000
"""Records a second; for more of them the crowd's producer has a process of its own, which costs some 30 MB."""


class Producers:
    """May be used from any thread. Everything that sends raises QueueFull, but for `press_many`."""

    def __init__(self, cluster: Cluster, room: str, observe: Observe, places: SampledPlaces) -> None:
        self._cluster, self._room, self._observe, self._places = cluster, room, observe, places
        self.totals = Totals()
        idempotent = cluster.producer_settings.get("enable.idempotence", False)
        self._choice = ProducerChoice(idempotence=ON if idempotent else OFF)
        self._lock, self._closed = threading.Lock(), False
        self._handing, self._handing_crowd = threading.Lock(), threading.Lock()
        """Held while a record is handed over: the client must not be let go meanwhile. A crowd's may take long over a
        chunk, and who presses does not wait for that."""
        self._flood = False
        self._app, self._crowd = self._open()
        self._retiring: list[threading.Thread] = []

    def _open(self) -> tuple[RoomProducer, RoomProducer | DetachedProducer]:
        with ExitStack() as undo:
            app = self._new(APP)
            undo.callback(app.close)
            crowd = self._new_crowd()
            undo.pop_all()
        return app, crowd

    def _new_crowd(self) -> RoomProducer | DetachedProducer:
        if not self._flood:
            return self._new(CROWD, _CROWD_SETTINGS)
        settings = settings_of(self._cluster, self._choice, _CROWD_SETTINGS)
        return DetachedProducer(self._cluster, self._room, self._outcomes(CROWD), settings)

    def _new(self, name: str, own: Settings | None = None) -> RoomProducer:
        settings = settings_of(self._cluster, self._choice, own)
        return RoomProducer(self._cluster, self._room, self._outcomes(name), settings)

    def _outcomes(self, name: str) -> Outcomes:
        return Outcomes(name, self._observe, self.totals, self._places)

    @property
    def settings(self) -> dict[str, Settings]:
        """The client settings in force, of each producer."""
        return {APP: self._app.settings, CROWD: self._crowd.settings}

    @property
    def state(self) -> dict[str, Any]:
        """What is chosen, and what could be."""
        return {
            "choices": told(self._choice),
            "options": {k: list(v) for k, v in self._choice.options.items()},
        }

    def press(
        self,
        record: Record,
        trace: str,
        sampled: bool,
        crowd: bool = False,
        delivered: Delivered | None = None,
    ) -> Record:
        """Send what an action gives, with the key that is chosen; returns it as it was sent."""
        key = self._choice.key(record.key)
        if key != record.key:
            record = replace(record, key=key)
        if crowd:
            with self._handing_crowd:
                self._crowd.send(outgoing(record, trace, sampled, CROWD))
        else:
            with self._handing:
                self._app.send(outgoing(record, trace, sampled, APP), delivered)
        return record

    def press_many(self, records: Sequence[Record], trace: str) -> int:
        """Send what an action gives a crowd, all of one trace and none of them shown whole, with the keys that are
        chosen. Returns how many there was place for."""
        bare: dict[int, Bare] = {}
        for record in records:
            if id(record) not in bare:  # a flood says few different things
                key = self._choice.key(record.key)
                bare[id(record)] = None if key is None else key.encode(), encoded(record.value)
        first, sent = records[0], [bare[id(record)] for record in records]
        with self._handing_crowd:
            return self._crowd.send_many(first.topic, first.type, trace, CROWD, sent)

    def send(self, record: Outgoing, delivered: Delivered) -> None:
        """What is no press: what groups send on, and what was sent once before."""
        with self._handing:
            self._app.send(record, delivered)

    def outbox(self, group: str, member: str) -> Outbox:
        """Transactions of one member, by a producer of its own."""
        settings = transactional(self._cluster.real_name(member))

        def open_() -> RoomProducer:
            # Without what is chosen for the others: a transaction needs acks=all and idempotence.
            own = settings_of(self._cluster, own=settings)
            return RoomProducer(self._cluster, self._room, self._outcomes(member), own)

        return Outbox(group, member, self._observe, open_)

    def expect(self, rate: int) -> None:
        """A crowd of so many a second; 0 when it has gone."""
        with self._lock:
            if self._closed or (rate > _FLOOD) == self._flood:
                return
            self._flood = rate > _FLOOD
            new = self._new_crowd()
            with self._handing_crowd:
                old, self._crowd = self._crowd, new
            self._retire(old)

    def set(self, name: str, value: str) -> None:
        """One setting: new producers take over, the old ones finish what they have. Raises Refused."""
        try:
            choice = chosen(self._choice, name, value).checked()
        except ChoiceError as error:
            raise Refused("bad-setting", str(error)) from error
        with self._lock:
            if self._closed:
                raise Refused("room-closed", "The room has just closed. Open it again.")
            if choice != self._choice:
                self._choice = choice
                new = self._open()
                with self._handing, self._handing_crowd:
                    old, (self._app, self._crowd) = (self._app, self._crowd), new
                self._retire(*old)
            # Under the lock, so that what is told last is what is so.
            self._tell(name, value)

    def tell_beginning(self) -> None:
        """How they are set before anybody has used a control."""
        self._tell(BEGAN, told(self._choice))

    def _tell(self, name: str, value: Any) -> None:
        data = {"name": name, "value": value, "settings": self.settings}
        self._observe(Hop(HopType.SETTING, APP, now(), data=data))

    def _retire(self, *producers: RoomProducer | DetachedProducer) -> None:
        """In threads of their own, as brokers may be away: what is in their queues may take until its timeout."""
        for producer in producers:
            thread = threading.Thread(target=producer.finish, name=f"retiring-{producer.name}", daemon=True)
            self._retiring = [one for one in self._retiring if one.is_alive()] + [thread]
            thread.start()

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._crowd.close()
        self._app.close()
