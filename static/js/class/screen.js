/** The screen in front: how many are here, and the question with its bars. */

import { renewedFor } from "../renewal.js";
import { gettext, interpolate, ngettext, number } from "../room/i18n.js";
import { part, say, showNotice } from "../room/page.js";
import { bars } from "./bars.js";
import { ClassSocket } from "./classsocket.js";
import { secret } from "./secret.js";

/** @param {import("./classsocket.js").ClassState} state */
function show({ here, question }) {
  say(part("[data-here]"), number(here));
  document.body.classList.toggle("met", here > 0);
  part("[data-ask]").hidden = !question;
  if (!question) return;
  say(part("[data-question]"), question.text);
  part("[data-bars]").replaceChildren(...bars(question).children);
  say(
    part("[data-seen]"),
    question.seen || interpolate(ngettext("%(n)s vote", "%(n)s votes", question.votes), { n: number(question.votes) }),
  );
  if (question.running) say(part("[data-seen]"), gettext("It is being tried. Watch the picture."));
}

const topology = JSON.parse(document.getElementById("topology")?.textContent ?? "{}");
const nothing = () => {};

/** Where the class is held from the screen itself, its link may not be the one that counts any more. @param {string} message */
function refuse(message) {
  if (secret) showNotice(message);
}

const listener = {
  state: show,
  you: nothing,
  refused: refuse,
  status: nothing,
  renewed: () => (secret ? Promise.resolve(secret) : renewedFor(topology.code)),
};
new ClassSocket(topology.code, document.body.dataset.token ?? "", listener).open();
