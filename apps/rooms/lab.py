"""The guarantees lab: one group, one crash, and an outcome for each guarantee; in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.kafka.choices import Commit
from apps.scenarios.base import Scenario
from apps.scenarios.guarantees import Guarantee, in_force

_TITLES: Mapping[Guarantee, Callable[[], str]] = {
    Guarantee.AT_MOST_ONCE: lambda: _("At most once"),
    Guarantee.AT_LEAST_ONCE: lambda: _("At least once"),
    Guarantee.EFFECTIVELY_ONCE: lambda: _("Effectively once"),
    Guarantee.TRANSACTIONS: lambda: _("Transactions"),
}
_OUTCOMES: Mapping[Guarantee, Callable[[], str]] = {
    Guarantee.AT_MOST_ONCE: lambda: _(
        "The bookmark moves first: the record that it died with is lost, and never comes twice."
    ),
    Guarantee.AT_LEAST_ONCE: lambda: _(
        "The bookmark moves last: the record comes again and counts twice, and none is lost."
    ),
    Guarantee.EFFECTIVELY_ONCE: lambda: _(
        "The same, but the group keeps an account by offset: the record comes again and counts once."
    ),
    Guarantee.TRANSACTIONS: lambda: _(
        "The bookmark and what is sent on hold together: what it had sent is aborted, and nobody reads it."
    ),
}
_RUNS = {
    Guarantee.AT_MOST_ONCE: "crash-loses",
    Guarantee.EFFECTIVELY_ONCE: "crash-repeats",
    Guarantee.TRANSACTIONS: "crash-aborts",
}
"""Saved runs that show the outcome."""


def context(scenario: Scenario, groups: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """For the panel. `groups` are their states."""
    group = scenario.lab
    state = groups[group.name]
    now = in_force(state["choices"])
    return {
        "group": group.name,
        "title": _(group.title),
        "icon": group.icon,
        "count": state["members"],
        "guarantees": [
            {
                "name": guarantee.value,
                "title": _TITLES[guarantee](),
                "outcome": _OUTCOMES[guarantee](),
                "chosen": guarantee is now,
                "why_not": _why_not(guarantee, bool(group.emits), state),
                "run": reverse("trace", args=[_RUNS[guarantee]]) if guarantee in _RUNS else "",
            }
            for guarantee in Guarantee
        ],
    }


def _why_not(guarantee: Guarantee, sends: bool, state: Mapping[str, Any]) -> str:
    if guarantee is not Guarantee.TRANSACTIONS or Commit.TRANSACTION in state["options"]["commit"]:
        return ""
    if sends:
        return _("Not on this cluster: its transactions prove nothing. On a real Kafka they do.")
    return _("Not for this group: it sends nothing on, so there is nothing to hold together.")
