/** Who saves a run gets a link to the moment that they see, too: the form tells which that is, on the room's clock. */

/** @typedef {HTMLElement & {player?: import("../room/player.js").Player}} Diagram */

document.addEventListener("htmx:configRequest", (event) => {
  const { target, detail } = /** @type {CustomEvent} */ (event);
  if (!(target instanceof Element) || !target.matches("[data-save-run]")) return;
  const playback = /** @type {Diagram | null} */ (document.querySelector("kafka-diagram"))?.player?.playback;
  if (playback) detail.parameters.moment = playback.shownTime(performance.now()).toFixed(1);
});
