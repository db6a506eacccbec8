/** Key -> shape, letter and colour class. Colour means key and nothing else. Pure. */

const SHAPES = ["circle", "square", "triangle", "diamond"];
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const MOST = LETTERS.length * (LETTERS.length + 1);

/** @typedef {{shape: string, letter: string, tone: string}} Glyph */

/** @param {number} index */
function letters(index) {
  if (index < LETTERS.length) return LETTERS[index];
  const rest = index - LETTERS.length;
  return LETTERS[Math.floor(rest / LETTERS.length)] + LETTERS[rest % LETTERS.length];
}

/**
 * Remembers a key in order of appearance; a key that is a letter keeps its letter. A flood of new keys must not grow memory, so there is a most.
 * @param {Map<string, number>} registry @param {string | null | undefined} key
 */
export function learn(registry, key) {
  if (key == null || registry.has(key) || registry.size >= MOST) return;
  const taken = new Set(registry.values());
  const own = key.length === 1 ? LETTERS.indexOf(key.toUpperCase()) : -1;
  let index = own >= 0 && !taken.has(own) ? own : 0;
  while (taken.has(index)) index += 1;
  registry.set(key, index);
}

/** @param {Map<string, number>} registry @param {string | null | undefined} key @returns {Glyph} */
export function glyph(registry, key) {
  if (key == null) return { shape: "circle", letter: "–", tone: "null" };
  const index = registry.get(key);
  if (index === undefined) return { shape: "pentagon", letter: "*", tone: "other" };
  if (index < SHAPES.length) return { shape: SHAPES[index], letter: letters(index), tone: String(index) };
  return { shape: "pentagon", letter: letters(index), tone: "other" };
}
