/** (topology, state, layout) -> the marks that stand still, as a flat list. Pure. */

import { brokerItems, rowName, rowTrouble } from "./brokers.js";
import { totalWaiting } from "./cluster.js";
import { gettext, interpolate, ngettext, number } from "./i18n.js";
import { glyph } from "./keys.js";
import { fit, textWidth } from "./measure.js";

/**
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Part} Part
 * @typedef {import("./types.js").Group} Group
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./layout.js").RowPlace} RowPlace
 */

const EMPTY = { topic: "", partition: 0, end: 0, latency: null, cells: [] };

/** @param {string} id @param {number} x @param {number} y @param {string} text @param {string} tone @param {object} [more] @returns {Item} */
const label = (id, x, y, text, tone, more) => ({ id, kind: "text", x, y, text, tone, ...more });

/** @param {string} id @param {import("./layout.js").Box} box @param {string} tone @returns {Item} */
const box = (id, box, tone) => ({ id, kind: "box", x: box.x, y: box.y, w: box.w, h: box.h, tone });

/** @param {State} state */
function waitingText(state) {
  const count = totalWaiting(state);
  return count === 0 ? "" : interpolate(ngettext("%(n)s waits", "%(n)s wait", count), { n: number(count) });
}

/** @param {Topology} topology @param {State} state @param {Layout} layout @returns {Item[]} */
function producerItems(topology, state, { producer, mode }) {
  const own = topology.topics.filter((topic) => !topology.groups.some((group) => group.emits?.includes(topic.name)));
  const total = own.reduce((sum, topic) => sum + (state.sent[topic.name] ?? 0), 0);
  const sent = interpolate(ngettext("%(n)s sent", "%(n)s sent", total), { n: number(total) });
  const items = [box("producer", producer, "actor"), label("producer-name", 14, producer.y + 27, topology.producer, "name")];
  const wait = waitingText(state);
  if (mode === "narrow") {
    const told = wait ? `${sent} · ${wait}` : sent;
    return [...items, label("sent", producer.w - 14, producer.y + 28, told, "muted", { anchor: "end" })];
  }
  const waiting = wait ? [label("waiting", 14, producer.y + 106, wait, "alarm")] : [];
  const title = label("producer-title", 0, 17, gettext("Producer"), "title");
  return [title, ...items, label("sent", 14, producer.y + 46, sent, "muted"), ...waiting];
}

/** @param {Layout} layout @param {Layout["topics"][number]} place @returns {Item[]} */
function topicTitle(layout, place) {
  const count = place.topic.partitions;
  const about = interpolate(ngettext("topic %(name)s, %(n)s partition", "topic %(name)s, %(n)s partitions", count), {
    name: place.topic.name,
    n: count,
  });
  const { name, title } = place.topic;
  const x = place.x + textWidth(title, 15) + 18;
  return [
    label(`topic-${name}`, place.x, place.y + 17, title, "title"),
    label(`about-${name}`, x, place.y + 17, fit(about, layout.width - x, 13), "muted"),
  ];
}

/** @param {RowPlace} row @param {number} cell @param {number} offset */
export const boundaryX = (row, cell, offset) => row.x + Math.min(row.slots, Math.max(0, offset - row.base)) * cell;

/** @param {RowPlace} row @param {Part} part @param {number} size @param {Map<string, number>} registry @returns {Item[]} */
function cellItems(row, part, size, registry) {
  const id = `${row.topic}/${row.partition}`;
  const known = new Map(part.cells.map((cell) => [cell.offset, cell]));
  const every = Math.ceil((textWidth(number(part.end), 10.5) + 4) / size);
  const items = /** @type {Item[]} */ ([]);
  for (let offset = row.base; offset < part.end; offset += 1) {
    const x = row.x + (offset - row.base) * size;
    const cell = known.get(offset);
    const record = cell && { trace: cell.trace, topic: row.topic, partition: row.partition, offset };
    items.push({ id: `cell-${id}/${offset}`, kind: "cell", x, y: row.y, w: size, glyph: cell && glyph(registry, cell.key), record });
    if (offset % every === 0)
      items.push(
        label(`at-${id}/${offset}`, x + size / 2, row.y + size + 12, number(offset), "offset", { anchor: "middle", slides: true }),
      );
  }
  return items;
}

/** @param {RowPlace} row @param {Part} part @param {Layout} layout @returns {Item[]} */
function rowHead(row, part, layout) {
  const id = `${row.topic}/${row.partition}`;
  const size = layout.sizes.cell;
  const endX = boundaryX(row, size, part.end);
  const ms =
    part.latency === null || layout.mode === "narrow" ? "" : ` · ✓ ${interpolate(gettext("%(ms)s ms"), { ms: number(part.latency, 1) })}`;
  const end = part.end === 0 ? gettext("empty") : interpolate(gettext("end %(end)s"), { end: number(part.end) }) + ms;
  const items = [
    box(`track-${id}`, { x: row.x, y: row.y, w: row.slots * size, h: size }, "track"),
    { id: `end-${id}`, kind: "end", x: endX, y: row.y - 5, h: size + 10 },
    label(`endtext-${id}`, endX + 5, row.y - 5, end, "small", { slides: true }),
  ];
  if (row.base === 0) return items;
  const earlier = interpolate(gettext("← 0…%(last)s earlier"), { last: number(row.base - 1) });
  return [...items, label(`earlier-${id}`, row.x, row.y - 5, earlier, "small")];
}

