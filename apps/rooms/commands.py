"""Commands for a terminal that show what a room's brokers keep, each as a POSIX shell takes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from django.conf import settings

_LOGIN_FILE = "client.properties"
_EACH = "%t partition %p offset %o key %k: %s\\n"
_ONE = "partition %p offset %o time %T\nkey %k\nvalue %s\nheaders %h\n"
_PRINTED = ("key", "partition", "offset", "timestamp", "headers")


def whole_topics(facts: Mapping[str, Any]) -> list[str]:
    """kcat, for each topic of an open room."""
    where = facts["bootstrap_servers"].split(",")[0]
    return [
        _line(["kcat", "-b", where, *_kcat_security(), "-C", "-t", topic, "-o", "beginning", "-f", _EACH])
        for topic in facts["topics"].values()
    ]


def joining(
    facts: Mapping[str, Any], group: str, topics: Iterable[str], protocol: str, example: Mapping[str, str]
) -> dict[str, Any]:
    """How somebody joins a group of a room, and writes to a topic of it, with a client of their own.

    `protocol` is how the group shares partitions out now: who joins must do it alike. `example` is of a record:
    `topic`, `key` and `value` as text. The Java client's partitioner puts a key where the room's own producers put it;
    librdkafka's default would not.
    """
    servers, name = facts["bootstrap_servers"], facts["groups"][group]
    names, embedded = [facts["topics"][topic] for topic in topics], facts["cluster"] == "embedded"
    security, alike = told_security(), _ALIKE[protocol]
    settings = {"bootstrap.servers": servers, "group.id": name, **security, **alike.librdkafka}
    return {
        "group": group,
        # Whoever speaks the classic protocol is, on the built-in cluster, in another group of the same name.
        "kcat": None
        if embedded and protocol == "consumer"
        else _kcat_group(servers, name, names, alike.kcat),
        "python": _PYTHON.format(settings=_as_python(settings), topics=_as_python(names)),
        "console": None if embedded else _console_group(servers, name, names, alike.java),
        "produce": " | ".join(
            [
                _line(["printf", "%s\\n", f"{example['key']}|{example['value']}"]),
                _lines(
                    ["kcat", "-b", servers, "-P", "-t", facts["topics"][example["topic"]], "-K", "|"],
                    *([_kcat_security()] if security else []),
                    ["-X", "partitioner=murmur2_random"],
                ),
            ]
        ),
        "login": bool(security),
    }


@dataclass(frozen=True)
class _Alike:
    """Settings with which a client shares partitions out as a group does. kcat may be of a time before KIP-848."""

    librdkafka: Mapping[str, str]
    java: Mapping[str, str]
    kcat: Mapping[str, str]


_STRATEGY = "partition.assignment.strategy"
_STICKY = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
_RANGE = "org.apache.kafka.clients.consumer.RangeAssignor"
_MODERN = {"group.protocol": "consumer"}
_ALIKE = {
    "consumer": _Alike(_MODERN, _MODERN, {}),
    "cooperative-sticky": _Alike(
        {_STRATEGY: "cooperative-sticky"}, {_STRATEGY: _STICKY}, {_STRATEGY: "cooperative-sticky"}
    ),
    "range": _Alike({_STRATEGY: "range"}, {_STRATEGY: _RANGE}, {_STRATEGY: "range"}),
}


def _kcat_group(servers: str, group: str, topics: list[str], more: Mapping[str, str]) -> str:
    return _lines(
        ["kcat", "-b", servers],
        *([_kcat_security()] if told_security() else []),
        *(["-X", f"{name}={value}"] for name, value in more.items()),
        ["-f", _EACH],
        ["-G", group, *topics],
    )


_PYTHON = """\
from confluent_kafka import Consumer

consumer = Consumer({settings})
consumer.subscribe({topics})
try:
    while True:
        record = consumer.poll(1.0)
        if record and not record.error():
            print(record.topic(), record.partition(), record.offset(), record.key(), record.value())
finally:
    consumer.close()
"""


def _as_python(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=4 if isinstance(value, dict) else None)


def _console_group(servers: str, group: str, topics: list[str], protocol: Mapping[str, str]) -> str:
    """It takes one topic, or a pattern of them."""
    pattern = "|".join(map(re.escape, topics))
    return _lines(
        ["kafka-console-consumer.sh"],
        ["--bootstrap-server", servers],
        *([["--consumer.config", _LOGIN_FILE]] if told_security() else []),
        ["--include", pattern, "--group", group],
        *(["--consumer-property", f"{name}={value}"] for name, value in protocol.items()),
    )


def one_record(facts: Mapping[str, Any], topic: str, partition: int, offset: int) -> dict[str, Any]:
    """By kcat, and by Kafka's own console consumer where that can read the cluster (docs/clusters.md)."""
    servers, name = facts["bootstrap_servers"], facts["topics"][topic]
    return {
        "kcat": _kcat(servers, name, partition, offset),
        "console": None if facts["cluster"] == "embedded" else _console(servers, name, partition, offset),
        "login": bool(told_security()),
    }


def new_topic(servers: str, name: str, partitions: int) -> str:
    """By Kafka's own script."""
    login = ["--command-config", _LOGIN_FILE] if told_security() else []
    asked = ["--create", "--topic", name, "--partitions", str(partitions)]
    return _line(["kafka-topics.sh", "--bootstrap-server", servers, *login, *asked])


def _kcat(servers: str, topic: str, partition: int, offset: int) -> str:
    return _lines(
        ["kcat", "-C", "-b", servers],
        *([_kcat_security()] if told_security() else []),
        ["-t", topic, "-p", str(partition), "-o", str(offset), "-c", "1", "-e"],
        ["-f", _ONE],
    )


def _console(servers: str, topic: str, partition: int, offset: int) -> str:
    return _lines(
        ["kafka-console-consumer.sh"],
        ["--bootstrap-server", servers],
        *([["--consumer.config", _LOGIN_FILE]] if told_security() else []),
        ["--topic", topic],
        ["--partition", str(partition), "--offset", str(offset), "--max-messages", "1"],
        # By the name that all of Kafka's tools know; --formatter-property needs those of 4.2.
        *(["--property", f"print.{name}=true"] for name in _PRINTED),
    )


def _kcat_security() -> list[str]:
    return [word for name, value in told_security().items() for word in ("-X", f"{name}={value}")]


def told_security() -> dict[str, str]:
    """How to speak to a Kafka that wants TLS or a login; the login itself is not for everybody's eyes."""
    kept = ("security.protocol", "sasl.mechanism")
    return (
        {name: value for name, value in settings.KAFKA.security.items() if name in kept}
        if settings.KAFKA
        else {}
    )


def _line(words: Iterable[str]) -> str:
    return " ".join(quote(word) for word in words)


def _lines(*lines: Iterable[str]) -> str:
    """One command, told on several lines."""
    return " \\\n  ".join(map(_line, lines))
