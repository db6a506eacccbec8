"""The members of one share group, and what can be set of them: how long they work, and what they answer."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from apps.kafka.choices import Settings
from apps.kafka.clusters import Cluster, ClusterError
from apps.kafka.hand import Hand
from apps.kafka.hops import Observe
from apps.kafka.seeking import Seek
from apps.kafka.sharetelling import Answer
from apps.kafka.sharing import ShareMember, settings_of
from apps.scenarios.base import ConsumerGroup
from apps.scenarios.crew import Crew
from apps.scenarios.handling import Handler
from apps.scenarios.refusals import Refused
from apps.scenarios.team import MANNERS

SHARE_MANNERS: Mapping[str, tuple[str, ...]] = {
    "work": MANNERS["work"],
    "answer": tuple(Answer),
    "repeats": MANNERS["repeats"],
    "poison": MANNERS["poison"],
}


class ShareTeam(Crew[ShareMember]):
    """Costs nothing before it has its first member."""

    def __init__(
        self, group: ConsumerGroup, cluster: Cluster, handler: Handler, observe: Observe, limit: int
    ) -> None:
        super().__init__(group, observe, limit)
        self._cluster, self._handler = cluster, handler
        self._manners = {name: options[0] for name, options in SHARE_MANNERS.items()}
        self._deliveries: int | None = None

    @property
    def state(self) -> dict[str, Any]:
        options = {name: list(values) for name, values in SHARE_MANNERS.items()}
        return {"members": len(self), "names": self.names, "choices": dict(self._manners), "options": options}

    @property
    def settings(self) -> Settings:
        return settings_of(self._cluster, float(self._manners["work"]))

    def add(self, hand: Hand | None = None) -> str:
        if hand:
            raise Refused("not-here", "Members of a share group take their steps by themselves.")
        return super().add()

    def seek(self, seek: Seek) -> None:
        """Never: there is nothing to move."""
        raise Refused(
            "not-here", "A share group has no bookmark to move: each record is answered for by itself."
        )

    def pause(self, paused: bool, name: str = "") -> None:
        """Never: who does not ask gets nothing, which is what removing it does."""
        raise Refused(
            "not-here", "A member of a share group can't be paused: remove it, and others take its records."
        )

    def slow(self, seconds: float, name: str = "") -> None:
        """Never one alone: how many records it takes at a time is a setting of its client, and so of the group."""
        raise Refused("not-here", "All members of a share group take the same time: set it for the group.")

    def set(self, name: str, value: str) -> None:
        with self._lock:
            self._mind(name, value)
            self._tell_set(name, value)

    # Under the lock

    def _mind(self, name: str, value: str) -> None:
        if name not in SHARE_MANNERS:
            raise Refused("bad-setting", f"Of a share group can be set: {', '.join(SHARE_MANNERS)}.")
        if value not in SHARE_MANNERS[name]:
            raise Refused("bad-setting", f"{name} can be: {', '.join(SHARE_MANNERS[name])}.")
        # How many records a member takes at a time is a setting of its client.
        anew = self._all_leave() if name == "work" and value != self._manners[name] else []
        self._manners[name] = value
        self._handler.manner.twice = self._manners["repeats"] == "handled"
        self._handler.manner.fails = self._manners["poison"] == "throws"
        for member in self._members:
            member.answer = Answer(self._manners["answer"])
        for again in anew:
            self._members.append(self._come(again))

    def _make(self, name: str) -> ShareMember:
        return ShareMember(
            self._cluster,
            self.group.name,
            name,
            self.group.topics,
            functools.partial(self._handler.handle, name),
            self._handler.put_aside,
            self._observe,
            self._limit_of_deliveries(),
            float(self._manners["work"]),
            Answer(self._manners["answer"]),
        )

    def _limit_of_deliveries(self) -> int:
        if self._deliveries is None:
            try:
                self._deliveries = self._cluster.open_share_group(self.group.name)
            except ClusterError as error:
                raise Refused("no-answer", str(error)) from error
        return self._deliveries
