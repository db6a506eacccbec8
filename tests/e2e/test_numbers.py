"""While the picture stands still its numbers, those of the table, of the text and of the API are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.client import Room, crowd, settled
from tests.e2e.measuring import PICTURED
from tests.e2e.test_player import SCRUB, Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
Numbers = dict[str, dict[str, str]]
TABLE = """() => {
  const found = { ends: {}, committed: {}, lag: {} };
  for (const cell of document.querySelectorAll("#state tr:not([hidden]) td")) {
    const { totalEnd, committed, lag } = cell.dataset;
    if (totalEnd) found.ends[totalEnd] = cell.textContent;
    if (committed) found.committed[committed] = cell.textContent;
    if (lag) found.lag[lag] = cell.textContent;
  }
  return found;
}"""
# A group's icon stands at its bookmark, with its lag while there is one.
# A bookmark stands at an offset; where that is the end's, it stands where the end does.
PICTURE = """() => {
  const found = { ends: {}, lag: {}, atEnd: [] };
  const idOf = (node) => node.dataset.id.slice(node.dataset.id.indexOf("-") + 1);
  const marks = (kind) => document.querySelectorAll(`kafka-diagram [data-id^="${kind}-"]`);
  const xOf = (node) => new DOMMatrix(node.style.transform).e;
  const ends = Object.fromEntries([...marks("end")].map((node) => [idOf(node), xOf(node)]));
  for (const node of marks("endtext"))
    found.ends[idOf(node)] = node.textContent === "empty" ? "0" : node.textContent.match(/^end ([\\d,]+)/)[1];
  for (const node of marks("lanetext"))
    found.lag[idOf(node)] = node.textContent.match(/([\\d,]+)$/)?.[1] ?? "0";
  for (const node of marks("committed")) {
    const [, ...row] = idOf(node).split("/");
    if (xOf(node) === ends[row.join("/")]) found.atEnd.push(idOf(node));
  }
  return found;
}"""
# The newest line of each row, and of each lane, that is newer than a hop.
TEXT = """() => {
  const found = { ends: {}, committed: {} };
  for (const line of document.querySelectorAll("#log li")) {
    const { type, seq, topic, partition, group, offset } = line.dataset;
    if (!(Number(seq) > window.since)) continue;
    const row = `${topic}/${partition}`;
    if (type === "ack") found.ends[row] ??= (Number(offset) + 1).toLocaleString("en");
    if (type === "commit") found.committed[`${group}/${row}`] ??= line.textContent.match(/to ([\\d,]+)\\.$/)[1];
  }
  return found;
}"""
# What the tables of members and brokers say, and what the picture says of the same.
ROSTERS = """() => {
  const rows = (name) => [...document.querySelectorAll(`[data-roster-${name}] tbody tr`)].map((row) =>
    [...row.cells].map((cell) => (cell.hidden ? null : cell.textContent)));
  return { members: rows("members"), brokers: rows("brokers") };
}"""
# There from the start, and shown when they are used.
LATECOMER, DEAD_LETTERS = "latecomer", "dead-letters"
LANES_OF_AN_ORDER = 5  # three groups read it, and two read what happens to it
LAST_SEQ = (
    "Math.max(...[...document.querySelectorAll('#log li')].map((line) => Number(line.dataset.seq ?? 0)))"
)


@pytest.fixture
def viewer(browser: Browser, server: Server) -> Iterator[Viewer]:
    viewer = Viewer(browser, server)
    yield viewer
    viewer.page.close()
    assert viewer.complaints == []


def api_numbers(state: dict[str, Any]) -> Numbers:
    """Without what is there from the start and not shown until it is used."""
    found: Numbers = {"ends": {}, "committed": {}, "lag": {}}
    for topic, rows in state["topics_state"].items():
        if topic == DEAD_LETTERS:
            continue
        for row in rows:
            found["ends"][f"{topic}/{row['partition']}"] = f"{row['end']:,}"
    for group, rows in state["groups_state"].items():
        if group == LATECOMER:
            continue
        for row in rows:
            lane = f"{group}/{row['topic']}/{row['partition']}"
            read = row["committed"] is not None
            found["committed"][lane] = f"{row['committed']:,}" if read else "–"
            found["lag"][lane] = f"{row['lag']:,}"
    return found


def read_by_all(viewer: Viewer) -> Numbers:
    """Many orders, then one; what the API tells when all of it has been read, and the picture has come there."""
    code = viewer.play("food-delivery")
    room = {"code": code, "token": viewer.page.evaluate("document.body.dataset.token")}
    crowd(viewer.server, room, 50)
    assert wait_for(lambda: sum(row["end"] for row in viewer.api(code)["topics_state"]["orders"]) > 100)
    crowd(viewer.server, room, 0)
    settled(viewer.server, room)
    told = wait_for(lambda: told_singly(viewer, room))
    assert told
    assert wait_for(lambda: viewer.page.evaluate(TABLE) == told), (viewer.page.evaluate(TABLE), told)
    return told


def is_held(text: dict[str, str], told: dict[str, str]) -> bool:
    return text == {lane: told[lane] for lane in text}


def told_singly(viewer: Viewer, room: Room) -> Numbers | None:
    """Places an order; what the API tells then, if each step is a line of its own: while much happens they are counted.

    The brokers may tell of a bookmark before the answer to the member that set it does.
    """
    viewer.page.evaluate(f"window.since = {LAST_SEQ}")
    viewer.order()
    told = api_numbers(settled(viewer.server, room))
    assert wait_for(lambda: viewer.page.evaluate(TABLE) == told), (viewer.page.evaluate(TABLE), told)

    def is_told() -> bool:
        text = viewer.page.evaluate(TEXT)["committed"]
        return len(text) == LANES_OF_AN_ORDER and is_held(text, told["committed"])

    return told if wait_for(is_told, 3) else None


def test_where_a_group_has_no_bookmark_yet_none_is_told_and_none_is_drawn(viewer: Viewer) -> None:
    code = viewer.play("food-delivery")
    told = api_numbers(viewer.api(code))
    assert set(told["committed"].values()) == {"–"}
    assert wait_for(lambda: viewer.page.evaluate(TABLE) == told), (viewer.page.evaluate(TABLE), told)
    pictured = viewer.page.evaluate(PICTURE)
    assert (pictured["lag"], pictured["atEnd"]) == (bookmarked(told["lag"]), [])
    assert viewer.page.locator('kafka-diagram [data-id^="committed-"]').count() == 0


def test_paused_the_table_the_picture_the_text_and_the_api_tell_the_same(viewer: Viewer) -> None:
    told = read_by_all(viewer)
    viewer.page.click("[data-play]")
    assert viewer.moment.startswith("Paused")
    assert viewer.page.evaluate(TABLE) == told
    pictured = viewer.page.evaluate(PICTURE)
    assert pictured["ends"] == told["ends"]
    assert pictured["lag"] == bookmarked(told["lag"])
    read = {lane for lane, lag in told["lag"].items() if lag == "0"}
    assert set(pictured["atEnd"]) == read and read
    text = viewer.page.evaluate(TEXT)
    assert {row: told["ends"][row] for row in text["ends"]} == text["ends"]
    assert is_held(text["committed"], told["committed"])


def test_at_any_other_moment_the_table_and_the_picture_tell_the_same(viewer: Viewer) -> None:
    told = read_by_all(viewer)
    scrub = viewer.page.locator("[data-scrub]")
    low, high = (float(scrub.get_attribute(name) or 0) for name in ("min", "max"))
    seen = []
    for share in (0.2, 0.4, 0.6, 0.8):
        scrub.evaluate(SCRUB, str(low + (high - low) * share))
        assert viewer.moment.startswith("Paused")
        shown, pictured = viewer.page.evaluate(TABLE), viewer.page.evaluate(PICTURE)
        assert (pictured["ends"], pictured["lag"]) == (shown["ends"], bookmarked(shown["lag"]))
        seen.append(shown)
    assert any(shown != told for shown in seen)


def bookmarked(lags: dict[str, str]) -> dict[str, str]:
    """Of the groups that have one."""
    return {lane: lag for lane, lag in lags.items() if lag != "–"}


def lines_of(pictured: dict[str, str], member: str) -> str:
    """What the picture says below a member's name."""
    lines = [text for id_, text in pictured.items() if re.fullmatch(rf"member-{member}-\d+", id_)]
    return ", ".join(lines)


