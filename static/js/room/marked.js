/** Signs beside parts of the picture: where somebody guessed, and where it was. Pure. */

import { label } from "./rows.js";

/**
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./types.js").Item} Item
 */

/** @param {Layout} layout @param {string} id @returns {{x: number, y: number, anchor: string} | undefined} */
function placeOf({ rows, folds, members, groups, sizes }, id) {
  const row = rows[id];
  if (row) return { x: row.x + row.slots * sizes.cell + 10, y: row.y + sizes.cell / 2 + 6, anchor: "start" };
  const fold = folds.find(({ topic }) => id.startsWith(`${topic.name}/`));
  const place = fold ?? members[id] ?? groups[id];
  return place && { x: place.x + place.w - 10, y: place.y + 19, anchor: "end" };
}

/** @param {import("./used.js").Marks} marks @param {Layout} layout @returns {Item[]} */
export function markItems(marks, layout) {
  return [...marks].flatMap(([id, sign]) => {
    const place = placeOf(layout, id);
    return place ? [label(`mark-${id}`, place.x, place.y, sign, "guess", { anchor: place.anchor })] : [];
  });
}
