"""Whether everything that a lesson names exists: one sentence for each thing that does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.kafka.hops import HopType
from apps.lessons.lesson import Lesson, Problem, Step, Table
from apps.rooms import controlwords, panels
from apps.rooms.builtin import BUILTIN
from apps.rooms.clusterwords import LACKS
from apps.rooms.controls import Values
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused

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
_NEEDED = ("title", "summary", "scenario", "minutes")
_LISTS = ("concepts", "sources")
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
    "void",
    "unread",
    "rejected",
    "given_up",
    "waiting",
)
FIELDS = ("topic", "partition", "group", "source", "key", "offset", "trace")
_OF_MEMBER = ("topic", "partition", "key", "offset", "trace")
_OF_BROKERS = ("group", "key", "trace", "offset")
_NEVER: Mapping[str, tuple[str, ...]] = {
    "send": ("partition", "group", "offset"),
    "ack": ("group",),
    **dict.fromkeys(("join", "leave", "crash", "assign", "revoke", "lost"), _OF_MEMBER),
    **dict.fromkeys(("broker_up", "broker_down"), ("topic", "partition", *_OF_BROKERS)),
    **dict.fromkeys(("leader", "isr"), _OF_BROKERS),
}
"""What no hop of that type has (docs/protocol.md)."""
_OWNED = ("assign", "revoke", "lost")
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
_AMOUNTS = {"at_least": int, "at_most": int, "exactly": int}
Shapes = Mapping[str, Mapping[str, Any]]
CONDITIONS: Shapes = {
    "hop": _OF_HOP,
    "lag": {"lag": str, **_AMOUNTS},
    "members": {"members": str, **_AMOUNTS},
    "readers": {"readers": str, **_AMOUNTS},
    "ledger": {"ledger": str, "field": str, **_AMOUNTS},
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
PLACES = re.compile(r"beginning|end|-?[0-9]{1,9}")
_WORDS = {str: "text", int: "a whole number", bool: "true or false", dict: "a table", list: "a list"}
Says = Iterator[str]


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
    for key in _NEEDED:
        if key not in head:
            yield "", f"The head has no {key}."
    for words, key in _shape(head, HEAD, "the head"):
        yield key, words
    name = head.get("scenario")
    if isinstance(name, str) and name not in SCENARIOS:
        yield "scenario", f"There is no scenario “{name}”. There are: {_listed(SCENARIOS)}."
    elif isinstance(name, str) and isinstance(head.get("setup", {}), dict):
        for words in _of_setup(head.get("setup", {}), SCENARIOS[name]):
            yield "setup", words
    yield from _of_words_in(head)


def _of_words_in(head: Table) -> Iterator[tuple[str, str]]:
    for key in ("title", "summary"):
        if head.get(key) == "":
            yield key, f"{key} is empty."
    if _is(head.get("minutes"), int) and head["minutes"] < 1:
        yield "minutes", "minutes is 1 at least."
    concepts, sources = (found if isinstance(found := head.get(key), list) else [] for key in _LISTS)
    if not all(isinstance(concept, str) for concept in concepts):
        yield "concepts", "Each of concepts is a text."
    for source in sources:
        if not (_has_texts(source, "title", "url") and source["url"].startswith(("http://", "https://"))):
            yield "sources", "A source has a title and a url, which begins with https://."


def _has_texts(table: Any, *keys: str) -> bool:
    return (
        isinstance(table, dict)
        and set(keys) == set(table)
        and all(isinstance(found, str) for found in table.values())
    )


def _of_setup(setup: Table, scenario: Scenario) -> Says:
    shape = {"partitions": dict, "members": dict, "controls": list}
    wrong = [words for words, _key in _shape(setup, shape, "setup")]
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
                yield f"{what} names “{name}”. There are: {_listed(known)}."
            elif type(count) is not int or not least <= count <= most:
                yield f"{what} of {name} can be {least} to {most}."
    for press in setup.get("controls", []):
        if not isinstance(press, dict) or "panel" not in press:
            yield 'Each of controls is a table with a panel, such as { panel = "group", … }.'
        else:
            yield from _of_panel(press, scenario)


def _of_step(step: Step, scenario: Scenario) -> Iterator[tuple[str, str]]:
    does, wrong = step.does, set()
    for words, key in _shape(does, STEP, "a step"):
        wrong.add(key)
        yield key, words
    checks: Mapping[str, Any] = {
        "show": lambda: _of_show(does["show"], scenario),
        "do": lambda: _each(step.presses, lambda press: _of_press(press, scenario)),
        "until": lambda: _each(step.until, lambda one: _of_condition(one, scenario)),
        "predict": lambda: _of_predict(does["predict"], scenario),
        "slow": lambda: _one_of("slow", does["slow"], SPEEDS),
        "patience": lambda: _at_least("patience", does["patience"], 1),
        "needs": lambda: _one_of("needs", does["needs"], LACKS),
        "run": lambda: _one_of("run", does["run"], BUILTIN),
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


def _each(tables: Iterable[Any], check: Any) -> Says:
    for table in tables:
        if isinstance(table, dict):
            yield from check(table)
        else:
            yield f'“{table}” is no table, such as {{ hop = "ack" }}.'


def _of_show(parts: Iterable[Any], scenario: Scenario) -> Says:
    known = [*scenario.partitions, *(group.name for group in scenario.all_groups), *DETAILS]
    for part in parts:
        yield from _one_of("show", part, known)


def _of_press(press: Table, scenario: Scenario) -> Says:
    kind = next((kind for kind in ("press", "panel", "open") if kind in press), None)
    if kind is None:
        yield "What is to be done has a press, a panel or an open."
    elif kind == "panel":
        yield from _of_panel(press, scenario)
    else:
        wrong = [words for words, _key in _shape(press, DOES[kind], kind)]
        yield from wrong
        if not wrong:
            yield from (
                _of_action(press, scenario) if kind == "press" else _one_of("open", press["open"], OPENED)
            )


def _of_action(press: Table, scenario: Scenario) -> Says:
    action = scenario.action(str(press["press"]))
    if not action:
        yield f"There is no action “{press['press']}”. There are: {_listed(one.slug for one in scenario.actions)}."
        return
    choices = {field.name: field.choices for field in action.fields}
    for name, value in press.get("with", {}).items():
        yield from (
            _one_of(f"with {name}", value, choices[name])
            if name in choices
            else _one_of("with", name, choices)
        )
    if not 1 <= press.get("times", 1) <= MOST_TIMES:
        yield f"times can be 1 to {MOST_TIMES}."


def _of_panel(press: Table, scenario: Scenario) -> Says:
    name = press["panel"]
    if not isinstance(name, str) or name not in panels.READ:
        yield f"There is no panel “{name}”. There are: {_listed(panels.READ)}."
        return
    wrong = [words for words, _key in _shape(press, {"panel": str, "label": str, **PANELS[name]}, name)]
    yield from wrong
    if wrong:
        return
    try:
        control(press, scenario)
    except Refused as refusal:
        yield refusal.message
    if "group" in press:
        yield from _one_of("group", press["group"], [group.name for group in scenario.all_groups])
    if "delay" in press:
        yield from _one_of("delay", press["delay"], panels.DELAYS)
    if name == "bookmark":
        yield from _of_bookmark(press, scenario)
    if name in ("group", "producer"):
        known = controlwords.values_of(str(press.get("setting")))
        if not known:
            yield f"There is no setting “{press.get('setting')}”."
        else:
            yield from _one_of(str(press["setting"]), press.get("value"), known)


def _of_bookmark(press: Table, scenario: Scenario) -> Says:
    if not PLACES.fullmatch(str(press.get("to"))):
        yield "to is beginning, end, an offset, or minutes ago, such as -5."
    group = scenario.group(press.get("group", ""))
    places = (
        [f"{topic}/{n}" for topic in group.topics for n in range(scenario.partitions[topic])] if group else []
    )
    if "place" in press and group:
        yield from _one_of("place", press["place"], places)


def _of_condition(condition: Table, scenario: Scenario) -> Says:
    kind = next((kind for kind in CONDITIONS if kind in condition), None)
    if kind is None:
        yield f"A condition has one of: {_listed(CONDITIONS)}."
        return
    wrong = list(_shape(condition, CONDITIONS[kind], kind))
    yield from (words for words, _key in wrong)
    if wrong:
        return
    if kind == "hop":
        yield from _of_hop(condition, scenario)
    elif kind != "rest":
        yield from _one_of(kind, condition[kind], [group.name for group in scenario.all_groups])
        if not set(_AMOUNTS) & set(condition):
            yield f"{kind} needs at_least, at_most or exactly."
        if condition.get("at_least", 0) > condition.get("at_most", condition.get("at_least", 0)):
            yield "This can't happen: at_least is more than at_most."
        elif min(condition.get("at_most", 0), condition.get("exactly", 0)) < 0:
            yield f"This can't happen: {kind} is never less than 0."
        if (
            kind in ("members", "readers")
            and max(condition.get("at_least", 0), condition.get("exactly", 0)) > MOST_MEMBERS
        ):
            yield f"This can't happen: a group has {MOST_MEMBERS} members at most."
        if kind == "ledger":
            yield from _one_of("field", condition.get("field"), LEDGER)


def _of_hop(condition: Table, scenario: Scenario) -> Says:
    yield from _one_of("hop", condition["hop"], tuple(HopType))
    yield from _of_absent(condition)
    groups = {group.name: group for group in scenario.all_groups}
    topic, group = condition.get("topic"), condition.get("group")
    if topic is not None:
        yield from _one_of("topic", topic, scenario.partitions)
    if group is not None:
        yield from _one_of("group", group, groups)
    partitions = scenario.partitions.get(str(topic), MOST_PARTITIONS)
    if condition.get("partition", 0) >= partitions:
        yield f"This can't happen: {topic} has {partitions} partitions, counted from 0."
    if group in groups and topic in scenario.partitions and topic not in groups[str(group)].topics:
        yield f"This can't happen: {group} does not read {topic}."
    for key in ("different", "same"):
        if key in condition:
            yield from _one_of(key, condition[key], FIELDS)
    for key, least in (("partition", 0), ("owns", 0), ("records", 1), ("times", 1)):
        yield from _at_least(key, condition.get(key, least), least)
    owned = sum(scenario.partitions[name] for name in groups[group].topics) if group in groups else None
    if owned is not None and condition.get("owns", 0) > owned:
        yield f"This can't happen: {group} reads {owned} partitions in all."


def _of_absent(condition: Table) -> Says:
    """Fields that it goes by and such a hop never has."""
    hop = condition["hop"]
    asked = {*condition, condition.get("different"), condition.get("same")}
    for name in (*_NEVER.get(hop, ()), *(() if hop in _OWNED or hop not in tuple(HopType) else ("owns",))):
        if name in asked:
            yield f"This can't happen: {_a(hop)} has no {name}."


def _a(hop: str) -> str:
    return f"{'an' if hop[0] in 'aeiou' else 'a'} {hop}"


def _of_predict(predict: Table, scenario: Scenario) -> Says:
    wrong = [
        words for words, _key in _shape(predict, {"ask": str, "options": list, "answer": dict}, "predict")
    ]
    yield from wrong
    if wrong:
        return
    if "answer" not in predict or not predict.get("ask"):
        yield "A prediction has an ask and an answer, which is a table."
        return
    answer = predict["answer"]
    kind = next((kind for kind in ANSWERS if kind in answer), None)
    if kind is None:
        yield f"An answer has one of: {_listed(ANSWERS)}."
        return
    wrong = [words for words, _key in _shape(answer, ANSWERS[kind], "answer")]
    yield from wrong
    if wrong:
        return
    if isinstance(answer[kind], dict):
        yield from _of_condition(answer[kind], scenario)
    else:
        yield from _one_of(kind, answer[kind], [group.name for group in scenario.all_groups])
    known = {"field": LEDGER if kind == "ledger" else FIELDS, "different": FIELDS}
    unknown = [
        words
        for key in ("field", "different")
        if key in answer or (key == "field" and "field" in ANSWERS[kind])
        for words in _one_of(key, answer.get(key), known[key])
    ]
    yield from unknown
    hop = answer[kind].get("hop") if isinstance(answer[kind], dict) else None
    if not unknown and isinstance(hop, str):
        for name in (answer.get("field"), answer.get("different")):
            if name in _NEVER.get(hop, ()):
                yield f"This can't be answered: {_a(hop)} has no {name}."
    if not unknown:
        implied = kind in ("first", "last") and answer["field"] in ("partition", "source")
        yield from _of_options(predict, implied)


def _of_options(predict: Table, implied: bool) -> Says:
    """`implied`: those that there are without being named."""
    options = predict.get("options", [])
    if not options and ("options" in predict or not implied):
        yield "This prediction needs options."
    for option in options:
        if not isinstance(option, str) and not _has_texts(option, "value", "words"):
            yield "An option is a text, or a table of value and words, which are texts."


def _shape(table: Table, shape: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    """(words, key) for what should not be there, or should be something else."""
    for key, value in table.items():
        if key not in shape:
            yield f"There is no “{key}” in {where}. There are: {_listed(shape)}.", key
        elif not _is(value, shape[key]):
            wanted = shape[key] if isinstance(shape[key], tuple) else (shape[key],)
            yield f"{key} is {' or '.join(_WORDS[one] for one in wanted)}.", key


def _is(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _at_least(what: str, value: int, least: int) -> Says:
    if value < least:
        yield f"{what} is {least} at least."


def _one_of(what: str, value: Any, known: Iterable[Any]) -> Says:
    known = list(known)
    if value not in known:
        yield f"{what} can't be “{value}”. It can be: {_listed(known)}."


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(map(str, names))
