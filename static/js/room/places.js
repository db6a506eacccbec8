/** Names of partitions, short: many in a row are told by the first and the last. Pure. */

/** Fewer are as short one by one. */
const MANY = 4;

/** "P0 P1 P2", "P0–P11", "P0–P3 P7" @param {number[]} partitions @param {string} [mark] before each number @returns {string[]} */
export function spans(partitions, mark = "P") {
  const runs = /** @type {number[][]} */ ([]);
  for (const one of [...partitions].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run?.at(-1) === one - 1) run.push(one);
    else runs.push([one]);
  }
  return runs.flatMap((run) => (run.length < MANY ? run.map((one) => `${mark}${one}`) : [`${mark}${run[0]}–${mark}${run.at(-1)}`]));
}
