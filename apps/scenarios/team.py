"""The members of one consumer group, and what can be set of them: paused, slowed, sent elsewhere, set otherwise."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

from apps.kafka.choices import (
    ON,
    TRANSACTIONAL,
    ChoiceError,
    Commit,
    GroupChoice,
    Settings,
    chosen,
    told,
)
from apps.kafka.clusters import Cluster
from apps.kafka.duties import Duties, Handle
from apps.kafka.hops import Observe
from apps.kafka.life import Crash
from apps.kafka.member import GroupMember, settings_of
from apps.kafka.seeking import Seek
from apps.kafka.transactions import Outbox
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.crew import Crew
from apps.scenarios.handling import Handler
from apps.scenarios.outlet import Outlet
from apps.scenarios.refusals import Refused
from apps.scenarios.store import Store

NewOutbox = Callable[[str, str], Outbox]
"""Takes the names of a group and a member."""

WORK_TIMES = ("0", "0.1", "0.5", "2")
"""Seconds that handling a record can be made to take."""
_OFF_ON = ("off", "on")
MANNERS: Mapping[str, tuple[str, ...]] = {
    "work": WORK_TIMES,
    "paused": _OFF_ON,
    "repeats": ("ignored", "handled"),
    "poison": ("throws", "mended"),
}
"""What can be set of a group while its members go on; the rest is `GroupChoice`, for which they must start anew."""


class Team(Crew[GroupMember]):
    """The members of a consumer group."""

    def __init__(
        self,
        group: ConsumerGroup,
        cluster: Cluster,
        handler: Handler,
        store: Store,
        outbox: NewOutbox,
        observe: Observe,
        limit: int,
    ) -> None:
        super().__init__(group, observe, limit)
        self._cluster, self._handler, self._store, self._outbox = cluster, handler, store, outbox
        self._crashed_until = 0.0
        self._choice = GroupChoice(protocol=next(iter(cluster.protocols)))
        self._manners = {name: options[0] for name, options in MANNERS.items()}

    @property
    def state(self) -> dict[str, Any]:
        options = {**GroupChoice.options, **self._choices(), **MANNERS}
        return {
            "members": len(self),
            "choices": {**told(self._choice), **self._manners},
            "options": {name: list(values) for name, values in options.items()},
        }

    @property
    def settings(self) -> Settings:
        return settings_of(self._cluster, self._choice)

    def crash(self, at: Crash) -> None:
        """The group finds out by the session timeout."""
        super().crash(at)
        with self._lock:
            self._crashed_until = time.monotonic() + self._session

    def seek(self, seek: Seek) -> None:
        with self._lock:
            if not self._members:
                raise Refused("no-member", "A bookmark is moved by a member, and this group has none.")
            for member in self._present:
                member.seek(seek)

    def set(self, name: str, value: str) -> None:
        """One setting. Those of the consumers take a new start of all members."""
        with self._lock:
            if name in MANNERS:
                self._mind(name, value)
            else:
                self._choose(name, value)
        self._tell_set(name, value)

    # Under the lock

    def _make(self, name: str) -> GroupMember:
        handler, outbox = self._handler, None
        if self._choice.commit == Commit.TRANSACTION:
            outbox = self._outbox(self.group.name, name)
            handler = handler.through(Outlet(outbox.send))
        member = GroupMember(
            self._cluster,
            self.group.name,
            name,
            self.group.topics,
            self._duties(functools.partial(handler.handle, name)),
            self._observe,
            self._choice,
            outbox,
            self._hands.get(name),
        )
        member.work_time = float(self._manners["work"])
        if self._manners["paused"] == ON:
            member.pause(True)
        return member

    def _duties(self, handle: Handle) -> Duties:
        begin, void = (
            functools.partial(duty, self.group.name) for duty in (self._store.begin, self._store.void)
        )
        return Duties(handle, begin, void)

    @property
    def _session(self) -> float:
        """Seconds after which brokers take a silent member for dead, as far as that is ours to know."""
        return float(self.settings.get("session.timeout.ms", 2500)) / 1000

    def _mind(self, name: str, value: str) -> None:
        if value not in MANNERS[name]:
            raise Refused("bad-setting", f"{name} can be: {', '.join(MANNERS[name])}.")
        self._manners[name] = value
        self._handler.manner.twice = self._manners["repeats"] == "handled"
        self._handler.manner.fails = self._manners["poison"] == "throws"
        for member in self._present:
            member.work_time = float(self._manners["work"])
            if name == "paused":
                member.pause(value == ON)

    def _choices(self) -> dict[str, tuple[str, ...]]:
        """What this cluster has, and this group has a use for."""
        protocols = {"protocol": tuple(self._cluster.protocols)}
        if not self._cluster.transactions:
            return protocols
        sends = bool(self.group.emits)
        return {
            **protocols,
            **{name: all_ for name, all_ in TRANSACTIONAL.items() if sends or name != "commit"},
        }

    def _choose(self, name: str, value: str) -> None:
        try:
            choice = chosen(self._choice, name, value, self._choices())
        except ChoiceError as error:
            raise Refused("bad-setting", str(error)) from error
        if choice.static == ON and choice.protocol not in self._cluster.static_with:
            raise Refused(
                "not-here", "This cluster knows static members only in groups of the new protocol (KIP-848)."
            )
        if choice != self._choice:
            self._begin_anew(choice)

    def _begin_anew(self, choice: GroupChoice) -> None:
        """Never two kinds of members in one group: brokers refuse it, and the embedded cluster ends the process."""
        names = self._all_leave()
        time.sleep(max(0.0, self._crashed_until - time.monotonic()))
        self._choice = choice
        self._members = [self._make(name) for name in names]
