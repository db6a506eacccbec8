/** How far somebody came in a lesson: kept where the browser allows it, and from no frame; else the address of the room says which step. */

import { isFramed } from "../room/framed.js";

/** @typedef {{step: number, finished: boolean}} Progress step: from 1 */

/** @param {string} slug */
const nameOf = (slug) => `kafkaviz lesson ${slug}`;

/** A browser that keeps nothing for us throws. @returns {Storage | undefined} */
function storage() {
  if (isFramed) return undefined;
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

/** @param {string} slug @returns {Progress | undefined} */
export function progressOf(slug) {
  const kept = /^(\d+)( finished)?$/.exec(storage()?.getItem(nameOf(slug)) ?? "");
  return kept ? { step: Number(kept[1]), finished: Boolean(kept[2]) } : undefined;
}

/** @param {string} slug @param {number} step @param {boolean} ends */
export function keep(slug, step, ends) {
  const finished = ends || progressOf(slug)?.finished;
  try {
    storage()?.setItem(nameOf(slug), `${step}${finished ? " finished" : ""}`);
  } catch {
    // Full, or forbidden: then the address alone remembers.
  }
}
