/**
 * What stands still where the playhead was put: found from the hops before it, as nothing is fast-forwarded. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./log.js").HopLog} HopLog
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {{slow: number, display: number, icons: Record<string, string>, isFollowed: (hop: Hop) => boolean}} Manner
 */

import { Levels, SEEDED } from "./levels.js";
import { isStep } from "./log.js";
import { paceOf } from "./pace.js";
import { advance, createTimeline, schedule, settle } from "./timeline.js";

/** How many hops before a place are looked at. */
const PRELUDE = 80;

/** The last step before that position. @param {HopLog} log @param {number} position @param {(hop: Hop) => boolean} [isOne] @returns {Hop | undefined} */
export function stepBefore(log, position, isOne = isStep) {
  const at = log.before(position, isOne);
  const hop = at < position ? log.entry(at)?.hop : undefined;
  return hop && isOne(hop) ? hop : undefined;
}

/** Is it too far for every movement up to there to be shown? @param {number} hops */
export const isFar = (hops) => hops > PRELUDE;

/** @param {HopLog} log @param {number} position @param {Manner} manner @returns {Timeline} as if everything up to there had just been shown */
export function timelineAt(log, position, { slow, display, icons, isFollowed }) {
  const levels = new Levels(slow);
  const timeline = createTimeline(paceOf(slow), icons, levels);
  timeline.isFollowed = isFollowed;
  for (let index = Math.max(log.first, position - PRELUDE); index < position; index += 1)
    schedule(timeline, /** @type {import("./log.js").Entry} */ (log.entry(index)).hop, display, index);
  advance(timeline, Number.POSITIVE_INFINITY, true);
  settle(timeline, display, stepBefore(log, position));
  const when = log.whenAt(position);
  levels.seed(log.between(log.positionAt(when - SEEDED), position), when);
  return timeline;
}
