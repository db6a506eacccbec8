"""Whether what a lesson waits for, and what it asks, can be observed in its scenario."""

from __future__ import annotations

from apps.kafka.hops import HopType
from apps.lessons.lesson import Table
from apps.lessons.shapes import Says, at_least, has_texts, listed, misfits, one_of
from apps.lessons.vocabulary import (
    AMOUNTS,
    ANSWERS,
    CONDITIONS,
    FIELDS,
    LEDGER,
    MOST_MEMBERS,
    MOST_PARTITIONS,
    NEVER,
    OWNED,
)
from apps.scenarios.base import Scenario


def of_condition(condition: Table, scenario: Scenario) -> Says:
    kind = next((kind for kind in CONDITIONS if kind in condition), None)
    if kind is None:
        yield f"A condition has one of: {listed(CONDITIONS)}."
        return
    wrong = list(misfits(condition, CONDITIONS[kind], kind))
    yield from (words for words, _key in wrong)
    if wrong:
        return
    if kind == "hop":
        yield from _of_hop(condition, scenario)
    elif kind != "rest":
        yield from one_of(kind, condition[kind], [group.name for group in scenario.all_groups])
        if not set(AMOUNTS) & set(condition):
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
            yield from one_of("field", condition.get("field"), LEDGER)


def _of_hop(condition: Table, scenario: Scenario) -> Says:
    yield from one_of("hop", condition["hop"], tuple(HopType))
    yield from _of_absent(condition)
    groups = {group.name: group for group in scenario.all_groups}
    topic, group = condition.get("topic"), condition.get("group")
    if topic is not None:
        yield from one_of("topic", topic, scenario.partitions)
    if group is not None:
        yield from one_of("group", group, groups)
    partitions = scenario.partitions.get(str(topic), MOST_PARTITIONS)
    if condition.get("partition", 0) >= partitions:
        yield f"This can't happen: {topic} has {partitions} partitions, counted from 0."
    if group in groups and topic in scenario.partitions and topic not in groups[str(group)].topics:
        yield f"This can't happen: {group} does not read {topic}."
    for key in ("different", "same"):
        if key in condition:
            yield from one_of(key, condition[key], FIELDS)
    for key, least in (("partition", 0), ("owns", 0), ("records", 1), ("times", 1)):
        yield from at_least(key, condition.get(key, least), least)
    owned = sum(scenario.partitions[name] for name in groups[group].topics) if group in groups else None
    if owned is not None and condition.get("owns", 0) > owned:
        yield f"This can't happen: {group} reads {owned} partitions in all."


def _of_absent(condition: Table) -> Says:
    """Fields that it goes by and such a hop never has."""
    hop = condition["hop"]
    asked = {*condition, condition.get("different"), condition.get("same")}
    for name in (*NEVER.get(hop, ()), *(() if hop in OWNED or hop not in tuple(HopType) else ("owns",))):
        if name in asked:
            yield f"This can't happen: {_a(hop)} has no {name}."


def _a(hop: str) -> str:
    return f"{'an' if hop[0] in 'aeiou' else 'a'} {hop}"


def of_prediction(predict: Table, scenario: Scenario) -> Says:
    wrong = [
        words for words, _key in misfits(predict, {"ask": str, "options": list, "answer": dict}, "predict")
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
        yield f"An answer has one of: {listed(ANSWERS)}."
        return
    wrong = [words for words, _key in misfits(answer, ANSWERS[kind], "answer")]
    yield from wrong
    if wrong:
        return
    if isinstance(answer[kind], dict):
        yield from of_condition(answer[kind], scenario)
    else:
        yield from one_of(kind, answer[kind], [group.name for group in scenario.all_groups])
    known = {"field": LEDGER if kind == "ledger" else FIELDS, "different": FIELDS}
    unknown = [
        words
        for key in ("field", "different")
        if key in answer or (key == "field" and "field" in ANSWERS[kind])
        for words in one_of(key, answer.get(key), known[key])
    ]
    yield from unknown
    hop = answer[kind].get("hop") if isinstance(answer[kind], dict) else None
    if not unknown and isinstance(hop, str):
        for name in (answer.get("field"), answer.get("different")):
            if name in NEVER.get(hop, ()):
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
        if not isinstance(option, str) and not has_texts(option, "value", "words"):
            yield "An option is a text, or a table of value and words, which are texts."