/** @param {Group} group @param {string} lag @param {Layout} layout */
function laneText(group, lag, layout) {
  const icon = group.icon ? `${group.icon} ` : "";
  if (layout.mode === "narrow") return `${icon || fit(`${group.name} `, 40, 12)}${lag}`;
  return `${icon}${fit(group.name, layout.sizes.laneLabel - textWidth(lag, 12) - 34, 12)} · ${lag}`;
}

/** @param {RowPlace} row @param {Part} part @param {State} state @param {Group} group @param {Layout} layout @returns {Item[]} */
function laneItems(row, part, state, group, layout) {
  const id = `${group.name}/${row.topic}/${row.partition}`;
  const size = layout.sizes.cell;
  const y = row.lanes[group.name];
  const lane = state.lanes[id] ?? { position: null, committed: null };
  const { committed, position } = lane;
  const right = row.x + row.slots * size;
  const lag = committed === null ? "–" : interpolate(gettext("lag %(n)s"), { n: number(Math.max(0, part.end - committed)) });
  const items = [
    /** @type {Item} */ ({ id: `lane-${id}`, kind: "lane", x: row.x, y, w: row.slots * size }),
    label(`lanetext-${id}`, right + 10, y + 4, laneText(group, lag, layout), "lane"),
  ];
  if (committed !== null) items.push(...bookmark(id, boundaryX(row, size, committed), boundaryX(row, size, part.end), y));
  if (position !== null) items.push({ id: `position-${id}`, kind: "position", x: boundaryX(row, size, position), y });
  return items;
}

/** @param {string} id @param {number} x @param {number} end @param {number} y @returns {Item[]} */
function bookmark(id, x, end, y) {
  const hatch = { id: `lag-${id}`, kind: "hatch", x, y: y - 4, w: Math.max(0, end - x), h: 7 };
  const bracket = { id: `committed-${id}`, kind: "bracket", x, y };
  return end > x ? [hatch, bracket] : [bracket];
}

/** @param {Layout} layout @param {import("./layout.js").GroupPlace} place @returns {Item[]} */
function groupItems(layout, place) {
  const { group, x, y, w } = place;
  const { pad, line } = layout.sizes;
  const id = `group-${group.name}`;
  const title = fit(`${group.icon ?? ""} ${group.title}`.trim(), w - 2 * pad, 14);
  return [
    box(id, place, "group"),
    label(`${id}-name`, x + pad, y + pad + 11, title, "name"),
    ...place.does.map((text, index) => label(`${id}-does-${index}`, x + pad, y + pad + 29 + index * line, text, "muted")),
    ...place.made.map((text, index) =>
      label(`${id}-made-${index}`, x + pad, place.madeY + index * line, fit(text, w - 2 * pad, 12.5), "made"),
    ),
  ];
}

/** @param {string} id @param {import("./layout.js").MemberPlace} place @param {import("./types.js").Member} member @returns {Item[]} */
function memberItems(id, place, member) {
  const idle = place.lines.length === 0;
  const word = member.crashed ? gettext("✕ crashed") : gettext("idle: no partition left");
  const lines = idle ? [word] : place.lines;
  return [
    box(`member-${id}`, place, idle ? "idle" : "member"),
    label(`member-${id}-name`, place.x + 10, place.y + 18, fit(id, place.w - 60, 13), "member"),
    ...lines.map((text, index) =>
      label(`member-${id}-${index}`, place.x + 10, place.y + 34 + index * 15, fit(text, place.w - 20, 12), "small"),
    ),
  ];
}

/** @param {number} x @param {number} y @param {number} tox @param {number} toy */
const curve = (x, y, tox, toy) => `M${x} ${y}C${(x + tox) / 2} ${y} ${(x + tox) / 2} ${toy} ${tox} ${toy}`;

/** @param {Topology} topology @param {Layout} layout @returns {Item[]} */
function edgeItems(topology, layout) {
  if (layout.mode !== "wide") return [];
  const { producer, rows, sizes } = layout;
  const own = new Set(
    topology.topics.map((topic) => topic.name).filter((name) => !topology.groups.some((group) => group.emits?.includes(name))),
  );
  return Object.entries(rows)
    .filter(([, row]) => own.has(row.topic))
    .map(([id, row]) => ({
      id: `way-${id}`,
      kind: "edge",
      x: 0,
      y: 0,
      d: curve(producer.w, producer.y + producer.h / 2, row.x - sizes.label - 6, row.y + sizes.cell / 2),
    }));
}

/** @param {Topology} topology @param {State} state @param {Layout} layout @param {Map<string, number>} registry @returns {Item[]} */
export function sceneOf(topology, state, layout, registry) {
  const rows = Object.entries(layout.rows).flatMap(([id, row]) => {
    const part = state.parts[id] ?? EMPTY;
    const readers = topology.groups.filter((group) => row.lanes[group.name] !== undefined);
    const lanes = readers.flatMap((group) => laneItems(row, part, state, group, layout));
    const copies = [...rowName(state, row, layout), ...rowTrouble(state, row, layout)];
    return [...rowHead(row, part, layout), ...copies, ...cellItems(row, part, layout.sizes.cell, registry), ...lanes];
  });
  const members = Object.entries(layout.members).flatMap(([id, place]) => memberItems(id, place, state.members[id]));
  const groups = Object.values(layout.groups);
  const title = groups.length > 0 ? [label("groups-title", groups[0].x, groups[0].y - 13, gettext("Consumer groups"), "title")] : [];
  return [
    ...edgeItems(topology, layout),
    ...producerItems(topology, state, layout),
    ...brokerItems(state, layout),
    ...layout.topics.flatMap((place) => topicTitle(layout, place)),
    ...rows,
    ...title,
    ...groups.flatMap((place) => groupItems(layout, place)),
    ...members,
  ];
}
