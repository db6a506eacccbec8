/** A room takes a moment to open: whoever pressed sees at once that it does, and can't press twice. */

import { gettext } from "./room/i18n.js";

/** In ms. Whoever stopped the browser from going there can press again then. */
const PATIENCE = 10_000;

/** What was on a button, to be there again for who comes back. @type {Map<Element, Node[]>} */
const before = new Map();

function restore() {
  for (const [button, nodes] of before) {
    button.replaceChildren(...nodes);
    button.removeAttribute("aria-busy");
  }
  before.clear();
}

/** @param {Element} button */
function open(button) {
  before.set(
    button,
    [...button.childNodes].map((node) => node.cloneNode(true)),
  );
  button.replaceChildren(gettext("Opening your room…"));
  button.setAttribute("aria-busy", "true");
  setTimeout(restore, PATIENCE);
}

/** @param {Event} event */
function begin(event) {
  const place = event.target instanceof Element ? event.target.closest("[data-opens]") : null;
  const button = place?.matches("form") ? /** @type {SubmitEvent} */ (event).submitter : place;
  if (!button) return;
  if (button.getAttribute("aria-busy")) event.preventDefault();
  else open(button);
}

/** A press that opens the page in another tab leaves this one as it is. @param {MouseEvent} event */
const stays = ({ button, ctrlKey, metaKey, shiftKey, altKey }) => button !== 0 || ctrlKey || metaKey || shiftKey || altKey;

document.addEventListener("submit", begin);
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("a[data-opens]") && !stays(event)) begin(event);
});
addEventListener("pageshow", restore);
