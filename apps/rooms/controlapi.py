"""Controls and the ledger as JSON, for scripts and teachers (docs/protocol.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from apps.kafka.life import Crash
from apps.rooms import access
from apps.rooms.answers import refuse, unavailable
from apps.rooms.api import no_room, wrong_method
from apps.rooms.askers import asker
from apps.rooms.finding import find_room, look_up
from apps.rooms.live import Full, LiveRoom, rooms
from apps.rooms.paces import take_control_of
from apps.rooms.panels import CROWD_STAYS
from apps.rooms.setups import scenario_of
from apps.rooms.tokens import Participant
from apps.scenarios.base import Scenario
from apps.scenarios.refusals import Refused

Fields = Mapping[str, Any]
_LATECOMER = "latecomer"
_MOST = 10**9


@never_cache
@access.participants_only
async def use(request: HttpRequest, code: str, who: Participant) -> HttpResponse:
    """Use one control; answers with how things are set by then."""
    if request.method != "POST":
        return wrong_method(request, "POST")
    room = await find_room(code)
    if not access.may_change(room, who):
        return access.not_yours(request, who)
    try:
        take_control_of(room.code)
        control, fields = _asked(request)
        name, values = control.read(fields, scenario_of(room))
    except Refused as refusal:
        return refuse(request, 429 if refusal.code == "too-fast" else 400, refusal.code, refusal.message)
    try:
        live = await rooms.wake(room, asker(request))
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    return await _use(request, live, name, values)


async def _use(request: HttpRequest, live: LiveRoom, name: str, values: dict[str, Any]) -> HttpResponse:
    try:
        state = await live.control(name, **values)
    except Refused as refusal:
        return refuse(request, 400, refusal.code, refusal.message)
    groups = {group: _told(found) for group, found in state["groups"].items()}
    return JsonResponse({"crowd": state["crowd"], "groups": groups})


def _told(group: Mapping[str, Any]) -> dict[str, Any]:
    return {"members": group["names"], "settings": group["choices"]}


@never_cache
async def ledger(request: HttpRequest, code: str) -> HttpResponse:
    """Whether the room's account adds up, as of now."""
    if request.method not in ("GET", "HEAD"):
        return wrong_method(request, "GET, HEAD")
    room = await look_up(request, code)
    if not room:
        return no_room(request)
    try:
        live = await rooms.wake(room, asker(request))
        return JsonResponse(await live.ledger())
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))


@dataclass(frozen=True)
class _Control:
    """`fields` are all that may be given; `read` makes of them what `controls.use` takes, and raises Refused."""

    fields: tuple[str, ...]
    read: Callable[[Fields, Scenario], tuple[str, dict[str, Any]]]


def _asked(request: HttpRequest) -> tuple[_Control, Fields]:
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Refused(
            "bad-json", 'Send a JSON object such as {"control": "add-member", "group": "restaurant"}.'
        )
    name = asked.pop("control", None)
    control = CONTROLS.get(name) if isinstance(name, str) else None
    if not control:
        raise Refused("unknown-control", f"control must be one of: {', '.join(CONTROLS)}.")
    if unknown := asked.keys() - set(control.fields):
        more = ", ".join(control.fields)
        raise Refused(
            "unknown-field", f"{name} takes {more}, and nothing else; there were {len(unknown)} more."
        )
    return control, asked


# Reading one field


def _text(fields: Fields, name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise Refused("bad-text", f"{name} must be a text.")
    return value


def _number(fields: Fields, name: str, default: float | None = None) -> float:
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_MOST <= value <= _MOST:
        raise Refused("bad-number", f"{name} must be a number.")
    return value


def _whole(fields: Fields, name: str, default: int | None = None) -> int:
    value = _number(fields, name, default)
    if not isinstance(value, int):
        raise Refused("bad-number", f"{name} must be a whole number.")
    return value


def _member(fields: Fields) -> dict[str, str]:
    """A member of a group: of that name, or the newest."""
    return {"group": _text(fields, "group"), "member": _text(fields, "member", "")}


# Reading one control


def _crowd(fields: Fields, scenario: Scenario) -> tuple[str, dict[str, Any]]:
    return "crowd", {
        "action": _text(fields, "action", scenario.actions[0].slug),
        "rate": _whole(fields, "rate"),
        "seconds": _number(fields, "seconds", CROWD_STAYS),
    }


def _add_member(fields: Fields, _scenario: Scenario) -> tuple[str, dict[str, Any]]:
    return "add-member", {"group": _text(fields, "group")}


def _of_member(name: str) -> _Control:
    return _Control(("group", "member"), lambda fields, _scenario: (name, _member(fields)))


def _crash(fields: Fields, _scenario: Scenario) -> tuple[str, dict[str, Any]]:
    at = _text(fields, "at", Crash.NOW)
    if at not in tuple(Crash):
        raise Refused("bad-moment", f"at must be one of: {', '.join(Crash)}.")
    return "crash-member", {**_member(fields), "at": at}


def _slow(fields: Fields, _scenario: Scenario) -> tuple[str, dict[str, Any]]:
    return "slow-member", {**_member(fields), "seconds": float(_number(fields, "seconds"))}


def _setting(field: str, setting: str) -> _Control:
    def read(fields: Fields, _scenario: Scenario) -> tuple[str, dict[str, Any]]:
        return "group", {"group": _text(fields, "group"), "setting": setting, "value": _text(fields, field)}

    return _Control(("group", field), read)


def _seek(fields: Fields, _scenario: Scenario) -> tuple[str, dict[str, Any]]:
    to = fields.get("to")
    return "rewind", {
        "group": _text(fields, "group"),
        "to": to if isinstance(to, str) else str(_whole(fields, "to")),
        "topic": _text(fields, "topic", ""),
        "partition": _whole(fields, "partition", 0),
    }


def _guest(name: str) -> _Control:
    def read(fields: Fields, scenario: Scenario) -> tuple[str, dict[str, Any]]:
        group = _text(fields, "group", _LATECOMER)
        guests = [one.name for one in scenario.all_groups if one.guest]
        if group not in guests:
            raise Refused("unknown-group", f"Groups that come and go are: {', '.join(guests)}.")
        return name, {"group": group}

    return _Control(("group",), read)


CONTROLS: Mapping[str, _Control] = {
    "crowd": _Control(("action", "rate", "seconds"), _crowd),
    "add-member": _Control(("group",), _add_member),
    "remove-member": _of_member("remove-member"),
    "crash-member": _Control(("group", "member", "at"), _crash),
    "restart-member": _of_member("restart-member"),
    "pause-member": _of_member("pause-member"),
    "resume-member": _of_member("resume-member"),
    "slow-member": _Control(("group", "member", "seconds"), _slow),
    "assignor": _setting("assignor", "protocol"),
    "commit-mode": _setting("mode", "commit"),
    "seek": _Control(("group", "to", "topic", "partition"), _seek),
    "add-group": _guest("add-member"),
    "remove-group": _guest("remove-group"),
}
