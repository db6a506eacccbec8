/** Who reads what in a group, in the words of the picture and of the table. Pure. */

import { gettext, interpolate } from "./i18n.js";
import { spans } from "./places.js";
import { groupBy } from "./together.js";

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Group} Group
 * @typedef {import("./types.js").Member} Member
 */

/** @param {[string, number][]} partitions @returns {string[]} */
export function partitionLines(partitions) {
  const byTopic = groupBy(partitions, ([topic]) => topic);
  return [...byTopic].map(([topic, pairs]) => `${topic} ${spans(pairs.map(([, partition]) => partition)).join(" ")}`);
}

/** @param {State} state @param {string} group @returns {[string, Member][]} by their names */
export const membersOf = (state, group) =>
  Object.entries(state.members)
    .filter(([, member]) => member.group === group)
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));

/** A group of which nobody hears for longer than this has something else, in seconds. */
const LONGEST = 60;

/** Seconds for which a group has been sharing its partitions out anew, by then. @param {State} state @param {string} group @param {number} time */
export function rebalancing({ members, unowned }, group, time) {
  const since = unowned?.[group]?.since ?? Number.POSITIVE_INFINITY;
  const isLed = Object.values(members).some((member) => member.group === group && !member.crashed);
  return isLed && Math.abs(time - since) < LONGEST ? Math.max(0, time - since) : undefined;
}

/** @param {State} state @param {number} time */
export const isRebalancing = (state, time) =>
  Object.keys(state.unowned ?? {}).some((group) => rebalancing(state, group, time) !== undefined);

/** Which partitions members of a share group are given their clients do not tell, and it does not matter. @param {Group} group @param {Member} member @returns {string[]} */
export function readLines({ shared }, { partitions, crashed }) {
  if (!shared) return partitionLines(partitions);
  return crashed ? [] : [gettext("takes single records")];
}

/** @param {Topology} topology @param {State} state @param {Group} group @returns {[string, number][]} */
function unreadPlaces(topology, state, group) {
  if (group.shared) return [];
  const read = new Set(membersOf(state, group.name).flatMap(([, { partitions }]) => partitions.map((place) => place.join("/"))));
  return topology.topics
    .filter(({ name }) => group.topics.includes(name))
    .flatMap(({ name, partitions }) => Array.from({ length: partitions }, (_, index) => /** @type {[string, number]} */ ([name, index])))
    .filter((place) => !read.has(place.join("/")));
}

/** While a group shares its partitions out anew there are some that nobody reads. @param {Topology} topology @param {State} state @param {Group} group */
export function unreadText(topology, state, group) {
  const unread = unreadPlaces(topology, state, group);
  return unread.length === 0 ? "" : interpolate(gettext("none of ours reads %(places)s"), { places: partitionLines(unread).join(", ") });
}

/** Of who reads nothing. A client may not be told that it gets none: that none is left is known when others read all. @param {Topology} topology @param {State} state @param {Member} member */
export function idleWord(topology, state, { crashed, group: name }) {
  if (crashed) return gettext("✕ crashed");
  const group = topology.groups.find((one) => one.name === name);
  const isAllRead = !group || unreadPlaces(topology, state, group).length === 0;
  return isAllRead ? gettext("idle: no partition left") : gettext("no partition yet");
}
