"""Where the words of a page stand, as the browser sees it: which overlap, which leave their place, which are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What a member reads is a topic and its chips; what a group made is a figure and what it counts. By where they are put,
# for they may be on their way.
PICTURED = """selector => {
  const told = {};
  const place = (node) => node.style.transform.match(/-?[\\d.]+/g).map(Number);
  const marks = [...document.querySelectorAll("kafka-diagram [data-id]")];
  for (const mark of marks.filter((one) => one.matches(selector) && !one.matches(".chip")))
    for (const text of mark.querySelectorAll("text")) told[mark.dataset.id] = text.textContent;
  const lines = marks.filter(({ dataset }) => /^member-.*-\\d+$/.test(dataset.id));
  const chips = marks.filter((one) => one.matches(".chip")).sort((one, other) => place(one)[0] - place(other)[0]);
  for (const chip of chips) {
    const [x, y] = place(chip);
    const isBefore = ([left, top]) => Math.abs(top - y - 12.5) < 4 && left < x && x - left < 200;
    const line = lines.find((one) => isBefore(place(one)));
    if (line && told[line.dataset.id] !== undefined) told[line.dataset.id] += ` ${chip.textContent}`;
  }
  for (const id of Object.keys(told).filter((one) => /^world-.*-unit-\\d+$/.test(one))) {
    told[id.replace(/unit-\\d+$/, "figure")] += ` ${told[id]}`;
    delete told[id];
  }
  return told;
}"""

# A line's box is higher than what is written in it: between two lines of a paragraph there is no gap at all.
LABELS = """() => {
  const diagram = document.querySelector("kafka-diagram");
  for (const one of diagram.getAnimations({ subtree: true })) if (one instanceof CSSTransition) one.finish();
  const told = (text) => `"${text.textContent}" (${text.parentNode.dataset.id})`;
  const ink = (text) => {
    const { left, right, top, bottom, height } = text.getBoundingClientRect();
    return { text, left, right, top: top + height * 0.15, bottom: bottom - height * 0.1 };
  };
  const labels = [...diagram.querySelectorAll(":is(.text, .broker, .keys, .chip) > text")]
    .filter((text) => text.textContent.trim() !== "" && text.checkVisibility({ opacityProperty: true }))
    .map(ink);
  const meet = (a, b) =>
    a.left + 0.5 < b.right && b.left + 0.5 < a.right && a.top < b.bottom && b.top < a.bottom;
  const within = (label, box) => label.left >= box.left - 0.5 && label.right <= box.right + 0.5;
  const faults = [];
  labels.forEach((label, index) => {
    for (const other of labels.slice(index + 1))
      if (meet(label, other)) faults.push(`${told(label.text)} overlaps ${told(other.text)}`);
  });
  for (const { text } of labels) if (text.textContent.endsWith("…")) faults.push(`${told(text)} is cut`);
  const whole = diagram.querySelector("svg").getBoundingClientRect();
  for (const label of labels) if (!within(label, whole)) faults.push(`${told(label.text)} leaves the picture`);
  for (const box of diagram.querySelectorAll(".box")) {
    const place = box.getBoundingClientRect();
    for (const label of labels)
      if (label.text.parentNode.dataset.id.startsWith(`${box.dataset.id}-`) && !within(label, place))
        faults.push(`${told(label.text)} leaves its box`);
  }
  return { labels: labels.length, faults };
}"""

# What can be scrolled can be read; what is there for screen readers alone has no place.
WORDS = """() => {
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const unseen = "script, template, option, kafka-diagram, .skip";
  const isForEarsOnly = (node) => node.closest(".hidden") || getComputedStyle(node).clipPath !== "none";
  const range = document.createRange();
  const clips = (node) => getComputedStyle(node).overflowX;
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const parent = text.parentElement;
    if (!text.data.trim() || parent.closest(unseen) || isForEarsOnly(parent) || !parent.checkVisibility()) continue;
    range.selectNodeContents(text);
    const { left, right } = range.getBoundingClientRect();
    if (right - left <= 1) continue;
    let place = parent;
    while (place !== document.documentElement && clips(place) === "visible" && !place.matches(".button, .panel, .card"))
      place = place.parentElement;
    if (["auto", "scroll"].includes(clips(place))) continue;
    const box = place.getBoundingClientRect();
    if (left < box.left - 1 || right > box.right + 1)
      faults.push(`"${text.data.trim().slice(0, 60)}" is wider than its ${place.tagName} .${place.className}`);
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`the page is ${wide} wide`);
  return faults;
}"""


def faults(page: Page) -> list[str]:
    """In one look: nothing moves between two measurements."""
    found = page.evaluate(LABELS)
    assert found["labels"] > 10, "there is no picture"
    return found["faults"] + page.evaluate(WORDS)
