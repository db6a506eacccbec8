/** What was sent from this page, by its trace. The words say so, and the picture rings it. */

const MOST = 200;
const traces = /** @type {Set<string>} */ (new Set());

/** @param {string} trace */
export function claim(trace) {
  traces.add(trace);
  for (const old of [...traces].slice(0, -MOST)) traces.delete(old);
}

/** @param {{trace?: string | null}} record or hop */
export const isYours = ({ trace }) => typeof trace === "string" && traces.has(trace);
