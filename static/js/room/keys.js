/** Key -> shape, letter and colour class, the same in every browser. Colour means key and nothing else. Pure. */

const OWN = ["circle", "square", "triangle", "diamond"];
const OTHERS = ["pentagon", "hexagon", "slant"];
const TONES = ["0", "1", "2", "3", "other"];

/** @typedef {{shape: string, letter: string, tone: string}} Glyph */

/** A story's own keys, each with its place: it has a shape and a colour of its own. @param {{keys?: string[]}} topology @returns {Map<string, number>} */
export const keysOf = ({ keys = [] }) => new Map(keys.map((key, index) => [key, index]));

/** FNV-1a: some number that everybody has of that key. @param {string} key */
const numberOf = (key) => [...key].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x1000193) >>> 0, 0x811c9dc5);

/** @param {string} key */
const initial = (key) => /[\p{L}\p{N}]/u.exec(key)?.[0].toUpperCase() ?? "*";

/** Two keys of one initial differ by shape, or at least most do that the story does not know. @param {Map<string, number>} registry the story's own @param {string | null | undefined} key @returns {Glyph} */
export function glyph(registry, key) {
  if (key == null) return { shape: "circle", letter: "–", tone: "null" };
  const own = registry.get(key) ?? OWN.length;
  if (own < OWN.length) return { shape: OWN[own], letter: initial(key), tone: TONES[own] };
  const some = numberOf(key);
  return { shape: OTHERS[some % OTHERS.length], letter: initial(key), tone: TONES[(some >>> 8) % TONES.length] };
}

/** Where a token stands among words. @param {HTMLElement} mark @param {Glyph} glyph */
export function wear(mark, { shape, letter, tone }) {
  mark.textContent = letter;
  mark.dataset.shape = shape;
  mark.dataset.tone = tone;
}
