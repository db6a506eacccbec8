/** Marks that stand only in the picture that must be on one screen: worlds, and the chips of members. */

import { glyphNodes, make } from "./renderer.js";

/** @typedef {import("./types.js").Item} Item */

/** @param {Item} item */
function artNodes({ d, text, at = "", scale = 1 }) {
  const [x, y, size] = at.split(" ");
  const drawn = make("g", { transform: `scale(${scale})` });
  drawn.append(make("path", { d }), ...(text ? [make("text", { x, y, "font-size": size, "text-anchor": "middle" }, text)] : []));
  return [drawn];
}

/** @param {Item} item */
const chipNodes = ({ w = 0, h = 0, text }) => [
  make("rect", { width: w, height: h, rx: 4 }),
  make("text", { x: w / 2, y: h - 3.5, "text-anchor": "middle" }, text),
];

/** @type {Record<string, (item: Item) => Element[]>} */
export const SNUG_MARKS = { art: artNodes, chip: chipNodes, mark: (item) => [glyphNodes(item.glyph, 0.6)] };
