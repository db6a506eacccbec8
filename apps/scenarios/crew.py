"""The members of one group, of whatever kind: added, taken away, crashed, restarted."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from apps.kafka.choices import Settings
from apps.kafka.hand import Hand, Step
from apps.kafka.hops import BEGAN, Hop, HopType, Observe, now
from apps.kafka.life import Crash
from apps.kafka.seeking import Seek
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.refusals import Refused

LEAVING = 8.0
"""Seconds that members may take to leave, all together."""


class Member(Protocol):
    """What any member can be told, from any thread."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> Mapping[str, Any]: ...

    @property
    def alive(self) -> bool: ...

    @property
    def working(self) -> bool: ...

    def stop(self) -> None: ...

    def crash(self, at: Crash) -> None: ...

    def join(self, timeout: float) -> bool: ...

    def abandon(self) -> None: ...


M = TypeVar("M", bound=Member)


class Crew(ABC, Generic[M]):
    """Belongs to a run; its methods may be called from any thread and raise Refused."""

    def __init__(self, group: ConsumerGroup, observe: Observe, limit: int) -> None:
        self.group, self._observe, self._limit = group, observe, limit
        self._members: list[M] = []
        self._dying: list[M] = []
        self._hands: dict[str, Hand] = {}
        self._number = 0
        self._lock, self._closed = threading.Lock(), False

    @property
    @abstractmethod
    def state(self) -> dict[str, Any]:
        """For a form: how many members there are, and what is chosen."""

    @abstractmethod
    def set(self, name: str, value: str) -> None:
        """One setting."""

    @abstractmethod
    def pause(self, paused: bool, name: str = "") -> None:
        """One member stays and reads nothing, or reads on."""

    @abstractmethod
    def slow(self, seconds: float, name: str = "") -> None:
        """One member takes so long over a record."""

    @abstractmethod
    def seek(self, seek: Seek) -> None:
        """Read from elsewhere, from now on."""

    @abstractmethod
    def _make(self, name: str) -> M:
        """A member, as the group is set by now."""

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The client settings in force that differ from the client's own defaults, also while nobody is there."""

    def __len__(self) -> int:
        return len(self._there)

    @property
    def names(self) -> list[str]:
        """Of its members, the newest last."""
        return [member.name for member in self._there]

    @property
    def _there(self) -> list[M]:
        """Without those that a fault has ended."""
        return [member for member in self._members if member.alive]

    @property
    def working(self) -> bool:
        """Whether somebody has records in hand that are read and not handled."""
        return any(member.working for member in self._present)

    def begin(self) -> None:
        """Those come that the scenario gives the group."""
        self._tell_set(BEGAN, self.state["choices"])
        with self._lock:
            for _ in range(0 if self.group.guest else self.group.members):
                self._enlist(None)

    def add(self, hand: Hand | None = None) -> str:
        """Returns its name. With a hand it waits for that at each step."""
        with self._lock:
            at = now()
            name = self._enlist(hand)
            self._tell_member("add", name, at)
            return name

    def dismiss(self, name: str) -> None:
        """This member leaves in good order, if it has not gone already."""
        with self._lock:
            self._hands.pop(name, None)
            for member in [one for one in self._members if one.name == name]:
                self._members.remove(member)
                self._tell_member("remove", name, now())
                self._let_go(member).stop()

    def step(self, name: str, step: Step) -> None:
        """The next step of a member that somebody has in hand."""
        hand, at = self._hands.get(name), now()
        if not hand or not hand.allow(step):
            raise Refused("not-now", "The member does not wait for that just now.")
        self._tell("step", step.value, at, member=name)

    # Each is about the member of that name, or about the newest.

    def remove(self, name: str = "") -> None:
        """It leaves in good order."""
        with self._lock:
            member = self._take(name)
            self._tell_member("remove", member.name, now())
            self._let_go(member).stop()

    def remove_all(self) -> None:
        """All leave in good order, one after another; the group's bookmarks stay where they are."""
        if not self.names:
            raise Refused("no-member", "This group has no member left.")
        for name in self.names:
            self.dismiss(name)

    def crash(self, at: Crash, name: str = "") -> None:
        """It dies without a word."""
        with self._lock:
            member = self._take(name)
            self._tell_member("crash" if at is Crash.NOW else "crash-between", member.name, now())
            self._let_go(member).crash(at)

    def restart(self, name: str = "") -> None:
        """It leaves and comes back under its name, as when a program is deployed anew."""
        with self._lock:
            place = self._members.index(self._find(name))
            member = self._members.pop(place)
            self._see_off([member])
            self._tell_member("restart", member.name, now())
            member.stop()
            if not member.join(LEAVING):
                raise Refused("no-answer", "The member takes long to leave. Try again in a moment.")
            self._members.insert(place, self._come(member.name))

    def stop(self) -> None:
        """All leave, also who was to crash and has not; does not wait."""
        for member in (*self._members, *self._dying):
            member.stop()

    def close(self) -> None:
        """All leave, and nobody comes any more."""
        self._closed = True
        self.stop()
        with self._lock:
            self.stop()  # who was just being made, too

    def join(self, until: float) -> bool:
        """Wait until all have left, at most until then (monotonic seconds); False if some have not."""
        leaving = (*self._members, *self._dying)
        return sum(not member.join(max(0.0, until - time.monotonic())) for member in leaving) == 0

    def abandon(self) -> None:
        """Who has not left by now finishes nothing more."""
        for member in (*self._members, *self._dying):
            member.abandon()

    def _tell_set(self, name: str, value: Any) -> None:
        """How its members are set by now."""
        self._tell(name, value, now(), settings={self.group.name: self.settings})

    def _tell_member(self, change: str, member: str, at: int) -> None:
        """What is done to a member, told with the time before it is done."""
        self._tell("members", change, at, member=member)

    def _tell(self, name: str, value: Any, at: int, **more: Any) -> None:
        data = {"name": name, "value": value, **more}
        self._observe(Hop(HopType.SETTING, self.group.name, at, group=self.group.name, data=data))

    # Under the lock

    def _enlist(self, hand: Hand | None) -> str:
        if len(self) >= self._limit:
            raise Refused("too-many-members", f"A group here has at most {self._limit} members.")
        self._number += 1
        name = f"{self.group.name}-{self._number}"
        if hand:
            self._hands[name] = hand
        self._members.append(self._come(name))
        return name

    def _come(self, name: str) -> M:
        if self._closed:
            raise Refused("room-closed", "The room has just closed. Open it again.")
        return self._make(name)

    @property
    def _present(self) -> list[M]:
        """Also who is to crash with its next batch, and has not: until then it is one of them."""
        return [member for member in (*self._members, *self._dying) if member.alive]

    def _find(self, name: str) -> M:
        there = self._there
        if not there:
            raise Refused("no-member", "This group has no member left.")
        if not name:
            return there[-1]
        found = next((member for member in there if member.name == name), None)
        if not found:
            names = ", ".join(member.name for member in there)
            raise Refused("unknown-member", f"This group has no such member. There are: {names}.")
        return found

    def _take(self, name: str) -> M:
        member = self._find(name)
        self._members.remove(member)
        return member

    def _let_go(self, member: M) -> M:
        self._see_off([member])
        return member

    def _see_off(self, leaving: list[M]) -> None:
        """They are no members any more, and the run is not over before they have gone."""
        self._dying = [one for one in self._dying if one.alive] + leaving

    def _all_leave(self) -> list[str]:
        """Returns their names."""
        names = self.names
        self.stop()
        gone = self.join(time.monotonic() + LEAVING)
        self._see_off(self._members)
        self._members = []
        if not gone:
            raise Refused(
                "no-answer",
                "The members take long to leave, so nothing was changed. Add members when they are gone.",
            )
        return names
