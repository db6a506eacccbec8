/** How the picture is to look, as a person wants it: with motion or without, all rows or some. Motion is remembered here, in the browser. */

import { MOST_ROWS } from "./layout.js";
import { part } from "./page.js";

/** @typedef {{still: (still: boolean) => void, unfold: (unfolded: boolean) => void}} Listener */

const REMEMBERED = "kafkaviz.motion";

/** A browser may keep nothing for a page in a frame. @returns {string | null} */
function remembered() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** @param {string} word */
function remember(word) {
  try {
    localStorage.setItem(REMEMBERED, word);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

export class Looks {
  /** @param {import("./types.js").Topology} topology @param {Listener} listener @param {AbortSignal} signal */
  constructor(topology, listener, signal) {
    this.listener = listener;
    this.motion = /** @type {HTMLInputElement} */ (part("[data-motion]"));
    this.rows = /** @type {HTMLInputElement} */ (part("[data-all-rows]"));
    this.system = matchMedia("(prefers-reduced-motion: reduce)");
    this.system.addEventListener("change", () => this.show(), { signal });
    this.motion.addEventListener("change", () => this.choose(), { signal });
    this.rows.addEventListener("change", () => listener.unfold(this.rows.checked), { signal });
    part("[data-rows-choice]").hidden = topology.topics.every(({ partitions }) => partitions <= MOST_ROWS);
  }

  /** What the person chose here counts more than what the system says. */
  get isStill() {
    const word = remembered();
    return word ? word === "off" : this.system.matches;
  }

  choose() {
    remember(this.motion.checked ? "on" : "off");
    this.show();
  }

  show() {
    this.motion.checked = !this.isStill;
    this.listener.still(this.isStill);
  }
}
