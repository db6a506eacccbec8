"""A scenario as the page's script needs it: names, words and what goes where."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.rooms.models import Room
from apps.scenarios.base import DEAD_LETTERS, Action, ConsumerGroup, Scenario, Show, Topic, World, everything


def topology(room: Room, scenario: Scenario, cluster: str) -> dict[str, Any]:
    return {
        "code": room.code,
        "scenario": scenario.slug,
        "socket": socket_path(room),
        "cluster": cluster,
        "producer": _("The app"),
        "topics": [_topic(topic) for topic in scenario.all_topics],
        "groups": [_group(group) for group in scenario.all_groups],
        "actions": [_action(action) for action in scenario.actions],
        "keys": scenario.keys,
        "icons": scenario.icons,
    }


def socket_path(room: Room) -> str:
    return f"/ws/rooms/{room.code}/"


def _topic(topic: Topic) -> dict[str, Any]:
    spare = {"spare": True} if topic.name == DEAD_LETTERS.name else {}
    return {"name": topic.name, "title": _(topic.title), "partitions": topic.partitions, **spare}


def _group(group: ConsumerGroup) -> dict[str, Any]:
    return {
        "name": group.name,
        "title": _(group.title),
        "icon": group.icon,
        "does": _(group.does),
        "topics": group.topics,
        "emits": (*group.emits, DEAD_LETTERS.name),
        **({"guest": True} if group.guest else {}),
        **({"shared": True} if group.shared else {}),
        "show": {**_show(group.show), "whole": group.keyed is everything},
        "world": _world(group.world),
    }


def _world(world: World) -> dict[str, str]:
    found = {"kind": world.kind, "drawing": world.drawing, "inside": world.inside, "within": world.within}
    return {name: value for name, value in found.items() if value}


def _show(show: Show) -> dict[str, Any]:
    if show.steps:
        return {"field": show.field, "steps": [[value, _(label)] for value, label in show.steps]}
    return {"field": show.field, "unit": [_(form) for form in show.unit]}


def _action(action: Action) -> dict[str, Any]:
    return {
        "slug": action.slug,
        "title": _(action.title),
        "icon": action.icon,
        "own": action.own,
        "crowd_limit": action.crowd_limit,
        "fields": [
            {"name": field.name, "title": _(field.title), "choices": field.choices} for field in action.fields
        ],
    }
