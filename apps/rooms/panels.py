"""The panels that change a room's shape: forms that htmx sends, each answered with itself as things then are.

When others change something a panel asks for itself anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.kafka.life import Crash
from apps.rooms import access, controlwords, lab
from apps.rooms.answers import panel, unavailable
from apps.rooms.askers import asker
from apps.rooms.finding import find_room
from apps.rooms.live import Full, rooms
from apps.rooms.models import Room
from apps.rooms.paces import take_control_of
from apps.rooms.setups import scenario_of
from apps.rooms.tokens import Participant
from apps.scenarios.base import Scenario
from apps.scenarios.guarantees import Guarantee
from apps.scenarios.refusals import Refused
from apps.scenarios.run import CROWD_SECONDS

CROWD_STAYS = 60
_RATES = (10, 100, 1_000, 5_000, 20_000, 50_000)
_MOST = 10**9
SLOW = 2.0
"""Seconds that one member takes over a record when it is slowed by a press."""
CHANGES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "add": ("add-member", {}),
    "remove": ("remove-member", {}),
    "crash": ("crash-member", {"at": Crash.NOW}),
    "crash-between": ("crash-member", {"at": Crash.BETWEEN}),
    "restart": ("restart-member", {}),
    "pause": ("pause-member", {}),
    "resume": ("resume-member", {}),
    "slow": ("slow-member", {"seconds": SLOW}),
}
DELAYS = (0, 100, 500, 2_000)
"""Milliseconds that a broker's answers can be slowed by."""
Values = dict[str, Any]
Control = tuple[str, Values]
Fields = Mapping[str, str]
Read = Callable[[Fields, Scenario], Control]


def context(room: Room, scenario: Scenario, state: Mapping[str, Any]) -> dict[str, Any]:
    """What all panels need."""
    return {
        "room": room,
        "crowd": _crowd(scenario, state["crowd"]),
        "groups": [_group(scenario, name, found) for name, found in state["groups"].items()],
        "shares_lack": any(
            group.shared for group in scenario.all_groups if group.name not in state["groups"]
        ),
        "producer": controlwords.settings(controlwords.PRODUCER_SETTINGS, state["producer"]),
        "brokers": state["brokers"],
        "delays": DELAYS,
        "lab": lab.context(scenario, state["groups"]),
    }


def _panel(template: str, panel_name: str) -> Callable[..., Any]:
    """A view: reads what to do from the form, has it done, and answers with the panel; asked for it, only answers."""

    @access.open_to_sandboxes
    @require_http_methods(["GET", "POST"])
    @access.framed_participants_only
    async def view(request: HttpRequest, code: str, who: Participant) -> HttpResponse:
        room = await find_room(code)
        if not access.may_change(room, who):
            return access.not_yours(request, who)
        scenario = scenario_of(room)
        try:
            live = await rooms.wake(room, asker(request))
        except (Full, Refused) as error:
            return unavailable(request, error.code, str(error))
        problem, status = "", 200
        try:
            if request.method == "POST":
                take_control_of(room.code)
            read = READ[panel_name]
            name, values = read(request.POST, scenario) if request.method == "POST" else ("state", {})
            state = await live.control(name, **values)
        except Refused as refusal:
            problem, status = str(refusal), 400
            state = await live.control("state")
        return panel(request, template, context(room, scenario, state) | {"error": problem}, status)

    return view


def _read_crowd(fields: Fields, scenario: Scenario) -> Control:
    seconds = whole(fields, "seconds", CROWD_STAYS)
    return "crowd", {"action": scenario.actions[0].slug, "rate": whole(fields, "rate"), "seconds": seconds}


def _read_members(fields: Fields, _scenario: Scenario) -> Control:
    change = fields.get("change", "")
    if change not in CHANGES:
        known = ", ".join(f"“{name}”" for name in CHANGES)
        raise Refused("bad-change", _("change must be one of: %(known)s.") % {"known": known})
    name, values = CHANGES[change]
    of = {} if name == "add-member" else {"member": fields.get("member", "")}
    return name, {"group": fields.get("group", ""), **of, **values}


def _read_setting(fields: Fields) -> Values:
    return {name: fields.get(name, "") for name in ("setting", "value")}


def _read_group(fields: Fields, _scenario: Scenario) -> Control:
    return "group", {"group": fields.get("group", ""), **_read_setting(fields)}


