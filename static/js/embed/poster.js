/** The first view of a scenario: a press leads to a room; where there is no connection, the frame still has something real to show. */

import { part, say } from "../room/page.js";
import { fetchAhead, play } from "./kit.js";
import { fetchRun, isReachable } from "./saved.js";

const button = /** @type {HTMLAnchorElement} */ (part("[data-begin]"));
const saved = part("[data-run]").dataset.saved ?? "";
const run = fetchRun(saved, { priority: "low" });
let isTrying = false;
let isPlaying = false;

async function begin() {
  // A step of a lesson, or a moment.
  if (location.hash) button.hash = location.hash;
  if (await isReachable(saved)) return location.assign(button.href);
  isPlaying ||= await play(run);
  part("[data-recorded]").hidden = !isPlaying;
  part("[data-unreachable]").hidden = isPlaying;
  say(button, button.dataset.again ?? "");
}

/** With a modifier it opens elsewhere, as any link. @param {MouseEvent} event */
async function press(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (isTrying) return;
  isTrying = true;
  button.setAttribute("aria-busy", "true");
  say(button, button.dataset.starting ?? "");
  await begin();
  button.removeAttribute("aria-busy");
  isTrying = false;
}

button.addEventListener("click", press);
fetchAhead(button);
