"""What a room's cluster is, and what it can't do, in words for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def about(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The `cluster` of a room's page, from what its runner described: kind, title, facts and lacks."""
    traits = facts["traits"]
    return {
        "kind": facts["cluster"],
        "title": _title(facts),
        "facts": [(_LABELS[name](), _VALUES[name](value)) for name, value in traits["facts"].items()],
        "lacks": [{"slug": slug, **LACKS[slug]()} for slug in traits["lacks"]],
    }


def _title(facts: Mapping[str, Any]) -> str:
    if facts["cluster"] == "external":
        return _("Kafka at %(servers)s") % {"servers": facts["bootstrap_servers"]}
    return _("The embedded cluster")


def _replicas(count: int) -> str:
    return ngettext("%(count)s replica of each partition", "%(count)s replicas of each partition", count) % {
        "count": count
    }


def _minutes(count: int) -> str:
    kept = ngettext(
        "at least about %(count)s minute, or until there are 64 MiB: whole segments at a time",
        "at least about %(count)s minutes, or until there are 64 MiB: whole segments at a time",
        count,
    )
    return kept % {"count": count}


def _protocol(name: str) -> str:
    return PROTOCOLS[name]()


PROTOCOLS: Mapping[str, Callable[[], str]] = {
    "consumer": lambda: _("consumer (KIP-848)"),
    "cooperative-sticky": lambda: _("classic, cooperative-sticky"),
    "range": lambda: _("classic, range (stops the group)"),
}
_LABELS: Mapping[str, Callable[[], str]] = {
    "brokers": lambda: _("Brokers"),
    "replication": lambda: _("Replication"),
    "one_log": lambda: _("Replication"),
    "group_protocol": lambda: _("Group protocol"),
    "retention": lambda: _("Records are kept for"),
}
_VALUES: Mapping[str, Callable[[Any], str]] = {
    "brokers": str,
    "replication": _replicas,
    "one_log": lambda _facts: _("one log in memory, which all brokers share"),
    "group_protocol": _protocol,
    "retention": _minutes,
}
LACKS: Mapping[str, Callable[[], dict[str, str]]] = {
    "durable-log": lambda: {
        "title": _("Keep its log"),
        "why": _(
            "The log is in the memory of the process that runs this room, 5 MiB a partition, and goes with it."
        ),
    },
    "elections": lambda: {
        "title": _("Elect leaders"),
        "why": _("It has no controller: Kafkaviz deals the leaders out, and in-sync replicas never change."),
    },
    "guarantees": lambda: {
        "title": _("Guarantee more than one replica could"),
        "why": _(
            "All brokers share one log, so acks=all, idempotence and transactions prove nothing here. On a real Kafka "
            "they do."
        ),
    },
    "stop-brokers": lambda: {
        "title": _("Stop a broker from this page"),
        "why": _(
            "Kafka's protocol has no such request: whoever runs these brokers can stop one, and you will see it."
        ),
    },
    "consumer-protocol": lambda: {
        "title": _("The consumer rebalance protocol"),
        "why": _(
            "These brokers do not offer it (KIP-848, Kafka 4.0), so groups share partitions out by the classic one. "
            "With cooperative-sticky that does not stop a group either."
        ),
    },
    "share-groups": lambda: {
        "title": _("Share groups"),
        "why": _(
            "Queues for Kafka (KIP-932) need Kafka 4.2 or newer, with share groups turned on (share.version=1)."
        ),
    },
    "copies": lambda: {
        "title": _("Survive the loss of a broker"),
        "why": _(
            "There is one replica of each partition: while its broker is down nobody can read or write that partition."
        ),
    },
}
