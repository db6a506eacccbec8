/** Who pressed on the home page has pressed already: a new room's first action is pressed once, when its picture is live. */

/** @typedef {HTMLElement & {player?: import("./player.js").Player}} Pressable */

const FIRST = "#first";
const diagram = /** @type {Pressable | null} */ (document.querySelector("kafka-diagram"));

/** Where something was pressed before, an address that was kept or handed on does nothing. @param {Pressable} live */
function press(live) {
  const head = live.player?.playback.log.head;
  if (head && Object.keys(head.sent).length === 0) /** @type {HTMLElement | null} */ (document.querySelector("[data-action]"))?.click();
}

if (location.hash === FIRST && diagram) {
  history.replaceState(null, "", location.pathname + location.search);
  const watch = new MutationObserver(() => {
    if (diagram.dataset.state !== "live") return;
    watch.disconnect();
    press(diagram);
  });
  watch.observe(diagram, { attributeFilter: ["data-state"] });
}
