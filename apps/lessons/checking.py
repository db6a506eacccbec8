"""Whether everything that a lesson names exists: one sentence for each thing that does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.lessons.conditions import of_condition, of_prediction
from apps.lessons.lesson import Lesson, Problem, Step, Table
from apps.lessons.shapes import Says, at_least, each, has_texts, is_a, listed, misfits, one_of
from apps.lessons.vocabulary import (
    DETAILS,
    DOES,
    HEAD,
    LISTS,
    MOST_MEMBERS,
    MOST_PARTITIONS,
    MOST_TIMES,
    NEEDED,
    OPENED,
    PANELS,
    SPEEDS,
    STEP,
)
from apps.rooms import controlwords, panels
from apps.rooms.builtin import BUILTIN
from apps.rooms.clusterwords import LACKS
from apps.rooms.controls import Values
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused

PLACES = re.compile(r"beginning|end|-?[0-9]{1,9}")


def problems(lesson: Lesson) -> list[Problem]:
    """Nothing, if it can be taught."""
    found = [Problem(lesson.path, lesson.line_of(key), words) for key, words in _of_head(lesson.head)]
    if any(problem.line in (lesson.line_of("scenario"), lesson.line_of("setup")) for problem in found):
        return found
    scenario = story(lesson)
    for step in lesson.steps:
        if not step.title:
            found.append(Problem(lesson.path, step.line, "This step has no title after its ##.", step.number))
        if not step.say:
            found.append(Problem(lesson.path, step.line, "This step says nothing.", step.number))
        found += [
            Problem(lesson.path, step.line_of(key), words, step.number)
            for key, words in _of_step(step, scenario)
        ]
    return found


def story(lesson: Lesson) -> Scenario:
    """As the lesson sets it up."""
    setup = lesson.setup
    return SCENARIOS[lesson.scenario].arranged(setup.get("partitions", {}), setup.get("members", {}))


def control(press: Table, scenario: Scenario) -> tuple[str, Values]:
    """What a press on a panel does, as rooms know it. Raises Refused."""
    fields = {name: str(value) for name, value in press.items() if name not in ("panel", "label")}
    return panels.READ[press["panel"]](fields, scenario)


def _of_head(head: Table) -> Iterator[tuple[str, str]]:
    for key in NEEDED:
        if key not in head:
            yield "", f"The head has no {key}."
    for words, key in misfits(head, HEAD, "the head"):
        yield key, words
    name = head.get("scenario")
    if isinstance(name, str) and name not in SCENARIOS:
        yield "scenario", f"There is no scenario “{name}”. There are: {listed(SCENARIOS)}."
    elif isinstance(name, str) and isinstance(head.get("setup", {}), dict):
        for words in _of_setup(head.get("setup", {}), SCENARIOS[name]):
            yield "setup", words
    yield from _of_words_in(head)


def _of_words_in(head: Table) -> Iterator[tuple[str, str]]:
    for key in ("title", "summary"):
        if head.get(key) == "":
            yield key, f"{key} is empty."
    if is_a(head.get("minutes"), int) and head["minutes"] < 1:
        yield "minutes", "minutes is 1 at least."
    concepts, sources = (found if isinstance(found := head.get(key), list) else [] for key in LISTS)
    if not all(isinstance(concept, str) for concept in concepts):
        yield "concepts", "Each of concepts is a text."
    for source in sources:
        if not (has_texts(source, "title", "url") and source["url"].startswith(("http://", "https://"))):
            yield "sources", "A source has a title and a url, which begins with https://."


def _of_setup(setup: Table, scenario: Scenario) -> Says:
    shape = {"partitions": dict, "members": dict, "controls": list}
    wrong = [words for words, _key in misfits(setup, shape, "setup")]
    yield from wrong
    if wrong:
        return
    topics, groups = [topic.name for topic in scenario.topics], [group.name for group in scenario.groups]
    for what, known, least, most in (
        ("partitions", topics, 1, MOST_PARTITIONS),
        ("members", groups, 0, MOST_MEMBERS),
    ):
        for name, count in setup.get(what, {}).items():
            if name not in known:
                yield f"{what} names “{name}”. There are: {listed(known)}."
            elif type(count) is not int or not least <= count <= most:
                yield f"{what} of {name} can be {least} to {most}."
    for press in setup.get("controls", []):
        if not isinstance(press, dict) or "panel" not in press:
            yield 'Each of controls is a table with a panel, such as { panel = "group", … }.'
        else:
            yield from _of_panel(press, scenario)


def _of_step(step: Step, scenario: Scenario) -> Iterator[tuple[str, str]]:
    does, wrong = step.does, set()
    for words, key in misfits(does, STEP, "a step"):
        wrong.add(key)
        yield key, words
    checks: Mapping[str, Any] = {
        "show": lambda: _of_show(does["show"], scenario),
        "do": lambda: each(step.presses, lambda press: _of_press(press, scenario)),
        "until": lambda: each(step.until, lambda one: of_condition(one, scenario)),
        "predict": lambda: of_prediction(does["predict"], scenario),
        "slow": lambda: one_of("slow", does["slow"], SPEEDS),
        "patience": lambda: at_least("patience", does["patience"], 1),
        "needs": lambda: one_of("needs", does["needs"], LACKS),
        "run": lambda: one_of("run", does["run"], BUILTIN),
    }
    for key, check in checks.items():
        if key in does and key not in wrong:
            yield from ((key, words) for words in check())
    if "do" in wrong or not all(isinstance(press, dict) for press in step.presses):
        return
    first = step.presses[0] if step.presses else {}
    if first.get("panel") in tuple(panels.READ) and first.get("label", "") == "":
        yield "do", "A panel that comes first needs a label: the words on the button."
    if "predict" in does and not step.until:
        yield "predict", "A prediction is answered by what is observed: this step needs an until."
    if step.until and "do" in does and all("open" in press for press in step.presses):
        yield "until", "This until can't happen: what the step opens is another page."


def _of_show(parts: Iterable[Any], scenario: Scenario) -> Says:
    known = [*scenario.partitions, *(group.name for group in scenario.all_groups), *DETAILS]
    for part in parts:
        yield from one_of("show", part, known)


def _of_press(press: Table, scenario: Scenario) -> Says:
    kind = next((kind for kind in ("press", "panel", "open") if kind in press), None)
    if kind is None:
        yield "What is to be done has a press, a panel or an open."
    elif kind == "panel":
        yield from _of_panel(press, scenario)
    else:
        wrong = [words for words, _key in misfits(press, DOES[kind], kind)]
        yield from wrong
        if not wrong:
            yield from (
                _of_action(press, scenario) if kind == "press" else one_of("open", press["open"], OPENED)
            )


def _of_action(press: Table, scenario: Scenario) -> Says:
    action = scenario.action(str(press["press"]))
    if not action:
        yield f"There is no action “{press['press']}”. There are: {listed(one.slug for one in scenario.actions)}."
        return
    choices = {field.name: field.choices for field in action.fields}
    for name, value in press.get("with", {}).items():
        yield from (
            one_of(f"with {name}", value, choices[name]) if name in choices else one_of("with", name, choices)
        )
    if not 1 <= press.get("times", 1) <= MOST_TIMES:
        yield f"times can be 1 to {MOST_TIMES}."


def _of_panel(press: Table, scenario: Scenario) -> Says:
    name = press["panel"]
    if not isinstance(name, str) or name not in panels.READ:
        yield f"There is no panel “{name}”. There are: {listed(panels.READ)}."
        return
    wrong = [words for words, _key in misfits(press, {"panel": str, "label": str, **PANELS[name]}, name)]
    yield from wrong
    if wrong:
        return
    try:
        control(press, scenario)
    except Refused as refusal:
        yield refusal.message
    if "group" in press:
        yield from one_of("group", press["group"], [group.name for group in scenario.all_groups])
    if "delay" in press:
        yield from one_of("delay", press["delay"], panels.DELAYS)
    if name == "bookmark":
        yield from _of_bookmark(press, scenario)
    if name in ("group", "producer"):
        known = controlwords.values_of(str(press.get("setting")))
        if not known:
            yield f"There is no setting “{press.get('setting')}”."
        else:
            yield from one_of(str(press["setting"]), press.get("value"), known)


def _of_bookmark(press: Table, scenario: Scenario) -> Says:
    if not PLACES.fullmatch(str(press.get("to"))):
        yield "to is beginning, end, an offset, or minutes ago, such as -5."
    group = scenario.group(press.get("group", ""))
    places = (
        [f"{topic}/{n}" for topic in group.topics for n in range(scenario.partitions[topic])] if group else []
    )
    if "place" in press and group:
        yield from one_of("place", press["place"], places)
