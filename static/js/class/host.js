/** The host's page. */

import { number } from "../room/i18n.js";
import { part, say } from "../room/page.js";
import { ClassSocket } from "./classsocket.js";
import { renewSecret, secret } from "./secret.js";
import "./table.js";

part("[data-no-key]").hidden = Boolean(secret);

let known = "";
let held = true;

/** The panel asks for itself anew when somebody else, or the class, has changed what it shows. @param {import("./classsocket.js").ClassState} state */
function show(state) {
  say(part("[data-here]"), number(state.here));
  const { here, ...rest } = state;
  const now = JSON.stringify(rest);
  if (now !== known && held) part("#class").dispatchEvent(new Event("stale"));
  known = now;
}

/** Somebody made a new link, perhaps because this one was in the wrong hands. @param {string} message */
function refuse(message) {
  held = false;
  say(part("[data-not-host]"), message);
  part("[data-not-host]").hidden = false;
}

document.body.addEventListener("htmx:afterRequest", (event) => {
  const fresh = /** @type {CustomEvent} */ (event).detail.xhr?.getResponseHeader("X-Room-Token");
  if (fresh) renewSecret(fresh);
});

const nothing = () => {};
const code = JSON.parse(document.getElementById("topology")?.textContent ?? "{}").code;
if (secret) new ClassSocket(code, secret, { state: show, you: nothing, refused: refuse, status: nothing }).open();
