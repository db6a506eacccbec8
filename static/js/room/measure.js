/** How wide text is, near enough without a page; how it is cut and broken. Pure. */

/** @param {string} text @param {number} size */
export const textWidth = (text, size) => text.length * size * 0.57;

/** @param {string} text */
export const capsuleWidth = (text) => text.length * 7.6 + 18;

/** @param {string} text @param {number} width @param {number} size */
export function fit(text, width, size) {
  const most = Math.max(1, Math.floor(width / (size * 0.57)));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** @param {string} text @param {number} width @param {number} size @returns {string[]} */
export function wrap(text, width, size) {
  const lines = /** @type {string[]} */ ([]);
  for (const word of text.split(" ").filter(Boolean)) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
