/** In a frame of somebody else's page: nothing done here may scroll that page, take its focus, or be kept in its reader's browser. */

export const isFramed = globalThis.parent !== globalThis.window;

/** Unlike `scrollIntoView`, which goes on to the page around the frame. @param {HTMLElement} node */
function scrollWithin(node) {
  for (let box = node.parentElement; box; box = box.parentElement) {
    const seen = box === document.documentElement ? { top: 0, bottom: innerHeight } : box.getBoundingClientRect();
    const { top, bottom } = node.getBoundingClientRect();
    box.scrollTop += Math.min(Math.max(0, bottom - seen.bottom), top - seen.top);
  }
}

/** @param {HTMLElement} node */
export function bringIntoSight(node) {
  if (isFramed) scrollWithin(node);
  else node.scrollIntoView({ block: "nearest" });
}

/** Whoever is at the page around a frame stays there. */
export const mayFocus = () => !isFramed || document.hasFocus();

/** @param {HTMLElement} node */
export function focusOn(node) {
  if (!isFramed) return node.focus();
  if (!mayFocus()) return;
  node.focus({ preventScroll: true });
  scrollWithin(node);
}
