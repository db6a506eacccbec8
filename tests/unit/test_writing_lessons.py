"""docs/writing-lessons.md is held to what there is: a name that comes, goes or changes is missed here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from apps.kafka.hops import HopType
from apps.lessons import checking, library, vocabulary
from apps.rooms import controlwords, panels
from apps.rooms.builtin import BUILTIN
from apps.rooms.clusterwords import LACKS
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS
from tests.servers import ROOT
from tests.unit.test_lessons import HEAD

TRIED = (ROOT / "docs" / "trying-lessons.md").read_text()
GUIDE = (ROOT / "docs" / "writing-lessons.md").read_text()
Rows = list[tuple[str, ...]]
STEP = "## A step\n\nSomebody orders.\n\n```toml\n{}\n```\n"


def code(names: Iterable[object]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def actions(scenario: Scenario) -> Iterator[str]:
    for action in scenario.actions:
        fields = "; ".join(f"`{field.name}`: {code(field.choices)}" for field in action.fields)
        yield f"`{action.slug}` ({fields})"


def of_scenarios() -> Rows:
    return [
        (
            f"`{slug}`",
            "; ".join(actions(scenario)),
            ", ".join(f"`{topic.name}` ({topic.partitions})" for topic in scenario.topics),
            "; ".join(f"`{group.name}` (of {code(group.topics)})" for group in scenario.groups),
        )
        for slug, scenario in SCENARIOS.items()
    ]


def of_settings() -> Rows:
    """The share group has some of the others' settings, and one of its own."""
    kinds = {
        "`group`, of a consumer group": controlwords.GROUP_SETTINGS,
        "`group`, of a share group": controlwords.SHARE_SETTINGS,
        "`producer`": controlwords.PRODUCER_SETTINGS,
    }
    return [
        (kind, f"`{name}`", code(controlwords.values_of(name)))
        for kind, names in kinds.items()
        for name in names
    ]


def of_conditions() -> Rows:
    return [
        (f"`{kind}`", code(name for name in shape if name != kind) or "nothing")
        for kind, shape in vocabulary.CONDITIONS.items()
    ]


def of_answers() -> Rows:
    return [
        (f"`{kind}`", code(name for name in shape if name != kind) or "nothing")
        for kind, shape in vocabulary.ANSWERS.items()
    ]


def of_other_names() -> Rows:
    return [
        ("`show`, beside topics and groups", code(vocabulary.DETAILS)),
        ("`hop`", code(HopType)),
        ("`field`, `different` and `same`, of a hop", code(vocabulary.FIELDS)),
        ("`field`, of the ledger", code(vocabulary.LEDGER)),
        ("`change`, of members", code(panels.CHANGES)),
        ("`delay`, of a broker", code(panels.DELAYS)),
        ("`open`", code(vocabulary.OPENED)),
        ("`slow`", code(vocabulary.SPEEDS)),
        ("`needs`", code(LACKS)),
        ("`run`", code(BUILTIN)),
    ]


TABLES = {
    "Scenarios": of_scenarios,
    "Settings": of_settings,
    "Conditions": of_conditions,
    "Answers": of_answers,
    "Other names": of_other_names,
}


def table(heading: str) -> Rows:
    """The rows below a heading of the guide, without the table's head."""
    below = GUIDE.split(f"\n### {heading}\n")[1].split("\n#")[0]
    lines = [line for line in below.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


@pytest.mark.parametrize("heading", TABLES)
def test_the_guide_names_what_there_is_and_nothing_else(heading: str) -> None:
    assert table(heading) == TABLES[heading]()


def test_the_guide_describes_every_key_and_every_panel() -> None:
    for known, heading in ((vocabulary.HEAD, "The head"), (vocabulary.STEP, "A step")):
        section = GUIDE.split(f"\n## {heading}\n")[1].split("\n### ")[0].split("\n## ")[0]
        described = set(re.findall(r"`\[*(\w+)\]*`", "".join(re.findall(r"(?m)^\|([^|]+)\|", section))))
        assert described == set(known)
    assert re.findall(r"(?m)^\| `(\w+)` \|", GUIDE.split("### `do`")[1].split("###")[0]) == list(panels.READ)


def test_every_example_of_the_guide_is_right(tmp_path: Path) -> None:
    first = re.search(r"````markdown\n(.*?)````", GUIDE, re.S)
    assert first
    (tmp_path / "15-tea-time.md").write_text(first[1])
    blocks = re.findall(r"(?m)^```toml\n(.*?)^```", GUIDE.replace(first[1], ""), re.S)
    examples = [line for block in blocks for line in block.splitlines()]
    assert len(examples) > 12
    for number, example in enumerate(examples, 16):
        needed = "\nuntil = { rest = true }" if example.startswith("predict") else ""
        (tmp_path / f"{number}-example-{number}.md").write_text(HEAD + STEP.format(example + needed))
    assert [str(problem) for problem in library.load([tmp_path], "en")[1]] == []


def test_every_control_that_is_named_is_taken() -> None:
    scenario = SCENARIOS["food-delivery"]
    rows = GUIDE.split("### `do`")[1].split("###")[0]
    fields = {"members": "change", "broker": "change", "letters": "change", "lab": "promise"}
    for panel, field in fields.items():
        (row,) = re.findall(rf"(?m)^\| `{panel}` \|(.*)\|$", rows)
        names = re.search(rf"`{field}`: (.*?)(?:;|$)", row)
        assert names
        for name in re.findall(r"`([a-z-]+)`", re.sub(r"\(.*?\)|with `\w+`.*", "", names[1])):
            checking.control({"panel": panel, "group": "restaurant", "broker": 1, field: name}, scenario)


def test_headings_are_there_once() -> None:
    headings = sorted(line for line in GUIDE.splitlines() if line.startswith("#"))
    assert not [one for one, other in pairwise(headings) if one == other]


def test_each_wrong_belief_has_a_step_that_breaks_it() -> None:
    ours = library.load([library.OURS], "en")[0]
    rows = re.findall(r"(?m)^\| (.+?) \| `([a-z-]+)` \| (.+?) \| (live|a saved run|words) \|$", TRIED)
    assert len(rows) == 20
    for belief, slug, title, how in rows:
        (step,) = [step for step in ours[slug].steps if step.title == title]
        assert ("do" in step.does and bool(step.until)) == (how == "live"), belief
        assert ("/t/" in step.say) == (how == "a saved run"), belief


def test_every_lesson_asks_something_and_breaks_something() -> None:
    for lesson in library.load([library.OURS], "en")[0].values():
        assert any("predict" in step.does for step in lesson.steps), lesson.slug
        assert lesson.sandbox or any(step.title.startswith("Break it") for step in lesson.steps), lesson.slug
        assert lesson.sources, lesson.slug


def test_each_experiment_of_the_sandbox_has_a_question_a_hint_and_what_should_be_seen() -> None:
    *experiments, _own = library.load([library.OURS], "en")[0]["sandbox"].steps
    for step in experiments:
        asked = [step.title, step.say, step.does.get("predict", {}).get("ask", "")]
        assert any("?" in words for words in asked), step.title
        assert {"do", "until", "hint", "then"} <= set(step.does), step.title
