"""Members of a room's groups that are not the room's: somebody joined with a client of their own."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from apps.kafka.clusters import Cluster
from apps.kafka.hops import Hop, HopType, Observe, now
from apps.kafka.peers import MOST, Peer

EVERY = 3.0
"""Seconds between two questions."""
_LONGEST = 24


class Guests:
    """Of one run, as the brokers tell from time to time; told as hops when something has changed.

    Our own are known by their client ids, `<group>-<number>`, also those of an earlier life of the room whose sessions
    have not ended yet. `look` belongs to one thread, `moved` may be called from any.
    """

    def __init__(self, cluster: Cluster, groups: Sequence[str], observe: Observe) -> None:
        self._cluster, self._observe = cluster, observe
        self._groups = list(groups)
        self._there: dict[str, dict[str, Hop]] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._stale = set[str]()
        self._lock = threading.Lock()
        self._again_at = 0.0

    def look(self) -> None:
        """Asks, unless that was lately."""
        if time.monotonic() < self._again_at:
            return
        asked = now()
        found = self._cluster.peers(self._groups)
        self._again_at = time.monotonic() + EVERY
        for group, peers in found.items():
            self._see(group, [peer for peer in peers if not is_ours(group, peer.client)][:MOST], asked)

    def moved(self, group: str) -> None:
        """A member of ours was given partitions or gave some back: what is told of guests next is told anew."""
        with self._lock:
            self._stale.add(group)

    @property
    def state(self) -> Mapping[str, list[dict[str, Any]]]:
        """By group, as they were last seen."""
        return {
            group: [
                {
                    "name": hop.source,
                    "client": hop.data["client"],
                    "partitions": [*map(list, hop.partitions or ())],
                }
                for hop in there.values()
            ]
            for group, there in self._there.copy().items()
            if there
        }

    def _see(self, group: str, peers: Sequence[Peer], asked: int) -> None:
        with self._lock:
            anew = group in self._stale
            self._stale.discard(group)
        before = self._there.get(group, {})
        after = {peer.id: self._hop(group, peer, before.get(peer.id), asked) for peer in peers}
        self._there[group] = after
        for id_ in before.keys() - after.keys():
            gone = before[id_]
            data = {**gone.data, "left": True}
            self._observe(Hop(HopType.GUEST, gone.source, asked, group=group, data=data, partitions=()))
        for id_, hop in after.items():
            if anew or id_ not in before or before[id_].partitions != hop.partitions:
                self._observe(hop)

    def _hop(self, group: str, peer: Peer, known: Hop | None, asked: int) -> Hop:
        client = readable(peer.client)
        name = known.source if known else self._name(group, client)
        return Hop(
            HopType.GUEST,
            name,
            asked,
            group=group,
            data={"client": client},
            partitions=tuple(sorted(peer.places)),
        )

    def _name(self, group: str, client: str) -> str:
        """Two clients of one id are told apart."""
        number = self._numbers[group, client] = self._numbers.get((group, client), 0) + 1
        return f"guest {client}" if number == 1 else f"guest {client} {number}"


def is_ours(group: str, client: str) -> bool:
    return re.fullmatch(rf"{re.escape(group)}-\d+", client) is not None


def readable(client: str) -> str:
    """What a stranger calls itself, short and without what can't be seen."""
    text = "".join(letter for letter in client if letter.isprintable()).strip()
    return text[:_LONGEST] or "client"
