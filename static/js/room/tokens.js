/** (flights, layout, time) -> the marks that move. Pure. */

import { boxHeight } from "./heat.js";
import { number } from "./i18n.js";
import { glyph } from "./keys.js";
import { isAbreast } from "./layout.js";
import { capsuleWidth } from "./measure.js";
import { boxX } from "./rows.js";
import { groupBy } from "./together.js";

/**
 * @typedef {import("./types.js").Flight} Flight
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {{x: number, y: number}} Point
 */

const STEP = 24;
const MOST_IN_TRAY = 4;
const MOST_ARROWS = 6;
const APART = 18;
/** About as wide as one is. */
const CAPSULE = 54;

/** @param {Layout} layout @returns {Point} */
function producerPoint({ producer, mode, sizes }) {
  if (mode === "narrow") return { x: 98, y: producer.y + sizes.bar / 2 };
  return { x: 26, y: producer.y + 78 };
}

/** @param {Layout} layout @param {string} source @param {string} [group] @returns {Point | undefined} */
function memberPoint({ members, groups }, source, group) {
  const member = members[source];
  if (member) return { x: member.x + member.w - 20, y: member.y + 20 };
  const place = groups[group ?? ""];
  return place && { x: place.x + place.w - 30, y: place.y + 22 };
}

/** @param {Layout} layout @param {Flight} flight @returns {Point | undefined} */
function cellPoint(layout, flight) {
  const row = layout.rows[`${flight.topic}/${flight.partition}`];
  const fold = layout.folds.find(({ topic }) => topic.name === flight.topic);
  if (!row) return fold && { x: fold.x + fold.w - 24, y: fold.y + fold.h / 2 };
  const size = layout.sizes.cell;
  return { x: boxX(row, size, flight.offset ?? 0) + size / 2, y: row.y + boxHeight(row, size) / 2 };
}

/** Who sent it: a member that reacted, else its group, else the producer. @param {Layout} layout @param {Flight} flight */
function senderPoint(layout, flight) {
  const member = memberPoint(layout, flight.source);
  if (member) return member;
  const senders = Object.values(layout.groups).filter(({ group }) => group.emits?.includes(flight.topic));
  if (senders.length === 0) return producerPoint(layout);
  return senders.length === 1 ? memberPoint(layout, "", senders[0].group.name) : besideRow(layout, flight);
}

/** Several groups send there and a run does not say which of them did. @param {Layout} layout @param {Flight} flight */
function besideRow(layout, flight) {
  const row = layout.rows[`${flight.topic}/${flight.partition}`];
  return row && { x: row.x - 60, y: row.y + layout.sizes.cell / 2 };
}

/** @param {Layout} layout @param {Flight} flight @returns {[Point | undefined, Point | undefined]} */
function endsOf(layout, flight) {
  if (flight.type === "ack") return [senderPoint(layout, flight), cellPoint(layout, flight)];
  return [cellPoint(layout, flight), memberPoint(layout, flight.source, flight.group)];
}

/** Capsules that leave one place at once stand beside each other where the way is narrow: by partition, or by group. @param {Layout} layout @param {Flight} flight @param {Point} from @returns {Point} */
function spread({ mode, rows, width }, { type, topic, partition = 0, group = "" }, from) {
  const lanes = Object.keys(rows[`${topic}/${partition}`]?.lanes ?? {});
  const at = mode !== "narrow" ? 0 : type === "ack" ? partition : lanes.indexOf(group);
  return { ...from, x: Math.min(width, from.x + Math.max(0, at) * CAPSULE) };
}

/** @param {number} part */
const smooth = (part) => part * part * (3 - 2 * part);

/** @param {Point} from @param {Point} to @param {number} part @param {boolean} upright @returns {Point} */
function along(from, to, part, upright) {
  const fast = smooth(part);
  const bend = smooth(fast);
  const straight = { x: from.x + (to.x - from.x) * fast, y: from.y + (to.y - from.y) * fast };
  if (upright) return { ...straight, x: from.x + (to.x - from.x) * bend };
  return { ...straight, y: from.y + (to.y - from.y) * bend };
}

/** @param {Flight} flight @param {number} now */
const partDone = (flight, now) => Math.min(1, Math.max(0, (now - flight.start) / Math.max(1, flight.land - flight.start)));

/** It stays within the picture. @param {Flight} flight @param {Point} point @param {Layout} layout @returns {Item} */
function capsule({ id, count }, { x, y }, { width }) {
  const text = `×${number(count)}`;
  const half = capsuleWidth(text) / 2 + 1;
  return { id, kind: "capsule", x: Math.min(width - half, Math.max(half, x)), y, text };
}

