"""Whether the logs of an open room are there and the same, and what its viewers are told where they are not."""

from __future__ import annotations

from collections.abc import Mapping

from apps.kafka.clusters import Cluster, ClusterError
from apps.rooms import notices
from apps.rooms.commands import new_topic


class LogWatch:
    """Looks when it is asked to. `partitions`: topic -> number, of the room."""

    def __init__(self, cluster: Cluster, partitions: Mapping[str, int]) -> None:
        self._cluster, self._partitions = cluster, partitions
        self.changed = False
        """A topic has another log by now: this life of the room is to end, and the next to begin with it."""
        self.words: str | None = None
        """While a topic is missing, or none that a room can take: that it is so, and what is done or can be."""

    def look(self) -> None:
        """Raises ClusterError."""
        logs = self._cluster.look_at_logs()
        self.changed = self.changed or (bool(logs.changed) and not logs.unfit)
        self.words = notices.missing(sorted(logs.missing)) if logs.missing else None
        if logs.unfit:
            self.words = notices.unfit(logs.unfit)
        if logs.gone:
            self._make_anew({topic: self._partitions[topic] for topic in sorted(logs.gone)})

    def _make_anew(self, gone: Mapping[str, int]) -> None:
        """In this life, so that what waits to be stored is stored in them."""
        try:
            self._cluster.remake_topics(gone)
        except ClusterError as error:
            name, servers = self._cluster.real_name, self._cluster.bootstrap_servers
            commands = [new_topic(servers, name(topic), count) for topic, count in gone.items()]
            self.words = notices.not_made(list(gone), str(error), "; ".join(commands))
