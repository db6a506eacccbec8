/** Rows whose boxes stand for many records: how strong each box is, and below them the keys of what came lately. Pure. */

import { gettext, interpolate, number, percent } from "./i18n.js";
import { glyph } from "./keys.js";
import { textWidth } from "./measure.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./layout.js").RowPlace} RowPlace
 * @typedef {import("./trails.js").Trails} Trails
 * @typedef {{rates: (number | undefined)[], keys: import("./trails.js").Keyed}} Ribbon rates: of each box
 * @typedef {{ribbons: Map<string, Ribbon>, fastest: Map<string, number>}} Heat fastest: by topic, records a second
 */

/** Steps of strength. */
const STEPS = 5;
const MOST_SHOWN = 4;
const GLYPH = 15;
/** The part of a row's height that its boxes keep. */
const BOXES = 0.54;

export const NO_HEAT = /** @type {Heat} */ ({ ribbons: new Map(), fastest: new Map() });

/** @param {RowPlace} row @param {number} size */
export const boxHeight = ({ scale }, size) => (scale === 1 ? size : Math.round(size * BOXES));

/** @param {RowPlace} row */
const idOf = ({ topic, partition }) => `${topic}/${partition}`;

/** @param {RowPlace} row @param {number} end @param {Trails} trails */
function ratesOf(row, end, trails) {
  const boxes = Math.max(0, Math.ceil((end - row.base) / row.scale));
  return Array.from({ length: boxes }, (_, index) => {
    const first = row.base + index * row.scale;
    return trails.rateBetween(idOf(row), first, Math.min(first + row.scale, end) - 1);
  });
}

/** @param {Layout} layout @param {State} state @param {Trails} trails @param {number} time seconds of the room @returns {Heat} */
export function heatOf(layout, state, trails, time) {
  const heat = /** @type {Heat} */ ({ ribbons: new Map(), fastest: new Map() });
  for (const row of Object.values(layout.rows).filter(({ scale }) => scale > 1)) {
    const id = idOf(row);
    const rates = ratesOf(row, state.parts[id]?.end ?? 0, trails);
    heat.ribbons.set(id, { rates, keys: trails.keysLately(id, time) });
    heat.fastest.set(row.topic, Math.max(heat.fastest.get(row.topic) ?? 0, ...rates.map((rate) => rate ?? 0)));
  }
  return heat;
}

/** How strong: from 1 to the number of steps, 0 of what nobody saw here; undefined of a single record. @param {Heat} heat @param {RowPlace} row @param {number} index */
export function strength({ ribbons, fastest }, row, index) {
  if (row.scale === 1) return undefined;
  const rate = ribbons.get(idOf(row))?.rates[index];
  return rate === undefined ? 0 : Math.min(STEPS, Math.ceil((STEPS * rate) / (fastest.get(row.topic) || 1)));
}

/** What a box stands for and how fast the strongest came, as much of it as there is room for. @param {number} scale @param {number | undefined} fastest @param {number} room @param {number} size of the font */
export function scaleText(scale, fastest, room, size) {
  const short = interpolate(gettext("1 box = %(n)s records"), { n: number(scale) });
  if (!fastest || textWidth(short, size) > room) return textWidth(short, size) <= room ? short : `□ = ${number(scale)}`;
  const rate = interpolate(gettext("%(n)s/s"), { n: number(Math.round(fastest)) });
  const texts = [interpolate(gettext("%(box)s, the fastest came at %(rate)s"), { box: short, rate }), `${short}, ■ ${rate}`];
  return texts.find((text) => textWidth(text, size) <= room) ?? short;
}

/** The shares of a whole, in order: each known key, and what is left. @param {import("./trails.js").Keyed} keyed @returns {{key?: string | null, share: number}[]} */
function sharesOf({ count, keys }) {
  const shown = [...keys]
    .sort((one, other) => other[1] - one[1])
    .slice(0, MOST_SHOWN)
    .map(([key, n]) => ({ key, share: n / count }));
  const rest = 1 - shown.reduce((sum, { share }) => sum + share, 0);
  return rest > 1e-9 ? [...shown, { share: rest }] : shown;
}

/** @param {number} width @param {string} name @param {number} share @param {number} size */
function textFor(width, name, share, size) {
  const whole = `${name} ${percent(share)}`.trim();
  return [whole, name].find((text) => textWidth(text, size) <= width) ?? "";
}

/** @param {RowPlace} row @param {Layout} layout @param {Map<string, number>} registry @param {Heat} heat @returns {Item[]} */
export function stripItems(row, { sizes: { cell, small } }, registry, heat) {
  const keys = heat.ribbons.get(idOf(row))?.keys;
  if (!keys || keys.keys.size === 0) return [];
  const top = boxHeight(row, cell) + 1;
  const place = { kind: "keys", y: row.y + top, h: cell - top };
  let x = row.x;
  return sharesOf(keys).map(({ key, share }, index) => {
    const w = share * row.slots * cell;
    const mark = key === undefined ? undefined : glyph(registry, key);
    const shape = mark && w > GLYPH + 2 ? mark : undefined;
    const name = mark ? (shape ? "" : mark.letter) : gettext("others");
    const text = textFor(w - (shape ? GLYPH + 4 : 6), name, share, small);
    const item = {
      ...place,
      id: `keys-${idOf(row)}/${index}`,
      x,
      w: Math.round(w * 2) / 2,
      tone: `tone-${mark?.tone ?? "rest"}`,
      glyph: shape,
      text,
    };
    x += w;
    return item;
  });
}
