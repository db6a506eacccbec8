"""A lesson as the page's script plays it: words as HTML, and what is done and waited for as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from apps.lessons.checking import control, story
from apps.lessons.lesson import Lesson, Step, Table
from apps.rooms.clusterwords import LACKS
from apps.rooms.models import Room
from apps.rooms.setups import Setup
from apps.scenarios.base import Scenario

PATIENCE = 20
"""Seconds after which it is said what has not happened yet."""
_OPENED = {"lanes": "lanes", "stage": "stage"}
_markdown = MarkdownIt("commonmark", {"html": False})


def setup_of(lesson: Lesson) -> Setup:
    """How a room for it begins."""
    found, scenario = lesson.setup, story(lesson)
    controls = tuple(control(press, scenario) for press in found.get("controls", []))
    return Setup(found.get("partitions", {}), found.get("members", {}), controls)


def told(lesson: Lesson, room: Room, lacks: Any) -> dict[str, Any]:
    """For a room on a cluster that lacks this."""
    scenario = story(lesson)
    return {
        "slug": lesson.slug,
        "title": lesson.title,
        "sandbox": lesson.sandbox,
        "steps": [_step(step, scenario, room, lacks) for step in lesson.steps],
    }


def html(text: str) -> str:
    return str(_markdown.render(text))


def _step(step: Step, scenario: Scenario, room: Room, lacks: Any) -> dict[str, Any]:
    does = step.does
    return {
        "title": step.title,
        "say": html(step.say),
        "then": html(does.get("then", "")),
        "hint": html(does.get("hint", "")),
        "show": does.get("show", []),
        "do": [_press(press, scenario, room) for press in step.presses],
        "predict": _predict(does["predict"], scenario) if "predict" in does else None,
        "until": step.until,
        "slow": does.get("slow", 1),
        "patience": does.get("patience", PATIENCE),
        "lack": _lack(does) if does.get("needs") in lacks else None,
    }


def _press(press: Table, scenario: Scenario, room: Room) -> dict[str, Any]:
    if "open" in press:
        return {
            "open": reverse(_OPENED[press["open"]], args=[room.code]),
            "label": press.get("label", press["open"]),
        }
    if "panel" in press:
        fields = {name: str(value) for name, value in press.items() if name not in ("panel", "label")}
        return {
            "post": reverse(press["panel"], args=[room.code]),
            "fields": fields,
            "label": press.get("label", ""),
        }
    action = scenario.action(press["press"])
    assert action
    return {
        "press": action.slug,
        "with": press.get("with", {}),
        "times": press.get("times", 1),
        "label": press.get("label") or f"{action.icon} {_(action.title)}",
    }


def _predict(predict: Table, scenario: Scenario) -> dict[str, Any]:
    answer = predict["answer"]
    return {"ask": predict["ask"], "answer": answer, "options": _options(predict, answer, scenario)}


def _options(predict: Table, answer: Table, scenario: Scenario) -> list[dict[str, str]]:
    """Empty where they are the members that are there by then."""
    if "options" in predict:
        return [
            option if isinstance(option, dict) else {"value": option, "words": option}
            for option in predict["options"]
        ]
    if answer.get("field") != "partition":
        return []
    condition = answer.get("first") or answer["last"]
    topic = condition.get("topic", scenario.topics[0].name)
    return [{"value": str(n), "words": f"P{n}"} for n in range(scenario.partitions[topic])]


def _lack(does: Mapping[str, Any]) -> dict[str, str]:
    """Why the step can't be done here, and where it can be seen."""
    lack = LACKS[does["needs"]]()
    return {"why": lack["why"], "run": reverse("trace", args=[does["run"]]) if "run" in does else ""}