def still_of(pictured: dict[str, str], group: str) -> str | None:
    said = " ".join(text for id_, text in pictured.items() if id_.startswith(f"group-{group}-"))
    found = re.search(r"stood still ([\d.]+ s)", said)
    return found[1] if found else None


def hold_rosters_to_the_picture(viewer: Viewer) -> dict[str, list[list[str | None]]]:
    told, pictured = viewer.page.evaluate(ROSTERS), viewer.page.evaluate(PICTURED, ":has(text)")
    named = {member for _group, member, *_rest in told["members"] if member != "–"}
    assert named == {text for id_, text in pictured.items() if re.fullmatch(r"member-.*-name", id_)}
    for group, member, reads, coordinator, still in told["members"]:
        unread = [text for id_, text in sorted(pictured.items()) if id_.startswith(f"group-{group}-unread")]
        said = lines_of(pictured, member) if member != "–" else " ".join(unread)
        assert reads == said
        if coordinator is not None:
            assert coordinator in (pictured.get(f"coordinator-{group}"), "–")
        if still is not None:
            assert still == (still_of(pictured, group) or "–")
    assert len(told["brokers"]) == sum(id_.startswith("broker-broker-") for id_ in pictured)
    for name, state, leads in told["brokers"]:
        number = name.removeprefix("B")
        assert pictured[f"broker-broker-{number}"] == name
        word = pictured[f"broker-word-broker-{number}"]  # what is out of the ordinary, or else what it leads
        assert word == (f"leads {leads}" if state == "up" else state)
    found: dict[str, list[list[str | None]]] = told
    return found


