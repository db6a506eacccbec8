/** The class as a file. It takes the host's token, which no link sends, so it is fetched and handed to the browser. */

import { gettext } from "../room/i18n.js";
import { part, say } from "../room/page.js";

const NAME = /filename="([^"]+)"/;

/** @param {HTMLElement} button */
async function download(button) {
  const headers = { "X-Room-Token": document.body.dataset.token ?? "" };
  const reply = await fetch(button.dataset.table ?? "", { headers }).catch(() => undefined);
  const file = reply?.ok ? await reply.blob().catch(() => undefined) : undefined;
  const problem = part("[data-table-problem]");
  problem.hidden = file !== undefined;
  say(problem, file ? "" : gettext("The table could not be fetched. Try again in a moment."));
  if (file) hand(file, NAME.exec(reply?.headers.get("Content-Disposition") ?? "")?.[1] ?? "class.csv");
}

/** @param {Blob} file @param {string} name */
function hand(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Not at once: some browsers read it only after the click was answered.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("[data-table]") : null;
  if (button instanceof HTMLElement) void download(button);
});
