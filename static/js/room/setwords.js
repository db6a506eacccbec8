/** What is set otherwise than when the room began, in few words. Pure. */

import { gettext, interpolate, number } from "./i18n.js";
import { fit, textWidth, wrap } from "./measure.js";
import { PRODUCER } from "./reducer.js";

/** @typedef {import("./types.js").State} State */

const SIZE = 12;
/** @typedef {Record<string, (value: string) => string | undefined>} Words what matters most first; undefined for what a room begins with */

/** @type {Words} */
const OF_PRODUCERS = {
  acks: () => undefined,
  keys: (value) => ({ none: gettext("no keys"), one: gettext("one key") })[value],
  idempotence: (value) => ({ on: gettext("idempotent"), off: gettext("not idempotent") })[value],
  linger: (value) => `linger ${value} ms`,
  batch: (value) => `batch ${value} B`,
  partitioner: (value) => ({ consistent_random: "CRC32" })[value],
};
/** @type {Words} */
const OF_GROUPS = {
  commit: (value) =>
    ({ before: gettext("commits before"), auto: gettext("commits by a timer"), transaction: gettext("transactions") })[value],
  work: (value) => interpolate(gettext("%(s)s s a record"), { s: number(Number(value), 1) }),
  paused: (value) => ({ on: gettext("paused") })[value],
  answer: (value) => ({ reject: gettext("rejects"), release: gettext("releases") })[value],
  repeats: (value) => ({ handled: gettext("handles repeats") })[value],
  poison: (value) => ({ mended: gettext("handler mended") })[value],
  isolation: (value) => value,
  start: (value) => ({ latest: gettext("starts at the end") })[value],
  protocol: (value) => interpolate(gettext("protocol %(name)s"), { name: value }),
  static: (value) => ({ on: gettext("static members") })[value],
};

/** What one member alone is told to do. @param {State} state @param {string} group @returns {string[]} */
function ofMembers(state, group) {
  return Object.entries(state.settings[`${group}/pace`] ?? {}).flatMap(([member, { paused, work }]) => {
    if (!state.members[member]) return [];
    const slow = work === undefined ? [] : [interpolate(gettext("%(member)s %(s)s s a record"), { member, s: number(work, 1) })];
    return paused ? [interpolate(gettext("%(member)s paused"), { member }), ...slow] : slow;
  });
}

/** Of the producers, or of a group; nothing where a room is as it began. @param {State} state @param {string} [group] @returns {string[]} */
export function changesOf(state, group) {
  const began = state.began[group ?? PRODUCER]?.choices ?? {};
  const words = Object.entries(group === undefined ? OF_PRODUCERS : OF_GROUPS).flatMap(([name, word]) => {
    const value = state.settings[group === undefined ? name : `${group}/${name}`];
    return value === undefined || value === began[name] ? [] : [word(String(value)) ?? `${name}=${value}`];
  });
  return group === undefined ? words : [...words, ...ofMembers(state, group)];
}

/** In few lines; what there is no room for is counted. @param {string[]} words @param {number} width @param {number} most @returns {string[]} */
export function changeLines(words, width, most) {
  for (let told = words.length; told > 0; told -= 1) {
    const more = words.length > told ? [`+${number(words.length - told)}`] : [];
    // No line begins with a dot.
    const lines = wrap([...words.slice(0, told), ...more].join("\u00a0· "), width, SIZE);
    if (lines.length <= most && (told === 1 || lines.every((line) => textWidth(line, SIZE) <= width)))
      return lines.map((line) => fit(line, width, SIZE));
  }
  return [];
}
