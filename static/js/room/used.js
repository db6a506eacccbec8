/**
 * What is drawn. What every room has and few use, the dead letters and groups that are guests, is shown from when it is used; in a
 * lesson, only the parts that it has introduced. Pure.
 */

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").State} State
 * @typedef {Map<string, string>} Marks signs beside a partition ("orders/0"), a member or a group
 */

/** Parts that are neither topic nor group. */
export const BOOKMARKS = "bookmarks";
const BROKERS = "brokers";
const OF_BROKERS = new Set(["broker_up", "broker_down", "leader", "isr", "coordinator"]);

/** @param {State} state @param {import("./types.js").Group} group */
export function isUsedGroup(state, { name, guest }) {
  if (!guest) return true;
  const places = [...Object.keys(state.lanes), ...Object.keys(state.shares)];
  return Object.values(state.members).some(({ group }) => group === name) || places.some((id) => id.startsWith(`${name}/`));
}

/** @param {State} state @param {import("./types.js").Topic} topic */
export const isUsedTopic = (state, { name, spare }) => !spare || (state.parts[`${name}/0`]?.end ?? 0) > 0;

/** @param {Topology} topology @param {State} state @param {Set<string>} [shown] @returns {Topology} */
export function usedPart(topology, state, shown) {
  const isShown = (/** @type {{name: string}} */ { name }) => shown?.has(name) ?? true;
  const topics = topology.topics.filter((topic) => isUsedTopic(state, topic) && isShown(topic));
  const groups = topology.groups.filter((group) => isUsedGroup(state, group) && isShown(group));
  if (!shown && topics.length === topology.topics.length && groups.length === topology.groups.length) return topology;
  return { ...topology, topics, groups, bare: shown !== undefined && !shown.has(BOOKMARKS) };
}

/** What there is to be known of it. @param {State} state @param {Set<string>} [shown] @returns {State} */
export function usedState(state, shown) {
  return !shown || shown.has(BROKERS) ? state : { ...state, brokers: {}, copies: {}, coordinators: {} };
}

/** Whether a hop is about what is shown. @param {Set<string> | undefined} shown @param {import("./types.js").Hop} hop */
export function isTold(shown, { type, topic, group, source }) {
  if (!shown) return true;
  if (OF_BROKERS.has(type) || source === "brokers") return shown.has(BROKERS);
  return (
    (topic === undefined || shown.has(topic)) && (group === undefined || shown.has(group)) && (type !== "commit" || shown.has(BOOKMARKS))
  );
}
