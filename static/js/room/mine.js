/** What was sent from this page is found everywhere: ringed in the picture and the words, and named in the table. */

import { gettext, interpolate, number } from "./i18n.js";
import { claim, isYours } from "./yours.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {HTMLElement & {views: import("./views.js").Views}} Pictured
 */

const diagram = /** @type {Pictured | null} */ (document.querySelector("kafka-diagram"));

/** The last of them in each row, as far as is shown. @param {Hop[]} hops @returns {Map<string, number>} row -> offset */
function lastIn(hops) {
  const rows = new Map();
  for (const { topic, partition, offset } of hops.filter((hop) => hop.type === "ack" && isYours(hop)))
    rows.set(`${topic}/${partition}`, offset);
  return rows;
}

/** @param {HTMLTableRowElement} row @param {number | undefined} offset */
function name(row, offset) {
  const text = offset === undefined ? "" : interpolate(gettext("yours: offset %(n)s"), { n: number(offset) });
  const place = row.cells[0].querySelector(".you");
  if ((place?.textContent ?? "") === text) return;
  const node = place ?? row.cells[0].appendChild(Object.assign(document.createElement("span"), { className: "you" }));
  node.textContent = text;
}

/** @param {Pictured} shown */
function tell(shown) {
  const rows = lastIn(shown.views.shownHops());
  for (const cell of document.querySelectorAll("#state [data-total-end]")) {
    const row = cell.closest("tr");
    if (row) name(row, rows.get(cell.getAttribute("data-total-end") ?? ""));
  }
}

/** Its first hops may have been shown before the room answered. @param {Event} event */
function add(event) {
  claim(/** @type {CustomEvent} */ (event).detail);
  if (!diagram?.views) return;
  const { picture, log } = diagram.views;
  picture.renderer.follow(picture.renderer.isFollowed);
  log.claim();
  tell(diagram);
}

document.addEventListener("mine", add);
diagram?.addEventListener("played", (event) => {
  if (/** @type {CustomEvent<Hop[]>} */ (event).detail.some((hop) => hop.type === "ack" && isYours(hop))) tell(diagram);
});
diagram?.addEventListener("jumped", () => tell(diagram));
