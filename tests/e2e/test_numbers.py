"""While the picture stands still its numbers, those of the table, of the text and of the API are the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.client import crowd, settled
from tests.e2e.test_player import SCRUB, Viewer
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
Numbers = dict[str, dict[str, str]]
TABLE = """() => {
  const found = { ends: {}, committed: {}, lag: {} };
  for (const cell of document.querySelectorAll("#state td")) {
    const { totalEnd, committed, lag } = cell.dataset;
    if (totalEnd) found.ends[totalEnd] = cell.textContent;
    if (committed) found.committed[committed] = cell.textContent;
    if (lag) found.lag[lag] = cell.textContent;
  }
  return found;
}"""
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
    found.lag[idOf(node)] = node.textContent.match(/(?:lag ([\\d,]+)|–)$/)[1] ?? "–";
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
    found: Numbers = {"ends": {}, "committed": {}, "lag": {}}
    for topic, rows in state["topics_state"].items():
        for row in rows:
            found["ends"][f"{topic}/{row['partition']}"] = f"{row['end']:,}"
    for group, rows in state["groups_state"].items():
        for row in rows:
            lane = f"{group}/{row['topic']}/{row['partition']}"
            read = row["committed"] is not None
            found["committed"][lane] = f"{row['committed']:,}" if read else "–"
            found["lag"][lane] = f"{row['lag']:,}" if read else "–"
    return found


def read_by_all(viewer: Viewer) -> Numbers:
    """Many orders, then one; what the API tells when all of it has been read, and the picture has come there."""
    code = viewer.play("food-delivery")
    room = {"code": code, "token": viewer.page.evaluate("document.body.dataset.token")}
    crowd(viewer.server, room, 50, 3)
    assert wait_for(lambda: sum(row["end"] for row in viewer.api(code)["topics_state"]["orders"]) > 100)
    crowd(viewer.server, room, 0)
    settled(viewer.server, room)
    assert wait_for(lambda: is_told_singly(viewer))
    told = api_numbers(settled(viewer.server, room))
    assert wait_for(lambda: viewer.page.evaluate(TABLE) == told), (viewer.page.evaluate(TABLE), told)
    return told


def is_told_singly(viewer: Viewer) -> bool:
    """Places an order; is each of its steps a line of its own? While much happens they are counted."""
    viewer.page.evaluate(f"window.since = {LAST_SEQ}")
    viewer.order()
    return bool(wait_for(lambda: len(viewer.page.evaluate(TEXT)["committed"]) == LANES_OF_AN_ORDER, 3))


def test_paused_the_table_the_picture_the_text_and_the_api_tell_the_same(viewer: Viewer) -> None:
    told = read_by_all(viewer)
    viewer.page.click("[data-play]")
    assert viewer.moment.startswith("Paused")
    assert viewer.page.evaluate(TABLE) == told
    pictured = viewer.page.evaluate(PICTURE)
    assert pictured["ends"] == told["ends"]
    assert pictured["lag"] == told["lag"]
    read = {lane for lane, lag in told["lag"].items() if lag == "0"}
    assert set(pictured["atEnd"]) == read and read
    text = viewer.page.evaluate(TEXT)
    assert {row: told["ends"][row] for row in text["ends"]} == text["ends"]
    assert {lane: told["committed"][lane] for lane in text["committed"]} == text["committed"]


def test_at_any_other_moment_the_table_and_the_picture_tell_the_same(viewer: Viewer) -> None:
    told = read_by_all(viewer)
    scrub = viewer.page.locator("[data-scrub]")
    low, high = (float(scrub.get_attribute(name) or 0) for name in ("min", "max"))
    seen = []
    for share in (0.2, 0.4, 0.6, 0.8):
        scrub.evaluate(SCRUB, str(low + (high - low) * share))
        assert viewer.moment.startswith("Paused")
        shown, pictured = viewer.page.evaluate(TABLE), viewer.page.evaluate(PICTURE)
        assert (pictured["ends"], pictured["lag"]) == (shown["ends"], shown["lag"])
        seen.append(shown)
    assert any(shown != told for shown in seen)
