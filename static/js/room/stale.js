/** Which panels of the page tell what is so no more when a hop arrives. Pure. */

/** @typedef {import("./types.js").Hop} Hop */

/** All that can become so: ids of sections. */
export const PANELS = ["crowd", "groups", "lab", "brokers", "producer"];
const BROKERS = "brokers";
/** A panel of all groups, and one that sets one of them. */
const OF_GROUPS = ["groups", "lab"];
const PANELS_OF = /** @type {Record<string, string[]>} */ ({
  join: OF_GROUPS,
  leave: OF_GROUPS,
  crash: OF_GROUPS,
  broker_up: [BROKERS],
  broker_down: [BROKERS],
});

/** @param {Hop} hop */
function panelsOfSetting({ group, source, data }) {
  if (group !== undefined) return OF_GROUPS;
  if (data?.name === "crowd") return ["crowd"];
  return [source === BROKERS ? BROKERS : "producer"];
}

/** @param {Hop[]} hops @returns {string[]} ids */
export function panelsOf(hops) {
  return [...new Set(hops.flatMap((hop) => (hop.type === "setting" ? panelsOfSetting(hop) : (PANELS_OF[hop.type] ?? []))))];
}
