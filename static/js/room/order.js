/** The runs of one frame cover one span of time, in whatever order they were counted: causes first, rows in order. Pure. */

import { isWhole } from "./reducer.js";

/** @typedef {import("./types.js").Hop} Hop */

const STEPS = ["ack", "poll", "process", "commit"];

/** @param {Hop} hop */
const offsetOf = (hop) => hop.offset ?? -1;

/** @param {Hop} cause @param {Hop} hop */
function leadsTo(cause, hop) {
  if (cause.topic !== hop.topic || cause.partition !== hop.partition) return false;
  if (cause.type === hop.type) return cause.group === hop.group;
  if (cause.type !== "ack" && cause.group !== hop.group) return false;
  const earlier = STEPS.indexOf(cause.type) < STEPS.indexOf(hop.type);
  return earlier && (cause.first ?? offsetOf(cause)) <= offsetOf(hop) && offsetOf(hop) <= offsetOf(cause);
}

/** @param {Hop[]} waiting @param {Hop} hop @param {number} at */
function isBlocked(waiting, hop, at) {
  if (!STEPS.includes(hop.type)) return false;
  return waiting.some((other, index) => STEPS.includes(other.type) && (other.type !== hop.type || index < at) && leadsTo(other, hop));
}

/** @param {Hop[]} hops the hops of one frame @returns {Hop[]} */
export function causesFirst(hops) {
  if (hops.every(isWhole)) return hops;
  const waiting = hops.filter((hop) => hop.type !== "lag");
  const ordered = /** @type {Hop[]} */ ([]);
  while (waiting.length > 0) {
    const ready = waiting.findIndex((hop, index) => !isBlocked(waiting, hop, index));
    ordered.push(...waiting.splice(Math.max(0, ready), 1));
  }
  return [...ordered, ...hops.filter((hop) => hop.type === "lag")];
}