def test_members_and_brokers_stand_in_tables_as_in_the_picture_at_any_moment(viewer: Viewer) -> None:
    """One comes, one too many comes, one crashes, and a broker is stopped where it is ours."""
    viewer.play("food-delivery")
    page = viewer.page
    page.evaluate("for (const node of document.querySelectorAll('[data-break], .more')) node.open = true")
    page.locator("[data-rosters]").evaluate("node => node.scrollIntoView()")
    for number in (2, 3, 4):
        viewer.until_answered()
        page.locator("#restaurant-add").click()
        assert wait_for(lambda number=number: f"restaurant-{number}" in str(page.evaluate(ROSTERS)))
    page.locator("kafka-diagram").scroll_into_view_if_needed()
    assert wait_for(lambda: "idle: no partition left" in str(page.evaluate(ROSTERS)))
    viewer.until_answered()
    page.locator("#restaurant-crash").click()
    page.locator("kafka-diagram").scroll_into_view_if_needed()
    assert wait_for(lambda: viewer.lines("crash") > 0)
    if not viewer.server.external:
        page.locator("#broker-3-switch").click()
        page.locator("kafka-diagram").scroll_into_view_if_needed()
        assert wait_for(lambda: "✕ down" in str(page.evaluate(ROSTERS)))
    assert wait_for(lambda: "s" in str(page.evaluate(ROSTERS)["members"][0][4])), page.evaluate(ROSTERS)
    page.click("[data-play]")
    hold_rosters_to_the_picture(viewer)
    scrub = page.locator("[data-scrub]")
    low, high = (float(scrub.get_attribute(name) or 0) for name in ("min", "max"))
    seen = set()
    for step in range(1, 20):
        scrub.evaluate(SCRUB, str(low + (high - low) * step / 20))
        seen.add(str(hold_rosters_to_the_picture(viewer)))
    assert len(seen) > 3
