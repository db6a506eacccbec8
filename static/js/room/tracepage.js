/** The page of a saved run, or a frame that shows one: fetches or opens the file, says what is wrong with it, or shows it; and the link to a moment. */

import "./kafka-diagram.js";
import { day, gettext, interpolate } from "./i18n.js";
import { copied, part, say } from "./page.js";
import { RecordedRun } from "./recorded.js";
import { checkSize, parseTrace, TraceProblem } from "./trace.js";
import { TraceSource } from "./tracesource.js";

/**
 * @typedef {import("./trace.js").Trace} Trace
 * @typedef {HTMLElement & {trace?: Trace, source?: (listener: import("./socket.js").Listener) => TraceSource, player?: import("./player.js").Player}} Diagram
 */

const TIME = /^#t=(\d{1,7}(?:\.\d+)?)$/;

/** @param {string} url @returns {Promise<string>} */
async function fetched(url) {
  const response = await fetch(url).catch((/** @type {unknown} */ error) => unreachable(error));
  if (!response.ok) throw new TraceProblem(gettext("This saved run is not here any more."));
  return response.text();
}

/** @param {unknown} error @returns {never} */
function unreachable(error) {
  if (!(error instanceof TypeError)) throw error;
  throw new TraceProblem(gettext("The saved run could not be fetched. Reload the page to try again."));
}

/** @param {File} file @returns {Promise<string>} */
async function opened(file) {
  checkSize(file.size);
  return file.text();
}

/** Shows the run, or the sentence that says why not. @param {Promise<string>} text */
export async function show(text) {
  say(part("[data-trace-problem]"), "");
  try {
    build(parseTrace(await text));
  } catch (error) {
    if (!(error instanceof TraceProblem)) throw error;
    part("[data-run]").replaceChildren();
    say(part("[data-trace-problem]"), error.message);
  }
  part("[data-trace-problem]").hidden = part("[data-trace-problem]").textContent === "";
  part("[data-trace-waiting]").hidden = true;
}

/** @param {Trace} trace */
function build(trace) {
  const template = /** @type {HTMLTemplateElement} */ (part("template[data-run-template]"));
  const run = /** @type {DocumentFragment} */ (document.importNode(template.content, true));
  const diagram = /** @type {Diagram} */ (run.querySelector("kafka-diagram"));
  Object.assign(diagram, { trace, source: (/** @type {import("./socket.js").Listener} */ listener) => new TraceSource(trace, listener) });
  part("[data-run]").replaceChildren(run);
  cut(part("[data-run]").dataset);
  describe(trace);
  part("[data-copy-moment]").addEventListener("click", () => copyLink());
  goToHash();
}

/** @param {Trace} trace */
function describe({ head }) {
  const kind = head.cluster === "external" ? gettext("a real Kafka") : gettext("the embedded cluster");
  const where = head.recorded_on ?? kind;
  const format = gettext("Recorded in room %(code)s on %(where)s, %(when)s. Nothing runs now: this is what was observed then.");
  say(part("[data-run-facts]"), interpolate(format, { code: head.code, where, when: day(new Date(head.recorded_at)) }));
}

/** @returns {Partial<Diagram>} */
const diagram = () => /** @type {Diagram} */ (part("kafka-diagram"));

/** A frame may be asked for a part of the run alone. @param {DOMStringMap} wanted */
function cut({ start, end }) {
  if (!start && !end) return;
  diagram().player?.do((playback) => {
    if (playback instanceof RecordedRun) playback.cut(Number(start ?? 0), Number(end || Number.POSITIVE_INFINITY));
  });
}

function goToHash() {
  const seconds = Number(TIME.exec(location.hash)?.[1] ?? 0);
  diagram().player?.do((playback) => {
    if (playback instanceof RecordedRun) playback.goTo(seconds);
  });
}

/** Where a page may not write to the clipboard the address has the moment all the same. */
async function copyLink() {
  const playback = diagram().player?.playback;
  if (!(playback instanceof RecordedRun)) return;
  history.replaceState(null, "", `#t=${playback.shown(performance.now()).toFixed(1)}`);
  const done = (await copied(location.href)) ? gettext("Copied.") : gettext("The address of this page now leads to this moment.");
  say(part("[data-copied-moment]"), done);
}

/** @param {HTMLInputElement} input */
function choose(input) {
  const file = input.files?.[0];
  if (file) void show(opened(file));
}

const { trace } = part("[data-run]").dataset;
if (trace) void show(fetched(trace));
const input = /** @type {HTMLInputElement} */ (part("[data-trace-file]"));
input.addEventListener("change", () => choose(input));
addEventListener("hashchange", goToHash);
