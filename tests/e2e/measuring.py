"""Where the words of a page stand, as the browser sees it: which overlap, which leave their place, which are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A line's box is higher than what is written in it: between two lines of a paragraph there is no gap at all.
LABELS = """() => {
  const diagram = document.querySelector("kafka-diagram");
  for (const one of diagram.getAnimations({ subtree: true })) if (one instanceof CSSTransition) one.finish();
  const told = (text) => `"${text.textContent}" (${text.parentNode.dataset.id})`;
  const ink = (text) => {
    const { left, right, top, bottom, height } = text.getBoundingClientRect();
    return { text, left, right, top: top + height * 0.15, bottom: bottom - height * 0.1 };
  };
  const labels = [...diagram.querySelectorAll(":is(.text, .broker, .keys) > text")]
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
