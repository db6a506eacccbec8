/**
 * The ways between producer, rows and groups: a thin line where records go one by one, a band where they flow. How wide a band
 * is says how many records a second, by powers of ten. Pure.
 */

import { isAbreast, isEmitted } from "./layout.js";
import { edgeOf } from "./levels.js";

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./layout.js").RowPlace} RowPlace
 * @typedef {import("./rows.js").Flows} Flows
 */

const THINNEST = 3;
const WIDEST = 15;
const A_POWER_OF_TEN = 3.5;
/** Where something else stands in between, a band is only begun. */
const STUB = 26;
/** Beside the picture, where nothing else is. */
const EDGE = 12;

/** 10 a second are 3 wide, 10,000 are 13.5. @param {number} rate records a second */
export const bandWidth = (rate) => Math.min(WIDEST, THINNEST + A_POWER_OF_TEN * Math.log10(Math.max(10, rate) / 10));

/** @param {number} x @param {number} y @param {number} tox @param {number} toy */
export const curve = (x, y, tox, toy) => `M${x} ${y}C${(x + tox) / 2} ${y} ${(x + tox) / 2} ${toy} ${tox} ${toy}`;

/** What a group reads of all its rows. @param {Flows} flows @param {string} group */
export const groupRate = (flows, group) =>
  [...flows].filter(([edge]) => edge.startsWith("poll|") && edge.endsWith(`|${group}`)).reduce((sum, [, rate]) => sum + rate, 0);

/** @param {string} id @param {string} d @param {number | undefined} rate @returns {Item} */
export function way(id, d, rate) {
  if (rate === undefined) return { id: `way-${id}`, kind: "edge", x: 0, y: 0, d };
  return { id: `flow-${id}`, kind: "flow", x: 0, y: 0, d, w: Math.round(bandWidth(rate) * 2) / 2 };
}

/** @param {Layout} layout @param {RowPlace} row @param {Flows} flows */
function wayIn({ producer, sizes }, row, flows) {
  const d = curve(producer.w, producer.y + producer.h / 2, row.x - sizes.label - 6, row.y + sizes.cell / 2);
  return way(`${row.topic}/${row.partition}`, d, flows.get(edgeOf("ack", row)));
}

/** @param {Layout} layout @param {RowPlace} row @param {string} group @param {number} y @param {boolean} blocked @param {Flows} flows @returns {Item[]} */
function wayOut({ groups, sizes }, row, group, y, blocked, flows) {
  const rate = flows.get(edgeOf("poll", { ...row, group }));
  if (rate === undefined) return [];
  const x = row.x + row.slots * sizes.cell + sizes.laneLabel - 4;
  const place = groups[group];
  const d = blocked ? `M${x} ${y}h${STUB}` : curve(x, y, place.x, place.y + 26);
  return [way(`${group}/${row.topic}/${row.partition}`, d, rate)];
}

/** A band that is only begun, from left to right. @param {string} id @param {number} x @param {number} y @param {number} tox @param {number} rate */
const stub = (id, x, y, tox, rate) => way(id, `M${x} ${y}H${tox}`, rate);

/** Where all stands one below the other bands have no room between: what flows in comes from the left edge, what flows out leaves at the right one. @param {Layout} layout @param {Flows} flows @param {Set<string>} emitted topics @returns {Item[]} */
function edgeItems(layout, flows, emitted) {
  const { groups, mode, producer, rows, sizes, width } = layout;
  const narrow = mode === "narrow";
  const items = /** @type {Item[]} */ ([]);
  let sent = 0;
  for (const row of Object.values(rows)) {
    const id = `${row.topic}/${row.partition}`;
    const rate = flows.get(edgeOf("ack", row));
    const isOwn = !emitted.has(row.topic);
    if (rate && isOwn) sent += rate;
    if (rate && narrow) items.push(stub(id, -EDGE, row.y + sizes.cell / 2, -2, rate));
    else if (rate && isOwn) items.push(wayIn(layout, row, flows));
    const right = row.x + row.slots * sizes.cell + sizes.laneLabel - 4;
    for (const [group, y] of Object.entries(row.lanes)) {
      const read = flows.get(edgeOf("poll", { ...row, group }));
      if (read) items.push(stub(`${group}/${id}`, Math.min(right, width - 4), y, width + EDGE, read));
    }
  }
  for (const { group, x, y } of Object.values(groups)) {
    const rate = groupRate(flows, group.name);
    if (rate) items.push(stub(`into-${group.name}`, x - EDGE, y + 25, x - 1, rate));
  }
  return sent && narrow ? [...items, stub("producer", width, producer.y + sizes.bar / 2, width + EDGE, sent)] : items;
}

/** @param {Topology} topology @param {Layout} layout @param {Flows} flows @returns {Item[]} */
export function flowItems(topology, layout, flows) {
  const emitted = new Set(topology.topics.filter((topic) => isEmitted(topology, topic)).map(({ name }) => name));
  if (!isAbreast(layout)) return edgeItems(layout, flows, emitted);
  const ways = Object.values(layout.rows).flatMap((row) => {
    const own = !emitted.has(row.topic);
    const out = layout.compact?.isStage
      ? []
      : Object.entries(row.lanes).flatMap(([group, y]) => wayOut(layout, row, group, y, own && layout.mode === "broad", flows));
    return own ? [wayIn(layout, row, flows), ...out] : out;
  });
  return [...ways, ...(layout.compact?.bands(layout, flows) ?? [])];
}
