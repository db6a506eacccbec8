/** Within the frame of a <kafkaviz-run>: the page that plays the run. */

import { gettext } from "../room/i18n.js";
import { part } from "../room/page.js";
import { fetched, showRun } from "../room/savedrun.js";
import { TraceProblem } from "../room/trace.js";

/**
 * @typedef {{src: string, start: string, end: string, speed: string, controls: string, label: string}} Wanted
 * @typedef {{kafkavizMarkup: string}} Words what a file of words brings beside its catalogue: the page
 */

/** @param {Wanted} wanted */
export function play(wanted) {
  document.body.className = wanted.controls === "0" ? "auto bare" : "auto";
  document.body.innerHTML = /** @type {Words} */ (/** @type {unknown} */ (globalThis)).kafkavizMarkup;
  part("h1").textContent = wanted.label;
  part("#kafkaviz").ariaLabel = wanted.label;
  const template = /** @type {HTMLTemplateElement} */ (part("template[data-run-template]"));
  const diagram = /** @type {HTMLElement} */ (template.content.querySelector("kafka-diagram"));
  diagram.dataset.slow = wanted.speed;
  Object.assign(part("[data-run]").dataset, { start: wanted.start, end: wanted.end });
  new ResizeObserver(tellHeight).observe(part("#kafkaviz"));
  void showRun(wanted.src ? fetched(wanted.src) : Promise.reject(noRun()));
}

/** @param {ResizeObserverEntry[]} entries */
function tellHeight([{ target }]) {
  parent.postMessage({ type: "kafkaviz:height", height: Math.ceil(target.getBoundingClientRect().bottom) }, "*");
}

const noRun = () => new TraceProblem(gettext("This player was not told which run to play: its src says where a saved run is."));