def _read_bookmark(fields: Fields, _scenario: Scenario) -> Control:
    topic, _slash, partition = fields.get("place", "").rpartition("/")
    if topic and not _is_whole(partition):
        raise Refused("unknown-partition", _("A place is a topic and a partition, such as orders/0."))
    return "rewind", {
        "group": fields.get("group", ""),
        "to": _destination(fields),
        "topic": topic,
        "partition": int(partition) if topic else 0,
    }


def _destination(fields: Fields) -> str:
    """As `rewind` takes it; a person writes a number and presses what it is."""
    to = fields.get("to", "")
    if to not in ("offset", "minutes"):
        return to
    number = fields.get("number", "").strip()
    if not _is_whole(number):
        raise Refused("bad-number", _("Write a whole number: an offset such as 12, or minutes such as 5."))
    return number if to == "offset" else f"-{number}"


def _read_producer(fields: Fields, _scenario: Scenario) -> Control:
    return "producer", _read_setting(fields)


def _read_broker(fields: Fields, _scenario: Scenario) -> Control:
    change = fields.get("change", "")
    if change not in ("stop", "start", "slow"):
        raise Refused("bad-change", _("change must be “stop”, “start” or “slow”."))
    delay = whole(fields, "delay", 0)
    return "broker", {"broker": whole(fields, "broker"), "change": change, "delay": delay}


def _read_letters(fields: Fields, scenario: Scenario) -> Control:
    match fields.get("change"):
        case "poison":
            return "poison", {"action": scenario.actions[0].slug}
        case "replay":
            return "replay-dead-letters", {}
        case _:
            raise Refused("bad-change", _("change must be “poison” or “replay”."))


def _read_lab(fields: Fields, scenario: Scenario) -> Control:
    """Its steps are controls of other panels as well."""
    promise, group = fields.get("promise", ""), scenario.lab.name
    if promise in tuple(Guarantee):
        return "guarantee", {"promise": promise}
    match fields.get("step"):
        case "crash":
            return "crash-member", {"group": group, "at": Crash.BETWEEN}
        case "send":
            return "press", {"action": scenario.actions[0].slug}
        case "add":
            return "add-member", {"group": group}
        case _:
            known = ", ".join(f"“{name}”" for name in Guarantee)
            raise Refused(
                "bad-change",
                _("promise must be one of: %(known)s; or step “crash”, “send” or “add”.") % {"known": known},
            )


READ: Mapping[str, Read] = {
    "crowd": _read_crowd,
    "members": _read_members,
    "group": _read_group,
    "bookmark": _read_bookmark,
    "producer": _read_producer,
    "broker": _read_broker,
    "letters": _read_letters,
    "lab": _read_lab,
}
"""What the form of each panel asks for."""

crowd = _panel("rooms/_crowd.html", "crowd")
members = _panel("rooms/_groups.html", "members")
group = _panel("rooms/_groups.html", "group")
bookmark = _panel("rooms/_groups.html", "bookmark")
producer = _panel("rooms/_producer.html", "producer")
broker = _panel("rooms/_brokers.html", "broker")
letters = _panel("rooms/_letters.html", "letters")
lab_steps = _panel("rooms/_lab.html", "lab")


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(_MOST)) - 1


def whole(fields: Fields, name: str, default: int | None = None) -> int:
    text = fields.get(name, "" if default is None else str(default))
    if not _is_whole(text):
        raise Refused("bad-number", _("%(name)s must be a whole number.") % {"name": name})
    return int(text)


def _crowd(scenario: Scenario, asked: int) -> dict[str, Any]:
    action = scenario.actions[0]
    return {
        "action": _(action.title),
        "icon": action.icon,
        "limit": action.crowd_limit,
        "lanes": bool(action.counter),
        "asked": asked,
        "seconds": CROWD_STAYS,
        "most_seconds": CROWD_SECONDS,
        "choices": [rate for rate in _RATES if rate <= action.crowd_limit],
    }


def _group(scenario: Scenario, name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    found = scenario.group(name)
    assert found
    places = [f"{topic}/{n}" for topic in found.topics for n in range(scenario.partitions[topic])]
    return {
        "group": name,
        "title": _(found.title),
        "icon": found.icon,
        "count": state["members"],
        "members": state["names"],
        "limit": settings.KAFKAVIZ_MEMBERS_PER_GROUP,
        "shared": found.shared,
        "settings": controlwords.settings(
            controlwords.SHARE_SETTINGS if found.shared else controlwords.GROUP_SETTINGS, state
        ),
        "places": places,
    }
