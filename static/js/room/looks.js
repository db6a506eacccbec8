/** How the picture is to look, as a person wants it: with motion or without, all rows or some, step by step or as it comes. That and motion are remembered here, in the browser, but not from a frame. */

import { isFramed } from "./framed.js";
import { MOST_ROWS } from "./layout.js";
import { part } from "./page.js";

/** @typedef {{still: (still: boolean) => void, unfold: (unfolded: boolean) => void, steps?: (stepwise: boolean) => void}} Listener steps: not of a saved run, which stands still by itself */

/** @typedef {"motion" | "steps"} Choice */

/** A browser may keep nothing for a page, and is not asked to for one in a frame. @param {(storage: Storage) => string | null | void} use */
function stored(use) {
  if (isFramed) return null;
  try {
    return use(localStorage) ?? null;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

export class Looks {
  /** @param {import("./types.js").Topology} topology @param {Listener} listener @param {AbortSignal} signal @param {boolean} stepwise the page wants it step by step, with motion or without */
  constructor(topology, listener, signal, stepwise) {
    this.listener = listener;
    this.stepwise = stepwise;
    this.chosen = /** @type {Partial<Record<Choice, string>>} */ ({});
    this.motion = /** @type {HTMLInputElement} */ (part("[data-motion]"));
    this.steps = /** @type {HTMLInputElement} */ (part("[data-steps]"));
    this.rows = /** @type {HTMLInputElement} */ (part("[data-all-rows]"));
    this.system = matchMedia("(prefers-reduced-motion: reduce)");
    this.system.addEventListener("change", () => this.show(), { signal });
    this.motion.addEventListener("change", () => this.choose("motion", this.motion.checked), { signal });
    this.steps.addEventListener("change", () => this.choose("steps", this.steps.checked), { signal });
    this.rows.addEventListener("change", () => listener.unfold(this.rows.checked), { signal });
    part("[data-rows-choice]").hidden = topology.topics.every(({ partitions }) => partitions <= MOST_ROWS);
  }

  /** By the row itself, which is then gone. */
  unfold() {
    this.rows.checked = true;
    this.rows.focus({ preventScroll: true });
    this.listener.unfold(true);
  }

  /** What the person chose here counts more than what the system says. */
  get isStill() {
    const word = this.wordOf("motion");
    return word ? word === "off" : this.system.matches;
  }

  get mayStep() {
    return this.isStill || this.stepwise;
  }

  /** Who wants no motion is shown one step after the other, unless they want it as it comes. */
  get isStepwise() {
    return this.mayStep && this.wordOf("steps") !== "off";
  }

  /** @param {Choice} name */
  wordOf(name) {
    return this.chosen[name] ?? stored((storage) => storage.getItem(`kafkaviz.${name}`));
  }

  /** @param {Choice} name @param {boolean} on */
  choose(name, on) {
    const word = on ? "on" : "off";
    this.chosen[name] = word;
    stored((storage) => storage.setItem(`kafkaviz.${name}`, word));
    this.show();
  }

  /** Whoever wants it live wants it as it comes. */
  live() {
    if (this.isStepwise) this.choose("steps", false);
  }

  show() {
    this.motion.checked = !this.isStill;
    this.listener.still(this.isStill);
    part("[data-steps-choice]").hidden = !this.mayStep || !this.listener.steps;
    this.steps.checked = this.isStepwise;
    this.listener.steps?.(this.isStepwise);
  }
}
