/** The first view of a saved run: the player comes when Play is pressed. */

import { focusOn } from "../room/framed.js";
import { part, say } from "../room/page.js";
import { fetchAhead, play } from "./kit.js";
import { fetchRun, isReachable } from "./saved.js";

/** Pressed before the page was loaded anew. */
const PRESSED = "#play";
const button = /** @type {HTMLButtonElement} */ (part("[data-play-run]"));
const saved = part("[data-run]").dataset.saved ?? "";

async function begin() {
  button.disabled = true;
  part("[data-unreachable]").hidden = true;
  part("[data-trace-waiting]").hidden = false;
  if (await play(fetchRun(saved))) return showPlaying();
  part("[data-trace-waiting]").hidden = true;
  part("[data-unreachable]").hidden = false;
  button.disabled = false;
  say(button, button.dataset.again ?? "");
}

function showPlaying() {
  const hadFocus = [button, document.body].includes(/** @type {HTMLButtonElement} */ (document.activeElement));
  button.remove();
  part("[data-begin]").hidden = false;
  const pressed = part(part("kafka-diagram").dataset.stepwise === undefined ? "[data-play]" : "[data-next]");
  pressed.click();
  if (hadFocus) focusOn(pressed);
}

/** A module that did not come once does not come again in the same page, in some browsers. */
async function again() {
  if (!(await isReachable(saved))) return;
  location.hash = PRESSED;
  location.reload();
}

button.addEventListener("click", () => void (part("[data-unreachable]").hidden ? begin() : again()));
fetchAhead(button);
if (location.hash === PRESSED) void begin();
