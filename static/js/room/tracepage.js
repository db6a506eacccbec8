/** The page of a saved run, or a frame that shows one: shows the server's, or opens a file; and the link to a moment. */

import { gettext } from "./i18n.js";
import { copied, part, say } from "./page.js";
import { RecordedRun } from "./recorded.js";
import { fetched, showRun } from "./savedrun.js";
import { checkSize } from "./trace.js";

const TIME = /^#t=(\d{1,7}(?:\.\d+)?)$/;

/** @param {File} file @returns {Promise<string>} */
async function opened(file) {
  checkSize(file.size);
  return file.text();
}

/** Shows the run, or the sentence that says why not. @param {Promise<string>} text */
export async function show(text) {
  if (!(await showRun(text))) return;
  part("[data-copy-moment]").addEventListener("click", () => copyLink());
  goToHash();
}

/** @returns {Partial<import("./savedrun.js").Diagram>} */
const diagram = () => /** @type {import("./savedrun.js").Diagram} */ (part("kafka-diagram"));

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
