/**
 * Causes first, rows in order. The runs of one frame cover one span of time, in whatever order they were counted; and a record may
 * be read before its producer has heard that it is stored. Pure.
 */

import { isWhole } from "./reducer.js";
import { isOfShares } from "./shares.js";

/** @typedef {import("./types.js").Hop} Hop */

const STEPS = ["ack", "poll", "process", "acknowledge", "commit"];

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

/** What one member did with single records it did in this order. @param {Hop} earlier @param {Hop} hop */
const isSameActor = (earlier, hop) => earlier.group !== undefined && earlier.source === hop.source && isWhole(earlier) && isWhole(hop);

/** What a reader sends on is stored after it was sent. @param {Hop} earlier @param {Hop} hop */
const isSendOf = ({ type, trace, topic }, hop) =>
  type === "send" && hop.type === "ack" && trace && trace === hop.trace && topic === hop.topic;

/** A sample tells no less than what was told of its lane before. @param {Hop} earlier @param {Hop} hop */
const isSampledIn = (earlier, hop) => hop.type === "lag" && earlier.type === "poll" && leadsTo({ ...earlier, type: "lag" }, hop);

/** @param {Hop[]} waiting @param {Hop} hop @param {number} at */
function isBlocked(waiting, hop, at) {
  return waiting.some((other, index) => {
    if (index < at && (isSameActor(other, hop) || isSendOf(other, hop) || isSampledIn(other, hop))) return true;
    if (!STEPS.includes(hop.type) || !STEPS.includes(other.type)) return false;
    // What is delivered again is polled after it was answered for.
    if (index > at && isOfShares(hop) && other.group === hop.group) return false;
    return (other.type !== hop.type || index < at) && leadsTo(other, hop);
  });
}

/** @param {Hop[]} hops of one frame, or of some that came together @returns {Hop[]} */
export function causesFirst(hops) {
  const runs = !hops.every(isWhole);
  const comesLast = (/** @type {Hop} */ hop) => runs && hop.type === "lag";
  const waiting = hops.filter((hop) => !comesLast(hop));
  const ordered = /** @type {Hop[]} */ ([]);
  while (waiting.length > 0) {
    const ready = waiting.findIndex((hop, index) => !isBlocked(waiting, hop, index));
    ordered.push(...waiting.splice(Math.max(0, ready), 1));
  }
  return [...ordered, ...hops.filter(comesLast)];
}
