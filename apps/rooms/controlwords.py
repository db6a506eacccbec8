"""What can be set of a group, of the producers and of the brokers, in words: its name, its values, what to expect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.kafka.choices import AUTO_COMMIT_MS
from apps.rooms.clusterwords import PROTOCOLS

Words = Callable[[], str]


@dataclass(frozen=True)
class _Setting:
    """`expect` is one sentence: what will be seen."""

    title: Words
    expect: Words
    values: Mapping[str, Words]


def settings(names: Sequence[str], state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For a form: of each setting that there is its title, what to expect, and its options with the chosen one."""
    return [
        _described(name, state["choices"][name], state["options"][name])
        for name in names
        if name in state["options"]
    ]


def _described(name: str, chosen: str, options: Sequence[str]) -> dict[str, Any]:
    setting = _SETTINGS[name]
    return {
        "name": name,
        "title": setting.title(),
        "expect": setting.expect(),
        "options": [
            {
                "value": value,
                "title": setting.values.get(value, lambda value=value: value)(),
                "chosen": value == chosen,
            }
            for value in options
        ],
    }


def values_of(setting: str) -> tuple[str, ...]:
    """What it can be set to, on one cluster or another; empty where there is no such setting."""
    return tuple(_SETTINGS[setting].values) if setting in _SETTINGS else ()


GROUP_SETTINGS = ("work", "paused", "poison", "repeats", "commit", "isolation", "start", "protocol", "static")
SHARE_SETTINGS = ("work", "answer", "poison", "repeats")
PRODUCER_SETTINGS = ("acks", "idempotence", "keys", "partitioner", "linger", "batch")

_OFF_ON: Mapping[str, Words] = {"off": lambda: _("off"), "on": lambda: _("on")}


def _ms(value: str) -> Words:
    return lambda: _("%(ms)s ms") % {"ms": value}


_SETTINGS: Mapping[str, _Setting] = {
    "work": _Setting(
        lambda: _("Time for a record"),
        lambda: _("A slow member falls behind: more and more waits until it catches up, or gets help."),
        {
            "0": lambda: _("no longer than it takes"),
            "0.1": lambda: _("0.1 s more"),
            "0.5": lambda: _("0.5 s more"),
            "2": lambda: _("2 s more"),
        },
    ),
    "paused": _Setting(
        lambda: _("Paused"),
        lambda: _("Paused members stay in the group and read nothing: nobody takes over, and the lag grows."),
        _OFF_ON,
    ),
    "poison": _Setting(
        lambda: _("At a poison record"),
        lambda: _("A handler that throws tries three times, then the record goes to the dead letters."),
        {"throws": lambda: _("the handler throws"), "mended": lambda: _("the handler is mended")},
    ),
    "answer": _Setting(
        lambda: _("The answer to a record"),
        lambda: _(
            "Released, it is delivered again to whoever asks, until it was delivered as often as Kafka allows, 5 times "
            "unless set otherwise. Rejected, it is put aside for good."
        ),
        {
            "accept": lambda: _("accept: it is done"),
            "release": lambda: _("release: give it back"),
            "reject": lambda: _("reject: nobody can use it"),
        },
    ),
    "repeats": _Setting(
        lambda: _("What is delivered again"),
        lambda: _("Handled again, a record counts twice. Ignored, by its offset, each counts once."),
        {"ignored": lambda: _("is ignored"), "handled": lambda: _("is handled again")},
    ),
    "commit": _Setting(
        lambda: _("The bookmark moves"),
        lambda: _(
            "After: a crash between the two repeats records. Before: it loses them. "
            "By the client itself, its default: either."
        ),
        {
            "after": lambda: _("after handling (at least once)"),
            "before": lambda: _("before handling (at most once)"),
            "auto": lambda: _("each %(ms)s ms, by the client itself") % {"ms": AUTO_COMMIT_MS},
            "transaction": lambda: _("with what is sent on, in one transaction (exactly once, within Kafka)"),
        },
    ),
    "isolation": _Setting(
        lambda: _("Of transactions it reads"),
        lambda: _(
            "What a crash left half done is aborted. Who reads all, reads that too, and so it counts twice."
        ),
        {
            "read_committed": lambda: _("what is committed (read_committed)"),
            "read_uncommitted": lambda: _("all (read_uncommitted)"),
        },
    ),
    "start": _Setting(
        lambda: _("Without a bookmark it starts"),
        lambda: _("At the end it never sees what is there already."),
        {"earliest": lambda: _("at the beginning"), "latest": lambda: _("at the end")},
    ),
    "protocol": _Setting(
        lambda: _("Partitions are shared out by"),
        lambda: _("Range takes all partitions from everybody first; the others only those that move."),
        PROTOCOLS,
    ),
    "static": _Setting(
        lambda: _("Static members"),
        lambda: _(
            "A static member that restarts in time gets its partitions back, and the others notice nothing."
        ),
        _OFF_ON,
    ),
    "acks": _Setting(
        lambda: _("acks"),
        lambda: _(
            "How many replicas must have a record before Kafka says “stored”; with 0 it never says so."
        ),
        {"all": lambda: _("all in sync"), "1": lambda: _("1, the leader"), "0": lambda: _("0, none")},
    ),
    "idempotence": _Setting(
        lambda: _("Idempotence"),
        lambda: _("On: a record that is sent again, as its answer got lost, is stored once."),
        _OFF_ON,
    ),
    "keys": _Setting(
        lambda: _("Keys"),
        lambda: _("One key for all: one partition gets everything, and one member does all the work."),
        {"own": lambda: _("of the story"), "none": lambda: _("none"), "one": lambda: _("one for all")},
    ),
    "partitioner": _Setting(
        lambda: _("Partitioner"),
        lambda: _(
            "Another client’s hash puts the same key elsewhere: all who write a topic must agree on one."
        ),
        {
            "murmur2_random": lambda: _("murmur2, as Java’s client"),
            "consistent_random": lambda: _("CRC32, as librdkafka by itself"),
        },
    ),
    "linger": _Setting(
        lambda: _("linger.ms"),
        lambda: _("Wait so long for more records, and send them together: later, and in larger batches."),
        {"own": lambda: _("each producer’s own"), **{ms: _ms(ms) for ms in ("0", "5", "50", "500")}},
    ),
    "batch": _Setting(
        lambda: _("batch.size"),
        lambda: _("A small batch is full sooner: more requests for the same records."),
        {
            "own": lambda: _("each producer’s own"),
            "1000": lambda: _("1 kB"),
            "16000": lambda: _("16 kB"),
            "1000000": lambda: _("1 MB"),
        },
    ),
}
