"""The JSON API for scripts and teachers (docs/protocol.md)."""

from __future__ import annotations

import json
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from apps.rooms import access, outage, tokens
from apps.rooms.answers import BUSY, SOON, refuse, unavailable
from apps.rooms.askers import asker
from apps.rooms.commands import one_record
from apps.rooms.connections import connections
from apps.rooms.finding import look_up, made
from apps.rooms.live import Full, LiveRoom, rooms
from apps.rooms.models import Projection, Room
from apps.rooms.projections import recent
from apps.rooms.setups import scenario_of
from apps.rooms.tasks import faults
from apps.rooms.topology import socket_path
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused

_LAST_OFFSET = 2**63 - 1
"""Refusals that say what is not there, by their status."""


@never_cache
@access.own_origin_only
async def create(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return wrong_method(request, "POST")
    asked = _asked(request)
    scenario, hosted = asked.get("scenario"), asked.get("hosted", False)
    if not isinstance(scenario, str):
        return refuse(request, 400, "bad-json", 'Send a JSON object such as {"scenario": "food-delivery"}.')
    if not isinstance(hosted, bool):
        return refuse(request, 400, "bad-json", "hosted must be true, for a class, or false.")
    if scenario not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        return refuse(request, 404, "unknown-scenario", f"There is no such scenario. There are: {known}.")
    if not access.may_make_room(request):
        return refuse(
            request, 429, "too-many-rooms", "That was many new rooms in a short time. Wait a minute."
        )
    try:
        room, live = await rooms.make(scenario, asker(request), hosted=hosted)
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    made(request, room)
    return JsonResponse({**_facts(room, live), **_keys(request, room)}, status=201)


def _keys(request: HttpRequest, room: Room) -> dict[str, str]:
    """`token`, with which one may do whatever the room allows; of a class also `host`, its host's own link."""
    if not room.hosted:
        return {"token": tokens.mint(room.code)}
    token = tokens.mint(room.code, tokens.Role.HOST, epoch=room.epoch)
    # By its name: this house knows nothing of classes.
    page = reverse("class:host", args=[room.code])
    return {"token": token, "host": request.build_absolute_uri(f"{page}#{token}")}


@never_cache
async def detail(request: HttpRequest, code: str) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return wrong_method(request, "GET, HEAD")
    room = await look_up(request, code)
    if not room:
        return no_room(request)
    try:
        live = await rooms.wake(room, asker(request))
        totals = await live.totals()
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    projections = {group.name: await _recent(room, group.name) for group in scenario_of(room).groups}
    return JsonResponse({**_facts(room, live), **totals, "projections": projections})


@never_cache
async def projection(request: HttpRequest, code: str, group: str, key: str) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return wrong_method(request, "GET, HEAD")
    room = await look_up(request, code)
    if not room:
        return no_room(request)
    if not scenario_of(room).group(group):
        return refuse(request, 404, "unknown-group", "There is no such group.")
    row = await Projection.objects.filter(room=room, group=group, key=key.replace("\0", "")).afirst()
    return JsonResponse({"group": group, "key": key, "value": row.value if row else None})


@never_cache
async def record(request: HttpRequest, code: str, topic: str, partition: int, offset: int) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return wrong_method(request, "GET, HEAD")
    room = await look_up(request, code)
    if not room:
        return no_room(request)
    if problem := _no_such_place(scenario_of(room), topic, partition, offset):
        return refuse(request, 404, *problem)
    try:
        live = await rooms.wake(room, asker(request))
        kept = await live.record(topic, partition, offset)
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    commands = one_record(live.facts, topic, partition, offset)
    return JsonResponse(
        {"topic": topic, "partition": partition, "offset": offset, **kept, "commands": commands}
    )


@never_cache
async def healthz(_request: HttpRequest) -> HttpResponse:
    """While the database is away nobody new can be served, so a load balancer is told to send nobody."""
    database = await outage.look()
    found = {
        "status": "unavailable" if database else "ok",
        "cluster": "external" if settings.KAFKA else "embedded",
        "database": database,
        "trouble": rooms.trouble,
        "rooms": rooms.awake,
        "sockets": len(connections),
        "faults": dict(faults),
    }
    return (
        JsonResponse(found, status=BUSY, headers={"Retry-After": SOON}) if database else JsonResponse(found)
    )


async def unknown(request: HttpRequest) -> HttpResponse:
    return refuse(request, 404, "unknown-path", "There is nothing at this address. See docs/protocol.md.")


def _no_such_place(scenario: Scenario, topic: str, partition: int, offset: int) -> tuple[str, str] | None:
    """The code of what is wrong with it, and a sentence."""
    counts = scenario.partitions
    if topic not in counts:
        return "unknown-topic", f"There is no such topic. There are: {', '.join(counts)}."
    if partition >= counts[topic]:
        return "unknown-partition", f"There is no such partition: {topic} has {counts[topic]}, from 0 on."
    if offset > _LAST_OFFSET:
        return "not-stored", f"Kafka's offsets end at {_LAST_OFFSET}."
    return None


def _facts(room: Room, live: LiveRoom) -> dict[str, Any]:
    return {
        "code": room.code,
        "scenario": room.scenario,
        "socket": socket_path(room),
        "bootstrap_servers": live.facts["bootstrap_servers"],
        "topics": live.facts["topics"],
        "groups": live.facts["groups"],
    }


def _asked(request: HttpRequest) -> dict[str, Any]:
    """Nothing, where it is no JSON object."""
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return asked if isinstance(asked, dict) else {}


async def _recent(room: Room, group: str) -> dict[str, Any]:
    return await sync_to_async(recent)(room.pk, group)


def no_room(request: HttpRequest) -> HttpResponse:
    return refuse(request, 404, "unknown-room", "There is no such room.")


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    response = refuse(request, 405, "wrong-method", f"Use {allowed.partition(',')[0]} here.")
    response["Allow"] = allowed
    return response
