/** How slow, and how long each movement is held so that it can be seen. Milliseconds of display. Pure. */

/**
 * @typedef {{travel: number, pull: number, process: number, ack: number, row: number, actor: number, rest: number, wait: number, limit: number}} Pace
 *   rest and wait: how long a record is drawn in a member's hands, or before its answer, when nothing more is heard of it;
 *   pull: how long a member is seen asking before it is handed what it asked for; row and actor: the least between two steps of one partition and one member; limit: never later than this
 */

/** How many times slower than it was. */
export const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
/** Time in which nothing happens is shortened to this, unless we are live. */
export const DEAD_AIR = 1200;

/** At full speed the picture must keep up, so it hurries rather than fall behind. @type {Pace} */
const BRISK = { travel: 120, pull: 80, process: 40, ack: 40, row: 30, actor: 10, rest: 1500, wait: 15_000, limit: 3000 };
/** Slowed, it takes the time that an eye needs. @type {Pace} */
const CALM = {
  travel: 450,
  pull: 350,
  process: 200,
  ack: 250,
  row: 120,
  actor: 60,
  rest: 10_000,
  wait: 120_000,
  limit: Number.POSITIVE_INFINITY,
};

/** From so many times slower on it is slow motion: who looks reads, and the picture waits for them. */
export const READ_FROM = 20;

/** Milliseconds for which a sentence is held so that it can be read. @param {string} text */
export const readingTime = (text) => Math.max(2000, 800 + 280 * text.split(/\s+/).length);

/** @param {number} slow */
export const paceOf = (slow) => (slow === 1 ? BRISK : CALM);

/** @param {number} slow @param {number} by 1 slower, -1 faster */
export function nextSpeed(slow, by) {
  const at = Math.max(0, SPEEDS.indexOf(slow));
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))];
}
