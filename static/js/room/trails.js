/**
 * What was stored in each row lately: how fast, and with which keys. Stretches of offsets are kept as they were told, so what is
 * told again adds nothing, and of what was lost nothing is claimed. Pure: it owns its own object and touches no other.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {Map<string | null, number>} KeyCounts exact counts of the keys that are known; the others are the rest of the records
 * @typedef {{count: number, keys: KeyCounts}} Keyed
 * @typedef {Keyed & {first: number, last: number, from: number, to: number}} Stretch
 */

/** A run covers no more than this, in seconds: what passed before was nothing. */
const LONGEST_RUN = 1;
/** Runs that meet are one stretch for so many seconds. */
const SHORT = 0.25;
const MOST = 240;
/** No time is measured that is shorter, in seconds. */
const SHORTEST = 0.02;
/** Seconds over which keys are counted. */
export const LATELY = 3;
/** Seconds of hops that are looked at when the playhead is put elsewhere. */
export const REMEMBERED = 60;

/** @param {Keyed} one */
const isWholeKnown = ({ count, keys }) => [...keys.values()].reduce((sum, n) => sum + n, 0) === count;

/** A key that one does not name may be among its others: then its count would be too small. @param {Keyed} one @param {Keyed} other @returns {Keyed} */
export function joinKeyed(one, other) {
  const known = [...new Set([...one.keys.keys(), ...other.keys.keys()])];
  const [oneIsKnown, otherIsKnown] = [isWholeKnown(one), isWholeKnown(other)];
  const exact = known.filter((key) => (oneIsKnown || one.keys.has(key)) && (otherIsKnown || other.keys.has(key)));
  const keys = new Map(exact.map((key) => [key, (one.keys.get(key) ?? 0) + (other.keys.get(key) ?? 0)]));
  return { count: one.count + other.count, keys };
}

/** @returns {Keyed} */
export const noKeys = () => ({ count: 0, keys: new Map() });

/** @param {Hop} hop an `ack` that is no sample @returns {Keyed} */
export function keyedOf({ count = 1, key, keys = [] }) {
  return { count, keys: new Map(key === undefined ? keys : [[key, 1]]) };
}

/** @param {Stretch} one @param {Stretch} next */
const meets = (one, next) => next.first === one.last + 1 && one.to - one.from < SHORT && next.from <= one.to;

/** @param {Stretch} one @param {Stretch} next @returns {Stretch} */
const joined = (one, next) => ({
  ...joinKeyed(one, next),
  first: one.first,
  last: next.last,
  from: one.from,
  to: Math.max(one.to, next.to),
});

/** @param {Stretch[]} trail @param {Stretch} stretch changes the trail */
function insert(trail, stretch) {
  const at = trail.findLastIndex(({ first }) => first <= stretch.first);
  const [before, after] = [trail[at], trail[at + 1]];
  const isTold = (before && before.last >= stretch.first) || (after && after.first <= stretch.last);
  if (isTold) return;
  const from = Math.min(stretch.to, Math.max(before?.to ?? 0, stretch.to - LONGEST_RUN));
  const placed = { ...stretch, from };
  if (before && meets(before, placed)) trail[at] = joined(before, placed);
  else trail.splice(at + 1, 0, placed);
  if (trail.length > MOST) trail.shift();
}

export class Trails {
  constructor() {
    this.rows = /** @type {Map<string, Stretch[]>} */ (new Map());
  }

  /** @param {Hop} hop */
  add(hop) {
    if (hop.type !== "ack" || hop.count === 0 || hop.offset === undefined) return;
    const id = `${hop.topic}/${hop.partition}`;
    const trail = this.rows.get(id) ?? [];
    this.rows.set(id, trail);
    insert(trail, { ...keyedOf(hop), first: hop.first ?? hop.offset, last: hop.offset, from: hop.time, to: hop.time });
  }

  /** The playhead is elsewhere. @param {Hop[]} hops those before it */
  restate(hops) {
    this.rows.clear();
    for (const hop of hops) this.add(hop);
  }

  /** Keys of what was stored up to that time, in the seconds before it. @param {string} id "hearts/0" @param {number} time seconds of the room */
  keysLately(id, time) {
    const recent = (this.rows.get(id) ?? []).filter(({ to }) => to > time - LATELY);
    return recent.reduce(joinKeyed, noKeys());
  }

  /** Records a second, while they came; undefined of what nobody saw here. @param {string} id @param {number} first @param {number} last */
  rateBetween(id, first, last) {
    let [records, seconds] = [0, 0];
    for (const stretch of this.rows.get(id) ?? []) {
      const shared = Math.min(last, stretch.last) - Math.max(first, stretch.first) + 1;
      if (shared <= 0) continue;
      records += shared;
      seconds += ((stretch.to - stretch.from) * shared) / stretch.count;
    }
    return records === 0 ? undefined : records / Math.max(SHORTEST, seconds);
  }
}

/** More than this of the busiest row's records have one key: a hot key. */
const HOT = 0.6;
/** Of fewer records a share says nothing. */
const FEW = 20;

/** @template {Keyed} T @param {T[]} rows @returns {{row: T, key: string, n: number} | undefined} */
export function hotKey(rows) {
  const row = rows.reduce((most, one) => (one.count > (most?.count ?? 0) ? one : most), /** @type {T | undefined} */ (undefined));
  if (!row || row.count < FEW) return undefined;
  const [key, n] = [...row.keys].reduce((most, one) => (one[1] > most[1] ? one : most), [/** @type {string | null} */ (null), 0]);
  return key !== null && n > HOT * row.count ? { row, key, n } : undefined;
}