/** @param {Flight} flight @param {Layout} layout @param {number} now @param {Map<string, number>} registry @param {boolean} still @returns {Item[]} */
function moving(flight, layout, now, registry, still) {
  const [from, to] = endsOf(layout, flight);
  if (!from || !to) return [];
  const start = flight.kind === "capsule" ? spread(layout, flight, from) : from;
  const point = along(start, to, still ? 1 : partDone(flight, now), !isAbreast(layout));
  if (flight.kind === "capsule") return [capsule(flight, point, layout)];
  const record = { trace: flight.trace, topic: flight.topic, partition: flight.partition, offset: flight.offset };
  return [{ id: flight.id, kind: "token", ...point, glyph: glyph(registry, flight.key), copy: flight.type === "poll", record }];
}

/** @param {string} id @param {string} kind @param {(Point | undefined)[]} ends @param {Layout} layout @returns {Item[]} */
function wayItem(id, kind, [from, to], layout) {
  if (!from || !to) return [];
  const bend = isAbreast(layout)
    ? `${(from.x + to.x) / 2} ${from.y} ${(from.x + to.x) / 2} ${to.y}`
    : `${from.x} ${(from.y + to.y) / 2} ${to.x} ${(from.y + to.y) / 2}`;
  return [{ id, kind, x: 0, y: 0, d: `M${from.x} ${from.y}C${bend} ${to.x} ${to.y}` }];
}

/** The way of a movement, for who is shown no travel and while the picture stands. @param {Flight} flight @param {Layout} layout */
const arrow = (flight, layout) => wayItem(`way-${flight.id}`, "arrow", endsOf(layout, flight), layout);

/** Not on the record itself. @param {Point} point @param {Layout} layout @returns {Point} */
const beside = ({ x, y }, layout) => (isAbreast(layout) ? { x: x + APART, y } : { x, y: y + APART });

/** Members ask for what they get: Kafka's readers pull. One arrow for all that comes of one row at once. @param {Flight[]} flights @param {Layout} layout @param {number} now */
function pulls(flights, layout, now) {
  const asking = flights.filter(({ asked = now, start }) => asked < now && now < start).slice(-MOST_ARROWS);
  const each = new Map(asking.map((flight) => [`pull-${flight.source}-${flight.topic}/${flight.partition}`, flight]));
  return [...each].flatMap(([id, flight]) => {
    const [cell, member] = endsOf(layout, flight);
    return wayItem(id, "pull", [member, cell && beside(cell, layout)], layout);
  });
}

/** @param {Flight} flight @param {Point} point @param {number} now @param {Map<string, number>} registry @param {boolean} named show what kind of record it is @returns {Item} */
function resting(flight, point, now, registry, named) {
  const working = flight.working !== undefined && flight.working <= now;
  const copy = flight.type === "poll";
  return {
    id: flight.id,
    kind: "token",
    ...point,
    glyph: glyph(registry, flight.key),
    copy,
    working,
    badge: flight.badge,
    failed: flight.failed,
    icon: named ? flight.icon : undefined,
    record: { trace: flight.trace, topic: flight.topic, partition: flight.partition, offset: flight.offset },
  };
}

/** Records that wait in one place, side by side; what does not fit is counted. @param {Flight[]} waiting @param {Layout} layout @param {number} now @param {Map<string, number>} registry @returns {Item[]} */
function tray(waiting, layout, now, registry) {
  const { type, source, group } = waiting[0];
  const atMember = type === "poll" || layout.members[source] !== undefined;
  const spot = atMember ? memberPoint(layout, source, group) : producerPoint(layout);
  if (!spot) return [];
  const at = (/** @type {number} */ index) => ({ x: spot.x + (atMember ? -STEP : STEP) * index, y: spot.y });
  const most = waiting.length > MOST_IN_TRAY ? MOST_IN_TRAY - 1 : MOST_IN_TRAY;
  const shown = waiting.slice(0, most).map((flight, index) => resting(flight, at(index), now, registry, !atMember));
  if (waiting.length === shown.length) return shown;
  return [...shown, { id: `more-${source}`, kind: "capsule", ...at(most), text: `+${number(waiting.length - most)}` }];
}

/** @param {Flight[]} flights @param {Layout} layout @param {number} now @param {Map<string, number>} registry @param {(flight: Flight) => boolean} hasWay whose way is drawn too @param {boolean} still no travel: things appear in place @returns {Item[]} */
export function tokensOf(flights, layout, now, registry, hasWay = () => false, still = false) {
  const begun = flights.filter((flight) => flight.start <= now && flight.kind !== "flow");
  const seen = begun.filter((flight) => now < flight.land);
  const rest = seen.filter((flight) => flight.kind === "rest");
  const trays = [...groupBy(rest, (flight) => flight.source).values()].flatMap((waiting) => tray(waiting, layout, now, registry));
  const move = seen.filter((flight) => flight.kind !== "rest");
  const arrows = begun.filter((flight) => flight.kind !== "rest" && hasWay(flight)).slice(-MOST_ARROWS);
  return [
    ...pulls(flights, layout, now),
    ...arrows.flatMap((flight) => arrow(flight, layout)),
    ...trays,
    ...move.flatMap((flight) => moving(flight, layout, now, registry, still)),
  ];
}
