/** What was sent from this page has a ring in the picture, wherever it is. */

/** @typedef {HTMLElement & {views?: import("./views.js").Views}} Pictured */

const MOST = 200;
const mine = /** @type {Set<string>} */ (new Set());

document.addEventListener("mine", (event) => {
  mine.add(/** @type {CustomEvent} */ (event).detail);
  for (const old of [...mine].slice(0, -MOST)) mine.delete(old);
  const diagram = /** @type {Pictured | null} */ (document.querySelector("kafka-diagram"));
  if (!diagram?.views) return;
  const { renderer } = diagram.views.picture;
  renderer.isMine = (/** @type {{trace: string}} */ { trace }) => mine.has(trace);
  // Its first hops may have been drawn before the room answered.
  renderer.follow(renderer.isFollowed);
});
