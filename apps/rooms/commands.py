"""Commands for a terminal that show what a room's brokers keep, each as a POSIX shell takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
        *([["--command-config", _LOGIN_FILE]] if told_security() else []),
        ["--topic", topic],
        ["--partition", str(partition), "--offset", str(offset), "--max-messages", "1"],
        *(["--formatter-property", f"print.{name}=true"] for name in _PRINTED),
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
