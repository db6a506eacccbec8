/** The partitions of a group as chips on the members that have them: shared out anew they go from member to member. Pure. */

import { textWidth } from "./measure.js";
import { groupBy } from "./together.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./layout.js").MemberPlace} MemberPlace
 * @typedef {{topic: string, numbers: number[]}[]} Parts a line each
 */

const LINE = 15;
const GAP = 3;
/** Of a coordinator's mark, on whose line stands what nobody has. */
const MARK = 34;
const MOST_LOOSE = 6;

/** @param {number} number @param {number} size of words */
const chipWidth = (number, size) => Math.round(textWidth(`P${number}`, size) + 9);

/** What a member has, a topic a line; undefined where chips have no room, and words stand. @param {State} state @param {string} id @param {MemberPlace} place @param {Layout} layout @returns {Parts | undefined} */
export function partsOf({ members }, id, place, { compact, mode }) {
  const byTopic = [...groupBy(members[id].partitions, ([topic]) => topic)];
  if (!compact || mode === "narrow" || place.inLine || byTopic.length === 0 || byTopic.length !== place.lines.length) return undefined;
  const size = compact.small;
  const parts = byTopic.map(([topic, pairs]) => ({ topic, numbers: pairs.map(([, number]) => number).sort((a, b) => a - b) }));
  const widthOf = (/** @type {Parts[number]} */ { topic, numbers }) =>
    numbers.reduce((sum, number) => sum + chipWidth(number, size) + GAP, textWidth(topic, size) + 6);
  return parts.every((part) => widthOf(part) <= place.w - 12) ? parts : undefined;
}

/** @param {string} group @param {string} topic @param {number} number @param {number} x @param {number} y of the line @param {number} size @param {string} tone @returns {Item} */
const chip = (group, topic, number, x, y, size, tone) => {
  const [w, h] = [chipWidth(number, size), size + 3];
  return { id: `chip-${group}/${topic}/${number}`, kind: "chip", x, y: y - size + 1, w, h, text: `P${number}`, tone, slides: true };
};

/** @param {State} state @param {string} id @param {MemberPlace} place @param {Layout} layout @returns {Item[]} */
function ownChips(state, id, place, layout) {
  const size = layout.compact?.small ?? 0;
  const { group } = state.members[id];
  return (partsOf(state, id, place, layout) ?? []).flatMap(({ topic, numbers }, index) => {
    const y = place.y + layout.sizes.memberH / 2 + 20 + index * LINE;
    let x = place.x + 16 + textWidth(topic, size) - chipWidth(0, size) - GAP;
    return numbers.map((number, at) => {
      x += chipWidth(at > 0 ? numbers[at - 1] : 0, size) + GAP;
      return chip(group, topic, number, x, y, size, "");
    });
  });
}

/** What was given up and nobody was given yet hangs on the group's frame. @param {State} state @param {Layout} layout @returns {Item[]} */
function looseChips({ unowned = {} }, { compact, groups, sizes }) {
  const size = compact?.small ?? 0;
  return Object.values(groups).flatMap(({ group: { name }, x, y, w }) => {
    let right = x + w - sizes.pad - MARK;
    return (unowned[name]?.places ?? []).slice(0, MOST_LOOSE).map((place) => {
      const at = place.lastIndexOf("/");
      const number = Number(place.slice(at + 1));
      right -= chipWidth(number, size) + GAP;
      return chip(name, place.slice(0, at), number, right, y + size / 2 - 1, size, "loose");
    });
  });
}

/** Each partition once: who is told to have it last has it. @param {State} state @param {Layout} layout @returns {Item[]} */
export function chipItems(state, layout) {
  if (!layout.compact || layout.mode === "narrow") return [];
  const own = Object.entries(layout.members).flatMap(([id, place]) => ownChips(state, id, place, layout));
  return [...new Map([...looseChips(state, layout), ...own].map((item) => [item.id, item])).values()];
}
