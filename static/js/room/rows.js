/** One partition: its boxes and their offsets, its end, and below it a line for each group that reads it. Pure. */

import { rowName, rowTrouble } from "./brokers.js";
import { boxHeight, strength, stripItems } from "./heat.js";
import { gettext, interpolate, number } from "./i18n.js";
import { glyph } from "./keys.js";
import { lagIn } from "./lag.js";
import { edgeOf } from "./levels.js";
import { fit, textWidth } from "./measure.js";
import { positionIn } from "./reducer.js";
import { shareAt, signOf } from "./shares.js";
import { isYours } from "./yours.js";

/**
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Part} Part
 * @typedef {import("./types.js").Cell} Cell
 * @typedef {import("./types.js").Group} Group
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./layout.js").RowPlace} RowPlace
 * @typedef {Map<string, number>} Flows edges that are drawn as a flow -> records a second
 */

const EMPTY = { topic: "", partition: 0, end: 0, latency: null, cells: [], voids: [] };
const SMALL = 11.5;
/** A label of a lane that is narrower than this has the group's icon alone. */
const NAMED = 150;

/** @param {string} id @param {number} x @param {number} y @param {string} text @param {string} tone @param {object} [more] @returns {Item} */
export const label = (id, x, y, text, tone, more) => ({ id, kind: "text", x, y, text, tone, ...more });

/** @param {string} id @param {import("./layout.js").Box} box @param {string} tone @returns {Item} */
export const box = (id, box, tone) => ({ id, kind: "box", x: box.x, y: box.y, w: box.w, h: box.h, tone });

/** The edge before that offset. @param {RowPlace} row @param {number} cell @param {number} offset */
export const boundaryX = (row, cell, offset) => row.x + Math.min(row.slots, Math.max(0, (offset - row.base) / row.scale)) * cell;

/** The left of the box that offset is in, or would be. @param {RowPlace} row @param {number} cell @param {number} offset */
export const boxX = (row, cell, offset) => row.x + Math.min(row.slots - 1, Math.max(0, Math.floor((offset - row.base) / row.scale))) * cell;

/** @param {number} rate records a second */
export const rateText = (rate) => interpolate(gettext("%(n)s/s"), { n: number(Math.round(rate)) });

/** The last record that is known whole in each box; one's own before others. @param {RowPlace} row @param {Cell[]} cells */
const knownIn = (row, cells) =>
  new Map([...cells, ...cells.filter(isYours)].map((cell) => [Math.floor((cell.offset - row.base) / row.scale), cell]));

/** Of a box of so many records: all are deleted, or the one holds nothing for readers. @param {Part} part @param {number} first @param {number} scale */
function toneOf({ start = 0, voids }, first, scale) {
  if (first + scale <= start) return "gone";
  return scale === 1 && voids.includes(first) ? "void" : "";
}

/** @param {RowPlace} row @param {Part} part @param {Layout} layout @param {Map<string, number>} registry @param {import("./heat.js").Heat} heat @returns {Item[]} */
function boxItems(row, part, { sizes: { cell: size, small } }, registry, heat) {
  const id = `${row.topic}/${row.partition}`;
  const known = knownIn(row, part.cells);
  const every = Math.ceil((textWidth(number(part.end), small) + 4) / size);
  const items = /** @type {Item[]} */ ([]);
  for (let index = 0; row.base + index * row.scale < part.end; index += 1) {
    const first = row.base + index * row.scale;
    const x = row.x + index * size;
    const cell = known.get(index);
    const record = row.scale === 1 || cell ? { topic: row.topic, partition: row.partition, offset: first, ...cell } : undefined;
    const full = Math.min(1, (part.end - first) / row.scale);
    const seen = cell && glyph(registry, cell.key);
    const tone = toneOf(part, first, row.scale);
    const strong = strength(heat, row, index);
    items.push({
      id: `cell-${id}/${first}`,
      kind: "cell",
      x,
      y: row.y,
      w: size,
      h: boxHeight(row, size),
      glyph: seen,
      record,
      full,
      strength: strong,
      tone,
    });
    if ((first / row.scale) % every === 0)
      items.push(
        label(`at-${id}/${first}`, offsetX(row, x, size, number(first)), row.y + size + 12, number(first), "offset", offsetLook(row)),
      );
  }
  return items;
}

/** In the middle of its box, but never out of the row. @param {RowPlace} row @param {number} x of the box @param {number} size @param {string} text */
const offsetX = (row, x, size, text) => (row.scale === 1 ? Math.max(x + size / 2, row.x + textWidth(text, 11) / 2) : x);

/** Of one record it stands below, of many at the first. @param {RowPlace} row */
const offsetLook = ({ scale }) => ({ anchor: scale === 1 ? "middle" : "start", slides: true });

/** @param {Part} part @param {number | undefined} flow @param {Layout} layout */
export function endText(part, flow, layout) {
  if (part.end === 0) return gettext("empty");
  const end = interpolate(gettext("end %(end)s"), { end: number(part.end) });
  if (flow !== undefined) return `${end} · ${rateText(flow)}`;
  if (part.latency === null || layout.mode === "narrow") return end;
  return `${end} · ✓ ${interpolate(gettext("%(ms)s ms"), { ms: number(part.latency, 1) })}`;
}

