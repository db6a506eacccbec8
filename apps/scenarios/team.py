"""The members of one consumer group, and what can be set of them: paused, slowed, sent elsewhere, set otherwise."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterable, Mapping
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
from apps.kafka.clusters import Cluster, Place
from apps.kafka.duties import Duties, Handle
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.member import GroupMember, settings_of
from apps.kafka.sampledplaces import SampledPlaces
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

_OBEDIENCE = 1.0
"""Seconds that are waited for members to mind what they are told; one that is slow at a record minds it after that."""
MOST_WORK = 60.0
"""Seconds that one member can be made to take over a record."""
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
        samples: SampledPlaces,
    ) -> None:
        super().__init__(group, observe, limit)
        self._cluster, self._handler, self._store, self._outbox = cluster, handler, store, outbox
        self._samples = samples
        self._crashed_until = 0.0
        self._ahead: dict[Place, int] = {}
        self._choice = GroupChoice(protocol=next(iter(cluster.protocols)))
        self._manners = {name: options[0] for name, options in MANNERS.items()}
        self._paces: dict[str, dict[str, Any]] = {}

    @property
    def state(self) -> dict[str, Any]:
        options = {**GroupChoice.options, **self._choices(), **MANNERS}
        return {
            "members": len(self),
            "names": self.names,
            "choices": {**told(self._choice), **self._manners},
            "options": {name: list(values) for name, values in options.items()},
        }

    @property
    def settings(self) -> Settings:
        return settings_of(self._cluster, self._choice)

    def ahead(self, place: Place) -> int:
        """Up to which offset a member of this life may have set the bookmark without having handled what is before."""
        return self._ahead.get(place, 0)

    def seek(self, seek: Seek) -> None:
        with self._lock:
            if not len(self):
                raise Refused("no-member", "A bookmark is moved by a member, and this group has none.")
            for member in self._present:
                member.seek(seek)

    def pause(self, paused: bool, name: str = "") -> None:
        """One member, of that name or the newest, stays and reads nothing, or reads on; until all are set alike."""
        with self._lock:
            member = self._find(name)
            self._pace(member.name, "pause" if paused else "resume", {"paused": paused})
            _await([member.pause(paused)])

    def slow(self, seconds: float, name: str = "") -> None:
        """One member, of that name or the newest, takes so long over a record; until all are set alike."""
        if not 0 <= seconds <= MOST_WORK:
            raise Refused("bad-seconds", f"A member can take 0 to {MOST_WORK:g} seconds over a record.")
        with self._lock:
            member = self._find(name)
            self._pace(member.name, "slow", {"work": seconds}, seconds=seconds)
            member.work_time = seconds

    def set(self, name: str, value: str) -> None:
        """One setting. Those of the consumers take a new start of all members."""
        with self._lock:
            if name in MANNERS:
                self._mind(name, value)
            else:
                self._choose(name, value)
            # Under the lock, so that what is told last is what is so.
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
            self._mind_crash,
            self._choice,
            outbox,
            self._hands.get(name),
            self._samples,
        )
        pace = self._paces.get(name, {})
        member.work_time = pace.get("work", float(self._manners["work"]))
        if pace.get("paused", self._manners["paused"] == ON):
            member.pause(True)
        return member

    def _let_go(self, member: GroupMember) -> GroupMember:
        self._paces.pop(member.name, None)
        return super()._let_go(member)

    def _pace(self, member: str, change: str, pace: Mapping[str, Any], **more: Any) -> None:
        """One member differs from its group; told is how all do that differ."""
        self._paces[member] = {**self._paces.get(member, {}), **pace}
        self._tell("pace", _copied(self._paces), now(), member=member, change=change, **more)

    def _set_alike(self, name: str) -> None:
        alike = {
            member: {one: value for one, value in pace.items() if one != name}
            for member, pace in self._paces.items()
        }
        kept = {member: pace for member, pace in alike.items() if pace}
        if kept != self._paces:
            self._paces = kept
            self._tell("pace", _copied(kept), now(), change="alike")

    def _duties(self, handle: Handle) -> Duties:
        begin, void = (
            functools.partial(duty, self.group.name) for duty in (self._store.begin, self._store.void)
        )
        return Duties(handle, begin, void, self._go_ahead, self._resume)

    def _go_ahead(self, nexts: Mapping[Place, int]) -> None:
        self._ahead |= {place: max(at, self.ahead(place)) for place, at in nexts.items()}

    def _resume(self, offsets: Mapping[Place, int]) -> None:
        read = {place: (self.ahead(place), at - 1) for place, at in offsets.items()}
        self._store.read_by_guest(self.group.name, read)

    def _mind_crash(self, hop: Hop) -> None:
        """From who dies, maybe long after it was told to: the group finds out by the session timeout."""
        if hop.type is HopType.CRASH:
            self._crashed_until = time.monotonic() + self._session
        self._observe(hop)

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
        self._set_alike(name)
        if name == "work":
            for member in self._present:
                member.work_time = float(value)
        if name == "paused":
            _await([member.pause(value == ON) for member in self._present])

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
        self._members = []
        for name in names:
            self._members.append(self._come(name))


def _await(minded: Iterable[threading.Event]) -> None:
    end = time.monotonic() + _OBEDIENCE
    for event in minded:
        event.wait(max(0.0, end - time.monotonic()))


def _copied(paces: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {member: dict(pace) for member, pace in paces.items()}
