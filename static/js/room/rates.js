/**
 * How many records a second were stored, over the last seconds that are known throughout. The window goes by the times of the hops
 * and not by the clock: what was stored just now is told a little later, and what nobody has told yet is not nothing.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {{rate: number, until: number}} Reading records a second, up to that time of the room
 * @typedef {{from: number, to: number, count: number}} Stretch
 */

/** Seconds over which it is measured, and the least that say anything. */
const WINDOW = 3;
const SHORTEST = 0.5;
/** A run covers no more than this, in seconds: what passed before was nothing. */
const LONGEST_RUN = 1;
/** A partition of which nothing came for so many seconds, while others go on, has nothing more just now. */
const QUIET = 1;
/** Seconds of hops that are to be counted for a reading. */
export const REMEMBERED = WINDOW + QUIET + LONGEST_RUN;

/** How many of a stretch's records were stored by then. @param {Stretch} stretch @param {number} time */
function countedBy({ from, to, count }, time) {
  if (time >= to) return count;
  return time <= from ? 0 : (count * (time - from)) / (to - from);
}

/** Pure: it owns its own object and touches no other. */
export class Meter {
  constructor() {
    this.parts = /** @type {Map<string, Stretch[]>} */ (new Map());
  }

  /** @param {Hop} hop an `ack` */
  add({ topic, partition, time, first, count = 1 }) {
    if (count === 0) return;
    const id = `${topic}/${partition}`;
    const known = this.parts.get(id) ?? [];
    const last = known.at(-1)?.to ?? Number.NEGATIVE_INFINITY;
    // A run is spread over its time; a single record was stored at its moment.
    const from = first === undefined ? time : Math.min(time, Math.max(last, time - LONGEST_RUN));
    const recent = known.filter(({ to }) => to > time - REMEMBERED);
    this.parts.set(id, [...recent, { from, to: Math.max(time, last), count }]);
  }

  clear() {
    this.parts.clear();
  }

  /** Undefined while too little is known. What the first hop stands for may have taken any time, and does not count. @returns {Reading | undefined} */
  read() {
    const rows = [...this.parts.values()];
    const lasts = rows.map((row) => row[row.length - 1].to);
    const newest = Math.max(...lasts);
    const until = Math.min(...lasts.filter((last) => last > newest - QUIET));
    const from = Math.max(until - WINDOW, Math.min(...rows.map(([oldest]) => oldest.to)));
    if (!(until - from >= SHORTEST)) return undefined;
    const counted = rows.flat().reduce((sum, one) => sum + countedBy(one, until) - countedBy(one, from), 0);
    return { rate: counted / (until - from), until };
  }
}
