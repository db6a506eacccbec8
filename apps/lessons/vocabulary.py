"""The words of a lesson's file: which keys its parts have, of what kind, and which values are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEAD = {
    "title": str,
    "summary": str,
    "scenario": str,
    "minutes": int,
    "concepts": list,
    "next": str,
    "sandbox": bool,
    "setup": dict,
    "sources": list,
}
NEEDED = ("title", "summary", "scenario", "minutes")
LISTS = ("concepts", "sources")
STEP = {
    "show": list,
    "do": (dict, list),
    "predict": dict,
    "until": (dict, list),
    "then": str,
    "hint": str,
    "slow": int,
    "patience": int,
    "needs": str,
    "run": str,
}
DETAILS = ("bookmarks", "brokers")
"""Parts of the picture that are neither topic nor group."""
SPEEDS = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
OPENED = ("lanes", "stage")
MOST_MEMBERS, MOST_PARTITIONS, MOST_TIMES = 6, 12, 200
LEDGER = (
    "processed",
    "again",
    "lost",
    "dead",
    "skipped",
    "by_guests",
    "void",
    "unread",
    "rejected",
    "given_up",
    "waiting",
)
FIELDS = ("topic", "partition", "group", "source", "key", "offset", "trace")
_OF_MEMBER = ("topic", "partition", "key", "offset", "trace")
_OF_BROKERS = ("group", "key", "trace", "offset")
NEVER: Mapping[str, tuple[str, ...]] = {
    "send": ("partition", "group", "offset"),
    "ack": ("group",),
    **dict.fromkeys(("join", "leave", "crash", "assign", "revoke", "lost"), _OF_MEMBER),
    **dict.fromkeys(("broker_up", "broker_down"), ("topic", "partition", *_OF_BROKERS)),
    **dict.fromkeys(("leader", "isr"), _OF_BROKERS),
}
"""What no hop of that type has (docs/protocol.md)."""
OWNED = ("assign", "revoke", "lost")
_OF_HOP = {
    "hop": str,
    "topic": str,
    "partition": int,
    "group": str,
    "source": str,
    "key": str,
    "data": dict,
    "records": int,
    "times": int,
    "different": str,
    "same": str,
    "owns": int,
}
AMOUNTS = {"at_least": int, "at_most": int, "exactly": int}
Shapes = Mapping[str, Mapping[str, Any]]
CONDITIONS: Shapes = {
    "hop": _OF_HOP,
    "lag": {"lag": str, **AMOUNTS},
    "members": {"members": str, **AMOUNTS},
    "readers": {"readers": str, **AMOUNTS},
    "ledger": {"ledger": str, "field": str, **AMOUNTS},
    "rest": {"rest": bool},
}
ANSWERS: Shapes = {
    "first": {"first": dict, "field": str},
    "last": {"last": dict, "field": str},
    "order": {"order": dict, "field": str},
    "count": {"count": dict, "different": str},
    "ledger": {"ledger": str, "field": str},
    "lag": {"lag": str},
    "members": {"members": str},
    "readers": {"readers": str},
}
DOES: Shapes = {
    "press": {"press": str, "with": dict, "times": int, "label": str},
    "open": {"open": str, "label": str},
}
_SETTING = {"setting": str, "value": str}
PANELS: Shapes = {
    "crowd": {"rate": int, "seconds": int},
    "members": {"group": str, "change": str},
    "group": {"group": str, **_SETTING},
    "bookmark": {"group": str, "to": (str, int), "place": str},
    "producer": _SETTING,
    "broker": {"broker": int, "change": str, "delay": int},
    "letters": {"change": str},
    "lab": {"promise": str, "step": str},
}
"""The fields of each panel's form."""
