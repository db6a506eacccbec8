/** Somebody's first press in a room in which nothing was sent: what becomes of it is told in beats, once in a browser for each story. */

/** @typedef {Parameters<typeof import("./director.js").direct>[0]} Directed */

const NAME = "kafkaviz.directed";

/** A browser may keep nothing for a page: then it is told in each room. @param {(storage: Storage) => string | null | void} use */
function stored(use) {
  try {
    return use(localStorage) ?? "";
  } catch (error) {
    if (error instanceof DOMException) return "";
    throw error;
  }
}

/** @param {Directed} diagram */
function isFirst({ player: { playback }, topology: { scenario, topics } }) {
  const isNew = topics.every(({ name }) => !playback.state.sent[name]);
  return isNew && playback.live && stored((storage) => storage.getItem(`${NAME}.${scenario}`)) === "";
}

/** The picture stands still at what is sent; who goes on from there comes when it is needed. @param {MouseEvent} event */
async function press({ target }) {
  const slug = target instanceof Element ? target.closest("[data-action]")?.getAttribute("data-action") : undefined;
  const diagram = /** @type {Directed | null} */ (document.querySelector("kafka-diagram"));
  const action = slug && diagram?.topology?.actions.find((one) => one.slug === slug);
  if (!diagram || !action || !isFirst(diagram)) return;
  stored((storage) => storage.setItem(`${NAME}.${diagram.topology.scenario}`, "shown"));
  const { playback } = diagram.player;
  playback.stepwise = true;
  playback.strict = true;
  try {
    const { direct } = await import("./director.js");
    direct(diagram, action.own);
  } catch (error) {
    playback.stepwise = false;
    playback.strict = false;
    diagram.player.do((one, now) => one.goLive(now));
    throw error;
  }
}

document.addEventListener("click", (event) => void press(event), { capture: true });
