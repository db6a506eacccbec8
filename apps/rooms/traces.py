"""Saved runs: the head that a new one gets, how many are kept, and where one is found."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.rooms import builtin
from apps.rooms.codes import TRACE_PATTERN
from apps.rooms.models import Room, Trace
from apps.rooms.setups import scenario_of
from apps.rooms.topology import topology
from apps.scenarios.catalog import SCENARIOS

VERSION = 1
_MOMENT = re.compile(r"\d{1,9}(\.\d)?", re.ASCII)


Besides = Callable[[Room], Mapping[str, Any]]
_besides: list[Besides] = []


def tell_besides(what: Besides) -> None:
    """Fields that a head has besides, from houses that this one does not know."""
    _besides.append(what)


@dataclass(frozen=True)
class SavedRun:
    """`body` is the file, compressed; it `lasts` if what is at this name never changes."""

    name: str
    scenario: str
    title: str
    summary: str
    body: bytes
    lasts: bool = True


def head_of(room: Room, cluster: str) -> dict[str, Any]:
    """The first line of a trace (docs/protocol.md), but for `seq`, which its runner knows."""
    drawn = topology(room, scenario_of(room), cluster)
    del drawn["socket"]
    return {
        "type": "trace",
        "version": VERSION,
        "scenario": room.scenario,
        "code": room.code,
        "recorded_at": timezone.now().isoformat(timespec="seconds"),
        "cluster": cluster,
        "topology": drawn,
        **{name: value for what in _besides for name, value in what(room).items()},
    }


def questions_of(body: bytes) -> list[dict[str, Any]]:
    """What a class was asked, with its votes, if it is a class's run."""
    with gzip.open(io.BytesIO(body)) as file:
        questions: list[dict[str, Any]] = json.loads(file.readline()).get("questions", [])
        return questions


def second_of(body: bytes, moment: str) -> float | None:
    """A moment on the room's clock as the saved run counts it: from its first backlog."""
    if not _MOMENT.fullmatch(moment):
        return None
    with gzip.open(io.BytesIO(body)) as file:
        _head, first = file.readline(), json.loads(file.readline())
    return max(0.0, float(moment) - float(first["room"]["now"]))


def keep(room: Room, body: bytes, asker: str) -> Trace:
    """Stored, and what are now too many deleted: of the room the oldest, of all the oldest of whoever has most.

    So who saves without end pushes out what they saved themselves. `asker`: from whose address it is.
    """
    saver = salted_hmac("rooms.traces", asker).hexdigest()
    trace = Trace.objects.create(room=room.code, scenario=room.scenario, body=body, saver=saver)
    surplus = _newest_first(room=room.code)[settings.KAFKAVIZ_TRACES_PER_ROOM :]
    Trace.objects.filter(id__in=list(surplus)).delete()
    for _too_many in range(Trace.objects.count() - settings.KAFKAVIZ_TRACES):
        _delete_one()
    return trace


def _delete_one() -> None:
    savers = Trace.objects.values("saver").annotate(kept=Count("id"), latest=Max("created_at"))
    whose = savers.order_by("-kept", "latest")[0]["saver"]
    Trace.objects.filter(id=_newest_first(saver=whose).last()).delete()


def _newest_first(**which: str) -> QuerySet[Trace, str]:
    """Ids."""
    return Trace.objects.filter(**which).order_by("-created_at", "-id").values_list("id", flat=True)


def find(name: str) -> SavedRun | None:
    """By the name of a built-in one, or the id of one that somebody saved."""
    if known := builtin.BUILTIN.get(name):
        return SavedRun(
            name, known.scenario, _(known.title), _(known.summary), builtin.packed(name), lasts=False
        )
    id_ = name.upper()
    trace = Trace.objects.filter(id=id_).first() if TRACE_PATTERN.fullmatch(id_) else None
    if not trace:
        return None
    scenario = SCENARIOS.get(trace.scenario)
    title = _(scenario.title) if scenario else trace.scenario
    return SavedRun(trace.id, trace.scenario, title, "", bytes(trace.body))
