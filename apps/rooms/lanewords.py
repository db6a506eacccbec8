"""What a comparison found, in words that are made from its numbers, whichever way they fall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_ALIKE = 0.05
"""Rates that differ by less than this share are called alike."""
Found = Mapping[str, Any]


def verdict(result: Found) -> str:
    left, right = result["lanes"]["without_kafka"], result["lanes"]["with_kafka"]
    told = [_rates(left, right, result["rate"]), _waits(left, right), _writes(left, right)]
    return " ".join([*told, *_doubts(result["machine"])])


def _rates(left: Found, right: Found, rate: int) -> str:
    one, other = left["accepted_per_s"], right["accepted_per_s"]
    figures = {"left": number(one), "right": number(other), "rate": number(rate)}
    if min(one, other) >= rate * (1 - _ALIKE):
        return _("Both lanes kept up with %(rate)s hearts a second.") % figures
    if abs(one - other) <= max(one, other) * _ALIKE:
        text = _(
            "Neither lane kept up with %(rate)s hearts a second, and they accepted about as many: "
            "%(left)s a second without Kafka, %(right)s with it."
        )
    elif one > other:
        text = _("Of %(rate)s hearts a second more were accepted without Kafka: %(left)s against %(right)s.")
    else:
        text = _("Of %(rate)s hearts a second more were accepted with Kafka: %(right)s against %(left)s.")
    return text % figures


def _waits(left: Found, right: Found) -> str:
    if left["p99_ms"] is None or right["p99_ms"] is None:
        return _("In one lane nothing was accepted, so there is no wait to compare.")
    return _("99 of 100 accepted hearts waited at most %(left)s ms without Kafka, %(right)s ms with it.") % {
        "left": number(left["p99_ms"]),
        "right": number(right["p99_ms"]),
    }


def _writes(left: Found, right: Found) -> str:
    figures = {
        "left": number(left["writes"]),
        "right": number(right["writes"]),
        "hearts": number(right["stored"]),
    }
    text = ngettext(
        "Without Kafka the database wrote %(left)s times; with it, the counter group wrote once for %(hearts)s hearts.",
        "Without Kafka the database wrote %(left)s times; with it, the counter group wrote %(right)s times for %(hearts)s hearts.",  # noqa: E501
        right["writes"],
    )
    return text % figures


def _doubts(machine: Found) -> list[str]:
    if machine["load"] <= machine["cores"]:
        return []
    text = _(
        "The machine was busy before the start (load %(load)s, %(cores)s cores): measure again when it is quiet."
    )
    return [text % {"load": number(machine["load"]), "cores": machine["cores"]}]


def database(found: Found) -> str:
    told = ", ".join(f"{name} = {value}" for name, value in found["settings"].items())
    return f"{found['engine']} {found['version']} ({told})"


def number(value: float) -> str:
    """Tenths matter only where there are few."""
    places = 1 if value < 100 and value != int(value) else 0
    return number_format(round(value, places), places, force_grouping=True)
