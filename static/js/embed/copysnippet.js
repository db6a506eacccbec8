/** Buttons that copy what stands beside them: a link, or the HTML for a blog. They may come later, with a panel. */

import { copyOrMark, part, say } from "../room/page.js";

/** @param {Element} button */
async function copy(button) {
  const shown = part(button.getAttribute("data-copy-text") ?? "");
  const told = /** @type {HTMLElement | null} */ (button.parentElement?.querySelector("[role=status]"));
  const words = await copyOrMark(shown.textContent ?? "", shown);
  if (told) say(told, words);
}

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("[data-copy-text]") : null;
  if (button) void copy(button);
});
