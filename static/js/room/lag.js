/** How far a group is behind in a partition. Pure. */

/**
 * Records stored and not committed, as librdkafka's `consumer_lag`: from the beginning where the group has no bookmark. Null as long as nobody
 * has been asked whether it has one.
 *
 * @param {import("./types.js").Lane | undefined} lane @param {number} end @returns {number | null}
 */
export function lagIn(lane, end) {
  if (!lane || (lane.committed === null && !lane.asked)) return null;
  return Math.max(0, end - (lane.committed ?? 0));
}