/** @param {RowPlace} row @param {Part} part @param {number | undefined} flow @param {Layout} layout @returns {Item[]} */
function rowHead(row, part, flow, layout) {
  const id = `${row.topic}/${row.partition}`;
  const size = layout.sizes.cell;
  const endX = boundaryX(row, size, part.end);
  const items = [
    box(`track-${id}`, { x: row.x, y: row.y, w: row.slots * size, h: size }, "track"),
    { id: `end-${id}`, kind: "end", x: endX, y: row.y - 5, h: boxHeight(row, size) + 10 },
  ];
  if (layout.compact) return [...items, ...layout.compact.headItems(row, part, flow, layout, endX)];
  items.push(label(`endtext-${id}`, endX + 5, row.y - 5, endText(part, flow, layout), "small", { slides: true }));
  const [whole, short] = beforeText(row, part);
  if (!whole) return items;
  const earlier = textWidth(whole, SMALL) <= endX - row.x ? whole : short;
  return [...items, label(`earlier-${id}`, row.x, row.y - 5, earlier, "small")];
}

/** What is left of the boxes, or not there any more; and the same in short. @param {RowPlace} row @param {Part} part @returns {[string, string]} */
export function beforeText({ base }, { start = 0 }) {
  if (start > 0) return [interpolate(gettext("0…%(last)s deleted"), { last: number(start - 1) }), gettext("deleted")];
  if (base > 0) return [interpolate(gettext("← 0…%(last)s earlier"), { last: number(base - 1) }), gettext("← earlier")];
  return ["", ""];
}

/** @param {Group} group @param {string} lag @param {Layout} layout */
function laneText(group, lag, { sizes }) {
  const icon = group.icon ? `${group.icon} ` : "";
  if (sizes.laneLabel < NAMED) return `${icon || fit(`${group.name} `, 40, 12)}${lag}`;
  return `${icon}${fit(group.name, sizes.laneLabel - textWidth(lag, 12) - 34, 12)} · ${lag}`;
}

/** @param {RowPlace} row @param {Part} part @param {State} state @param {Group} group @param {Layout} layout @returns {Item[]} */
function laneItems(row, part, state, group, layout) {
  if (group.shared) return shareItems(row, part, state, group, layout);
  const id = `${group.name}/${row.topic}/${row.partition}`;
  const size = layout.sizes.cell;
  const y = row.lanes[group.name];
  const lane = state.lanes[id];
  const right = row.x + row.slots * size;
  const behind = lagIn(lane, part.end);
  const lag = behind === null ? "–" : interpolate(gettext("lag %(n)s"), { n: number(behind) });
  const items = [
    /** @type {Item} */ ({ id: `lane-${id}`, kind: "lane", x: row.x, y, w: row.slots * size }),
    label(`lanetext-${id}`, right + 10, y + 4, laneText(group, lag, layout), "lane"),
  ];
  const from = boundaryX(row, size, lane?.committed ?? 0);
  if (behind)
    items.push({ id: `lag-${id}`, kind: "hatch", x: from, y: y - 5, w: Math.max(0, boundaryX(row, size, part.end) - from), h: 6 });
  if (lane && lane.committed !== null)
    items.push({ id: `committed-${id}`, kind: "bracket", x: from, y, tone: lane.sampled === undefined ? "" : "sampled" });
  const position = positionIn(state, id);
  if (position !== null) items.push({ id: `position-${id}`, kind: "position", x: boundaryX(row, size, position), y });
  return items;
}

/** No position and no bookmark: below each record stands who took it last, and what was answered. @param {RowPlace} row @param {Part} part @param {State} state @param {Group} group @param {Layout} layout @returns {Item[]} */
export function shareItems(row, part, state, group, layout) {
  const id = `${group.name}/${row.topic}/${row.partition}`;
  const size = layout.sizes.cell;
  const y = row.lanes[group.name];
  const right = row.x + row.slots * size;
  const name = `${group.icon ?? ""} ${group.name}`.trim();
  const room = layout.sizes.laneLabel - 14;
  const text = layout.compact ? (group.icon ?? "") : fit(name, room, 12);
  const items = [label(`lanetext-${id}`, right + (layout.compact ? 2 : 10), y + 4, text, "lane")];
  for (let index = 0; row.scale === 1 && row.base + index < part.end; index += 1) {
    const offset = row.base + index;
    const share = shareAt(state.shares[id], offset);
    if (share) items.push(label(`share-${id}/${offset}`, row.x + (index + 0.5) * size, y + 4, signOf(share), "offset", offsetLook(row)));
  }
  return items;
}

/** @param {State} state @param {Group[]} groups @param {RowPlace} row @param {Layout} layout @param {Map<string, number>} registry @param {Flows} flows @param {import("./heat.js").Heat} heat @returns {Item[]} */
export function rowItems(state, groups, row, layout, registry, flows, heat) {
  const part = state.parts[`${row.topic}/${row.partition}`] ?? EMPTY;
  const readers = groups.filter((group) => row.lanes[group.name] !== undefined);
  const lanes =
    layout.compact?.laneItems(state, layout, row, part, readers) ?? readers.flatMap((group) => laneItems(row, part, state, group, layout));
  const copies = [...rowName(state, row, layout), ...rowTrouble(state, row, layout)];
  const flow = flows.get(edgeOf("ack", row));
  const boxes = [...boxItems(row, part, layout, registry, heat), ...stripItems(row, layout, registry, heat)];
  return [...rowHead(row, part, flow, layout), ...copies, ...boxes, ...lanes];
}
