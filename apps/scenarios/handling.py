"""How one group handles a batch: react, wait until the follow-ups are stored, then store what is made of it.

A record that is none of its topic's kinds is put aside in the dead letters at once. What fails is tried again, and put
aside if it keeps failing, so that it stops nobody else.
"""

from __future__ import annotations

import copy
import functools
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.kafka.batch import Batch
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.received import NOT_JSON, Received, why_not_json
from apps.kafka.sharetelling import Answer
from apps.scenarios.accounts import Place
from apps.scenarios.base import ConsumerGroup, Emit, no_reaction
from apps.scenarios.deadletters import is_poison
from apps.scenarios.followups import send_all
from apps.scenarios.kinds import Kind, misfit, typed
from apps.scenarios.outlet import Outlet
from apps.scenarios.store import OUR_FAULT, Failure, Handled, Store, Unfoldable

logger = logging.getLogger(__name__)

TRIES = 3
FIRST_WAIT = 0.3
"""Seconds before the second try; twice as long before each further one."""
_FEW_VALUES = 0.1
"""Of a batch's records: if more of them have values of their own, each is looked at alone."""


@dataclass
class _Asked:
    """What a batch gave rise to. `unfit` fails for ever, `failed` at this try."""

    sound: Sequence[Received] = ()
    emits: list[tuple[Received, Emit]] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    unfit: list[Failure] = field(default_factory=list)


@dataclass
class Manner:
    """How a group handles. `fails`: it throws at poison; `twice`: it folds again what it has handled before."""

    fails: bool = True
    twice: bool = False


