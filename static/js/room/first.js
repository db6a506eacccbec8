/** What is met first is told in beats, once in a browser: what becomes of a record for each story, a rebalance, and a broker's death. */

/**
 * @typedef {Parameters<typeof import("./director.js").direct>[0]} Directed
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {typeof import("./director.js")} Telling
 */

const NAME = "kafkaviz.directed";
const pictured = /** @type {Directed | null} */ (document.querySelector("kafka-diagram"));

/** A browser may keep nothing for a page: then it is told in each room. @param {(storage: Storage) => string | null | void} use */
function stored(use) {
  try {
    return use(localStorage) ?? "";
  } catch (error) {
    if (error instanceof DOMException) return "";
    throw error;
  }
}

/** @param {string} what */
const isTold = (what) => stored((storage) => storage.getItem(`${NAME}.${what}`)) !== "";

/** The picture stands still at what comes; who goes on from there comes when it is needed. @param {Directed} room @param {string} what @param {(telling: Telling) => void} tell */
async function begin(room, what, tell) {
  stored((storage) => storage.setItem(`${NAME}.${what}`, "shown"));
  const { playback } = room.player;
  playback.stepwise = true;
  playback.strict = true;
  try {
    tell(await import("./director.js"));
  } catch (error) {
    playback.stepwise = false;
    playback.strict = false;
    room.player.do((one, now) => one.goLive(now));
    throw error;
  }
}

/** @param {Directed} room */
function isFirst({ player: { playback }, topology: { scenario, topics } }) {
  return topics.every(({ name }) => !playback.state.sent[name]) && playback.live && !isTold(scenario);
}

/** Somebody's first press in a room in which nothing was sent. @param {MouseEvent} event */
function press({ target }) {
  const slug = target instanceof Element ? target.closest("[data-action]")?.getAttribute("data-action") : undefined;
  const action = slug && pictured?.topology?.actions.find((one) => one.slug === slug);
  if (pictured && action && isFirst(pictured))
    void begin(pictured, pictured.topology.scenario, (telling) => telling.direct(pictured, action.own));
}

/** A member was let in or out, or crashed, in a group that others are in. @param {Directed} room @param {Hop} hop */
function isRebalance({ player: { playback }, topology }, { type, group, source, data }) {
  const isOne = type === "crash" || (type === "setting" && data?.name === "members" && ["add", "remove", "restart"].includes(data.value));
  if (!isOne || !topology.groups.some(({ name, shared }) => name === group && !shared)) return false;
  return Object.entries(playback.state.members).some(([name, member]) => member.group === group && !member.crashed && name !== source);
}

/** @param {Hop} hop */
const isDeath = ({ type, source, data }) =>
  type === "broker_down" || (type === "setting" && source === "brokers" && data?.value === "stopped");

/** While a crowd sends, nobody's picture stands still. @param {Directed} room @param {Hop} hop */
function stirs(room, hop) {
  const { player } = room;
  const { playback } = player;
  if (playback.stepwise || !player.watched || Number(playback.state.settings.crowd) > 0) return false;
  if (isRebalance(room, hop) && !isTold("rebalance")) void begin(room, "rebalance", (telling) => telling.directRebalance(room, hop));
  else if (isDeath(hop) && !isTold("death")) void begin(room, "death", (telling) => telling.directDeath(room, hop));
  return playback.stepwise;
}

document.addEventListener("click", press, { capture: true });
if (pictured)
  void customElements.whenDefined("kafka-diagram").then(() => {
    pictured.player.playback.stirs = (hop) => stirs(pictured, hop);
  });
