/** A broker that comes or goes changes many partitions at once: hops that say the same of several become one. Pure. */

/** @typedef {import("./types.js").Hop} Hop */

/** What it says, without the place; what stands alone has a name of its own. @param {Hop} hop */
function said(hop) {
  if (hop.type === "leader") return `leader ${hop.source}`;
  if (hop.type === "isr") return `isr ${hop.data?.in_sync} ${hop.data?.replicas?.length}`;
  return `${hop.seq}`;
}

/** @param {Hop[]} hops @returns {Hop} */
function joined(hops) {
  const { topic: _topic, partition: _partition, ...first } = hops[0];
  return { ...first, partitions: hops.map((hop) => [hop.topic ?? "", hop.partition ?? 0]) };
}

/** Map.groupBy, which phones of 2023 lack. @template T @param {T[]} items @param {(item: T) => string} keyOf @returns {Map<string, T[]>} */
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** @param {Hop[]} hops those of one moment @returns {Hop[]} in the order of the first of each */
export const together = (hops) => [...groupBy(hops, said).values()].map((same) => (same.length > 1 ? joined(same) : same[0]));