class Handler:
    """Of one group. `kinds`: of records, by topic. `patience`: seconds that the brokers may take for a follow-up."""

    def __init__(
        self,
        group: ConsumerGroup,
        kinds: Mapping[str, Sequence[Kind]],
        store: Store,
        posts: Outlet,
        observe: Observe,
        patience: float,
    ) -> None:
        self.manner = Manner()
        self._group, self._kinds, self._store, self._posts, self._observe = (
            group,
            kinds,
            store,
            posts,
            observe,
        )
        self._patience, self._whole = patience, False

    def through(self, posts: Outlet) -> Handler:
        """The same, for a member whose follow-ups hold only if its bookmark does.

        It reacts to what was handled before as well: after a crash what was sent then is aborted. Who moves the
        bookmark back has the follow-ups sent once more.
        """
        handler = copy.copy(self)
        handler._posts, handler._whole = posts, True
        return handler

    def handle(
        self, member: str, batch: Sequence[Received], stopping: threading.Event
    ) -> Mapping[Place, int]:
        """Returns how many of each partition had been handled before. What is committed after this is done."""
        todo = batch if self._whole or self.manner.twice else self._store.fresh(self._group.name, batch)
        asked = self._ask_until_sound(member, todo, stopping)
        failed = [*asked.unfit, *asked.failed]
        follow_ups = [
            (emit.after, functools.partial(self._posts.follow_up, member, cause, emit.record))
            for cause, emit in asked.emits
        ]
        send_all(follow_ups, self._patience, stopping)
        self._bury(member, failed, stopping)
        return self._keep(member, batch, asked.sound, failed, stopping)

    def put_aside(self, answer: Answer, records: Sequence[Received]) -> None:
        """What a share group rejected, or released for the last time."""
        rejected = records if answer is Answer.REJECT else ()
        given_up = () if answer is Answer.REJECT else records
        self._store.put_aside(self._group.name, rejected, given_up)

    def _ask_until_sound(self, member: str, todo: Sequence[Received], stopping: threading.Event) -> _Asked:
        asked, wait = _Asked(), FIRST_WAIT
        self._ask(todo, asked)
        for number in range(2, TRIES + 1):
            if not asked.failed:
                break
            self._tell_retry(member, asked.failed, number, wait)
            if stopping.wait(wait):
                raise InterruptedError
            again, wait = [record for record, _ in asked.failed], wait * 2
            asked.failed = []
            self._ask(again, asked)
        return asked

    def _ask(self, records: Sequence[Received], asked: _Asked) -> None:
        if isinstance(records, Batch):
            asked.sound, records = self._sift(records)
        reacts = self._group.react is not no_reaction
        sound: list[Received] = []
        for record in records:
            kinds, value = self._kinds[record.topic], record.value
            known = typed(record, kinds)
            if why := why_not_json(record.raw) if value is NOT_JSON else misfit(known, kinds):
                asked.unfit.append((record, why))
            elif self.manner.fails and is_poison(value):
                asked.failed.append((record, "It could not be handled: this handler throws at poison."))
            elif not reacts or self._react(known, asked):
                sound.append(known)
        if sound:
            asked.sound = [*asked.sound, *sound]

    def _sift(self, batch: Batch) -> tuple[Sequence[Received], Sequence[Received]]:
        """Those that are sound by their values, of which a flood has few; and the rest, each to be looked at."""
        if len(batch.topics) > 1 or self._group.react is not no_reaction:
            return (), batch
        [topic], values = batch.topics, set(batch.raws)
        if any(kind.type for kind in self._kinds[topic]) or len(values) > len(batch) * _FEW_VALUES:
            return (), batch
        odd = {raw for raw in values if not self._fits(batch[batch.raws.index(raw)])}
        if not odd:
            return batch, ()
        return batch.only([raw not in odd for raw in batch.raws]), batch.only(
            [raw in odd for raw in batch.raws]
        )

    def _fits(self, record: Received) -> bool:
        value = record.value
        if value is NOT_JSON or (self.manner.fails and is_poison(value)):
            return False
        return not misfit(record, self._kinds[record.topic])

    def _react(self, record: Received, asked: _Asked) -> bool:
        """Whether it could."""
        try:
            asked.emits += ((record, emit) for emit in self._group.react(record))
        except Exception:
            logger.exception("%s has no answer to a record that fits", self._group.name)
            asked.failed.append((record, OUR_FAULT))
            return False
        return True

    def _keep(
        self,
        member: str,
        batch: Sequence[Received],
        sound: Sequence[Received],
        failed: list[Failure],
        stopping: threading.Event,
    ) -> Mapping[Place, int]:
        while True:
            dead = [record for record, _ in failed]
            try:
                handled = Handled(batch, sound, dead, self.manner.twice)
                stored = self._store.apply(
                    self._group, handled, functools.partial(self._tell_projections, member)
                )
            except Unfoldable as unfoldable:
                self._bury(member, unfoldable.failed, stopping)
                failed += unfoldable.failed
                bad = {id(record) for record, _ in unfoldable.failed}
                sound = [record for record in sound if id(record) not in bad]
                continue
            return stored.again

    def _tell_projections(self, member: str, changed: Mapping[str, Mapping[str, Any]]) -> None:
        group = self._group.name
        for key, value in changed.items():
            self._observe(Hop(HopType.PROJECTION, member, now(), key=key, group=group, data=dict(value)))

    def _bury(self, member: str, failed: Sequence[Failure], stopping: threading.Event) -> None:
        letters = [
            (0.0, functools.partial(self._posts.dead_letter, member, self._group.name, failure))
            for failure in failed
        ]
        send_all(letters, self._patience, stopping)
        for record, why in failed:
            self._tell(HopType.FAIL, member, record, error=f"{why} It went to the dead letters.")

    def _tell_retry(self, member: str, failed: list[Failure], number: int, wait: float) -> None:
        """One hop, of the first, for all that are tried together."""
        record, why = failed[0]
        data = {"try": number, "of": TRIES, "wait_s": wait, "records": len(failed)}
        self._tell(HopType.RETRY, member, record, error=why, data=data)

    def _tell(self, type_: HopType, member: str, record: Received, **fields: object) -> None:
        place = (record.topic, record.partition)
        self._observe(
            Hop(
                type_,
                member,
                now(),
                *place,
                offset=record.offset,
                key=record.key,
                group=self._group.name,
                **fields,  # type: ignore[arg-type]
            )
        )
