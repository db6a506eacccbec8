/**
 * What became of single records in a share group (KIP-932): who took them, and what was answered. There is no bookmark that
 * moves past all; only the last records are kept, as of a partition's boxes. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Share} Share
 */

import { gettext } from "./i18n.js";

const MOST = 40;

/** Only a share group counts deliveries. @param {Hop} hop */
export const isOfShares = ({ type, data }) => type === "acknowledge" || data?.deliveries !== undefined;

/** What is left of one when the offsets of another are taken out. @param {Share} one @param {Share} other @returns {Share[]} */
function without(one, { first, last }) {
  const before = { ...one, last: Math.min(one.last, first - 1) };
  const after = { ...one, first: Math.max(one.first, last + 1) };
  return [before, after].filter((part) => part.first <= part.last);
}

/** @param {Share[] | undefined} known @param {Hop} hop @returns {Share[]} the last one is the newest */
export function withShare(known = [], { type, source = "", first, offset = 0, data }) {
  const as = type === "poll" ? "held" : data.as;
  const share = { first: first ?? offset, last: offset, by: source, as, deliveries: data.deliveries ?? 1 };
  return [...known.flatMap((one) => without(one, share)), share].slice(-MOST);
}

export const SIGNS = /** @type {Record<string, string>} */ ({ held: "○", accept: "✓", release: "↺", reject: "✕" });

/** The number of the member, and what it answered: "2✓". @param {Share} share */
export const signOf = ({ by, as }) => `${by.slice(by.lastIndexOf("-") + 1)}${SIGNS[as]}`;

/** @param {Share[] | undefined} shares @param {number} offset */
export const shareAt = (shares, offset) => shares?.findLast(({ first, last }) => first <= offset && offset <= last);

/** "second", for the second time; of more than Kafka usually allows the number. @param {number} count */
export function nth(count) {
  const names = [gettext("first"), gettext("second"), gettext("third"), gettext("fourth"), gettext("fifth")];
  return names[count - 1] ?? `${count}.`;
}
