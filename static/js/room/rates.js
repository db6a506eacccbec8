/** How many records a second, measured over what was shown. Pure. */

const WINDOW = 3;

/** @typedef {{time: number, count: number}[]} Meter */

/** @param {Meter} meter @param {number} time seconds of the room @param {number} count @returns {Meter} */
export function measure(meter, time, count) {
  const recent = meter.filter((one) => one.time > time - WINDOW);
  const last = recent.at(-1);
  if (last && time - last.time < 0.05) return [...recent.slice(0, -1), { time: last.time, count: last.count + count }];
  return [...recent, { time, count }];
}

/** @param {Meter} meter @param {number} time */
export function rate(meter, time) {
  const total = meter.filter((one) => one.time > time - WINDOW).reduce((sum, one) => sum + one.count, 0);
  return total / WINDOW;
}
