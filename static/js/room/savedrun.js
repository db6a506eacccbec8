/** A saved run in a page: fetched, checked and shown with what is known about it; or a sentence that says what is wrong with it. */

import "./kafka-diagram.js";
import { day, gettext, interpolate } from "./i18n.js";
import { part, say } from "./page.js";
import { RecordedRun } from "./recorded.js";
import { checkSize, parseTrace, TraceProblem } from "./trace.js";
import { TraceSource } from "./tracesource.js";

/**
 * @typedef {import("./trace.js").Trace} Trace
 * @typedef {HTMLElement & {trace?: Trace, source?: (listener: import("./socket.js").Listener) => TraceSource, player?: import("./player.js").Player}} Diagram
 */

const ABSENT = [404, 410];

/** @param {string} url @returns {Promise<string>} */
export async function fetched(url) {
  const response = await fetch(url).catch((/** @type {unknown} */ error) => unreachable(error));
  if (ABSENT.includes(response.status)) throw new TraceProblem(gettext("This saved run is not here any more."));
  if (!response.ok) throw new TraceProblem(notFetched());
  // What is packed is told as smaller than it is: that is seen when it has come.
  checkSize(Number(response.headers.get("Content-Length")));
  return response.text().catch((/** @type {unknown} */ error) => unreachable(error));
}

const notFetched = () => gettext("The saved run could not be fetched. Reload the page to try again.");

/** @param {unknown} error @returns {never} */
function unreachable(error) {
  if (!(error instanceof TypeError)) throw error;
  throw new TraceProblem(notFetched());
}

/** Shows the run, or the sentence that says why not. @param {Promise<string>} text @returns {Promise<boolean>} whether it is shown */
export async function showRun(text) {
  say(part("[data-trace-problem]"), "");
  try {
    build(parseTrace(await text));
  } catch (error) {
    if (!(error instanceof TraceProblem)) throw error;
    part("[data-run]").replaceChildren();
    say(part("[data-trace-problem]"), error.message);
  }
  const isShown = part("[data-trace-problem]").textContent === "";
  part("[data-trace-problem]").hidden = isShown;
  part("[data-trace-waiting]").hidden = true;
  return isShown;
}

/** @param {Trace} trace */
function build(trace) {
  const template = /** @type {HTMLTemplateElement} */ (part("template[data-run-template]"));
  const run = /** @type {DocumentFragment} */ (document.importNode(template.content, true));
  const diagram = /** @type {Diagram} */ (run.querySelector("kafka-diagram"));
  Object.assign(diagram, { trace, source: (/** @type {import("./socket.js").Listener} */ listener) => new TraceSource(trace, listener) });
  part("[data-run]").replaceChildren(run);
  begin(diagram, part("[data-run]").dataset);
  describe(trace);
}

/** @param {Trace} trace */
function describe({ head }) {
  const kind = head.cluster === "external" ? gettext("a real Kafka") : gettext("the embedded cluster");
  const where = head.recorded_on ?? kind;
  const format = gettext("Recorded in room %(code)s on %(where)s, %(when)s. Nothing runs now: this is what was observed then.");
  say(part("[data-run-facts]"), interpolate(format, { code: head.code, where, when: day(new Date(head.recorded_at)) }));
}

/** Stands still where it begins. A frame may be asked for a part of the run alone. @param {Diagram} diagram @param {DOMStringMap} wanted */
function begin({ player }, { start, end }) {
  player?.do((playback) => {
    if (playback instanceof RecordedRun) playback.cut(Number(start || 0), Number(end || Number.POSITIVE_INFINITY));
  });
}
