"""What a person may choose of a group's consumers and of the producers: Kafka's own settings, by Kafka's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

Settings = Mapping[str, str | int | float | bool]
"""librdkafka's own names, such as `security.protocol`, and values."""
AUTO_COMMIT_MS = 1000
"""Kafka's own default is 5,000; nobody at a picture waits so long."""
ON, OFF = "on", "off"
OWN = "own"
"""What each producer has by itself: one that sends single records, and the crowd's, which sends many."""


class ChoiceError(ValueError):
    """There is no such setting, or it can't have that value; the text is for people."""


class Commit(StrEnum):
    """When a group's bookmark moves: at least once, at most once, whenever the client's timer says so, or together
    with the records that it sends on, in one transaction (KIP-447)."""

    AFTER = "after"
    BEFORE = "before"
    AUTO = "auto"
    TRANSACTION = "transaction"


@dataclass(frozen=True)
class GroupChoice:
    """Of all members of a group alike: two assignors in one group can't be.

    `protocol` is one that the cluster offers (`Cluster.protocols`), empty for its first. `static` gives every member
    a `group.instance.id` (KIP-345). `start` is where a group without a bookmark begins. `isolation` says whether it
    reads what a transaction wrote that is open or was aborted (KIP-98).
    """

    protocol: str = ""
    static: str = OFF
    commit: str = Commit.AFTER
    start: str = "earliest"
    isolation: str = "read_committed"

    options: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "static": (OFF, ON),
        "commit": (Commit.AFTER, Commit.BEFORE, Commit.AUTO),
        "start": ("earliest", "latest"),
    }

    @property
    def settings(self) -> Settings:
        """The client settings of it, without those of the protocol."""
        auto = self.commit == Commit.AUTO
        # What is read and taken away again before anybody works on it must not be committed, or nobody would handle it.
        timer = {"auto.commit.interval.ms": AUTO_COMMIT_MS, "enable.auto.offset.store": False} if auto else {}
        return {
            "enable.auto.commit": auto,
            "auto.offset.reset": self.start,
            "isolation.level": self.isolation,
            **timer,
        }


TRANSACTIONAL: Mapping[str, tuple[str, ...]] = {
    "isolation": ("read_committed", "read_uncommitted"),
    "commit": (*GroupChoice.options["commit"], Commit.TRANSACTION),
}
"""What can be chosen of a group where the cluster has transactions; `Commit.TRANSACTION` if it sends anything on."""

HOT_KEY = "one-star"


@dataclass(frozen=True)
class ProducerChoice:
    """Of every producer of a room. `linger` is in ms and `batch` in bytes, or OWN.

    `keys` are those that the scenario gives, none, or one for all records, which so go to one partition. `partitioner`
    is the Java client's, or librdkafka's own, which has another hash.
    """

    acks: str = "all"
    idempotence: str = ON
    keys: str = OWN
    partitioner: str = "murmur2_random"
    linger: str = OWN
    batch: str = OWN

    options: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "acks": ("all", "1", "0"),
        "idempotence": (ON, OFF),
        "keys": (OWN, "none", "one"),
        "partitioner": ("murmur2_random", "consistent_random"),
        "linger": (OWN, "0", "5", "50", "500"),
        "batch": (OWN, "1000", "16000", "1000000"),
    }

    @property
    def settings(self) -> Settings:
        sizes = {"linger.ms": self.linger, "batch.size": self.batch}
        chosen = {name: int(value) for name, value in sizes.items() if value != OWN}
        guarantee: Settings = {"acks": self.acks, "enable.idempotence": self.idempotence == ON}
        return {**guarantee, "partitioner": self.partitioner, **chosen}

    def key(self, own: str | None) -> str | None:
        """The key of a record that the scenario would give `own`."""
        return {OWN: own, "none": None}.get(self.keys, HOT_KEY)

    def checked(self) -> ProducerChoice:
        """Idempotence needs `acks=all` (KIP-98). Raises ChoiceError."""
        if self.idempotence == ON and self.acks != "all":
            raise ChoiceError("An idempotent producer needs acks=all. Turn idempotence off first.")
        return self


C = TypeVar("C", GroupChoice, ProducerChoice)


def chosen(choice: C, name: str, value: str, options: Mapping[str, tuple[str, ...]] | None = None) -> C:
    """`choice` with one setting changed. `options` are further ones than its own. Raises ChoiceError."""
    known = {**choice.options, **(options or {})}
    if name not in known:
        raise ChoiceError(f"There is no setting “{name[:40]}” here.")
    if value not in known[name]:
        raise ChoiceError(f"{name} can be: {', '.join(known[name])}.")
    return replace(choice, **{name: value})


def told(choice: GroupChoice | ProducerChoice) -> dict[str, Any]:
    """As plain values, for a hop and for a form."""
    return asdict(choice)
