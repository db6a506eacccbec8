"""An account of a room on real Kafka: what was acked, stored, committed, processed and projected.

Each figure is from who knows it best. Acked is what viewers were told; stored, committed and logged are asked of the
brokers by kafka-python, which shares no code with ours; processed is the database's; projected is the API's.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from tests.client import Client, Room, contiguous, detail
from tests.integration import kafka_python
from tests.servers import Server

Offsets = dict[int, int]
"""Partition -> the offset after the last."""
GROUPS = ("heart-counter", "trending", "notifications")
TALLIES = ("heart-counter", "notifications")
"""Groups whose projections are plain counts of all hearts of a stream."""


@dataclass(frozen=True)
class Account:
    """`acked` is the runs that viewers were told, by partition; `logged` the records by key, read from the log."""

    acked: dict[int, list[range]]
    stored: Offsets
    logged: Counter[str]
    committed: dict[str, Offsets]
    processed: dict[str, Offsets]
    projected: dict[str, dict[str, int]]

    @property
    def told(self) -> int:
        return sum(len(run) for runs in self.acked.values() for run in runs)

    @property
    def ghosts(self) -> int:
        """Records that are stored though nobody was told so: their ack was on its way when something died."""
        return sum(self.stored.values()) - self.told

    def check(self) -> None:
        """Nothing acked is lost, nothing is told twice, and everything that was made of the records is exact."""
        for partition, runs in self.acked.items():
            offsets = [offset for run in runs for offset in run]
            assert len(offsets) == len(set(offsets)), f"told twice in partition {partition}\n{self}"
            assert max(offsets) < self.stored[partition], f"acked and lost in partition {partition}\n{self}"
        assert self.told <= sum(self.stored.values()), self
        assert self.logged.total() == sum(self.stored.values()), self
        full = {partition: end for partition, end in self.stored.items() if end}
        for group in GROUPS:
            assert self.committed[group] == full, f"{group} committed otherwise\n{self}"
            assert self.processed[group] == full, f"{group} processed otherwise\n{self}"
        for group in TALLIES:
            assert self.projected[group] == dict(self.logged), f"{group} counted otherwise\n{self}"

    def __str__(self) -> str:
        parts = [
            f"acked {self.told}, stored {sum(self.stored.values())}, ghosts {self.ghosts}",
            *(
                f"{group}: committed {self.committed[group]}, processed {self.processed[group]}, "
                f"projected {self.projected.get(group)}"
                for group in GROUPS
            ),
            f"stored {self.stored}, logged {dict(self.logged)}",
        ]
        return "\n".join(parts)

    def line(self) -> str:
        """Of processed and committed the least of the three groups."""
        figures = {
            "acked": self.told,
            "stored": sum(self.stored.values()),
            "ghosts": self.ghosts,
            "processed": min(sum(done.values()) for done in self.processed.values()),
            "committed": min(sum(done.values()) for done in self.committed.values()),
            "projected": min(sum(self.projected[group].values()) for group in TALLIES),
        }
        return ", ".join(f"{name} {figure:,}" for name, figure in figures.items())


def account(server: Server, room: Room, *viewers: Client) -> Account:
    """Of a room of hearts in which nothing is under way. The viewers, one after another, saw every frame."""
    for viewer in viewers:
        assert contiguous(viewer), outline(viewer)
    servers, topic = room["bootstrap_servers"], room["topics"]["hearts"]
    keys = (record.key.decode() for record in kafka_python.read_all(servers, topic))
    state = detail(server, room)
    return Account(
        acked(*viewers),
        kafka_python.ends(servers, topic),
        Counter(keys),
        {group: committed(room, group) for group in GROUPS},
        {group: processed(server, room, group) for group in GROUPS},
        {
            group: {key: value["hearts"] for key, value in state["projections"][group].items()}
            for group in TALLIES
        },
    )


def outline(viewer: Client) -> str:
    """Where each frame began and ended."""
    frames = viewer.of("backlog", "hops")
    return ", ".join(
        f"{frame['type']} {[hop['seq'] for hop in frame['hops']][:1]}-{frame['seq']}" for frame in frames
    )


def acked(*viewers: Client) -> dict[int, list[range]]:
    runs: dict[int, list[range]] = {}
    for viewer in viewers:
        for hop in viewer.hops("ack"):
            if hop["count"]:
                run = range(hop.get("first", hop["offset"]), hop["offset"] + 1)
                assert len(run) == hop["count"], hop
                runs.setdefault(hop["partition"], []).append(run)
    return runs


def committed(room: Room, group: str) -> Offsets:
    found = kafka_python.committed(room["bootstrap_servers"], room["groups"][group], room["topics"]["hearts"])
    return {partition: offset for partition, offset in found.items() if offset}


def processed(server: Server, room: Room, group: str) -> Offsets:
    """How far a group has stored the results, by the database."""
    question = """SELECT partition, next_offset FROM rooms_progress JOIN rooms_room ON rooms_room.id = room_id
                  WHERE code = ? AND "group" = ? AND rooms_progress.log = rooms_room.log"""
    connection = sqlite3.connect(server.data_dir / "db.sqlite3", timeout=30)
    try:
        return dict(connection.execute(question, (room["code"], group)).fetchall())
    finally:
        connection.close()
