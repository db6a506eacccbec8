/**
 * When each hop is shown. An effect is never shown before its cause, each partition keeps its order, and the picture is
 * never more than LIMIT behind. Time is an argument, in milliseconds. Pure: it owns its own object and touches no other.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Flight} Flight
 * @typedef {{hop: Hop, at: number}} Entry
 * @typedef {{first: number, last: number, land: number}} Landing
 * @typedef {{start: number, land: number, landings: Landing[]}} Row
 * @typedef {{
 *   origin: number, natural: number, latest: number, entries: Entry[], flights: Flight[],
 *   rows: Map<string, Row>, actors: Map<string, number>, records: Map<string, number>, waiting: Map<string, Flight>,
 *   capsules: Map<string, Flight>, icons: Record<string, string>,
 * }} Timeline
 */

import { endWaiting, LIMIT, move, PROCESS, rowKey, showWaiting, showWork, TRAVEL } from "./flights.js";
import { isWhole } from "./reducer.js";

const ACK = 50;
const ROW_SPACING = 40;
const ACTOR_SPACING = 20;
const BUFFER = 60;
const PATIENCE = 500;
const REMEMBERED = 256;

/** @param {Record<string, string>} [icons] record type -> emoji @returns {Timeline} */
export function createTimeline(icons = {}) {
  return {
    origin: Number.POSITIVE_INFINITY,
    natural: 0,
    latest: 0,
    entries: [],
    flights: [],
    rows: new Map(),
    actors: new Map(),
    records: new Map(),
    waiting: new Map(),
    capsules: new Map(),
    icons,
  };
}

/** The server's clock mapped to ours; never into the past, never back. @param {Timeline} timeline @param {Hop} hop @param {number} now */
function naturalTime(timeline, hop, now) {
  timeline.origin = Math.min(timeline.origin, now - hop.time * 1000);
  timeline.natural = Math.max(timeline.natural, now, timeline.origin + hop.time * 1000 + BUFFER);
  return timeline.natural;
}

/** 1 while the picture keeps up, towards 0 as it falls behind: holds shrink. @param {Timeline} timeline @param {number} natural */
function patience(timeline, natural) {
  const behind = timeline.latest - natural;
  return Math.min(1, Math.max(0, 1 - (behind - PATIENCE) / (LIMIT - PATIENCE)));
}

/** @param {Timeline} timeline @param {string} key @returns {Row} */
function rowOf(timeline, key) {
  const row = timeline.rows.get(key) ?? { start: 0, land: 0, landings: [] };
  timeline.rows.set(key, row);
  return row;
}

/** When the latest hop of that row that covers the offset has landed. @param {Timeline} timeline @param {string} key @param {number} offset */
function landingOf(timeline, key, offset) {
  const landings = timeline.rows.get(key)?.landings ?? [];
  const found = landings.findLast((one) => one.first <= offset && offset <= one.last);
  // What was forgotten landed no later than the oldest that is remembered.
  return (found ?? (landings[0]?.first > offset ? landings[0] : undefined))?.land ?? 0;
}

/** @param {Timeline} timeline @param {Hop} hop */
function landedRow(timeline, type = "", hop = /** @type {Hop} */ ({})) {
  return timeline.rows.get(rowKey(type, hop))?.land ?? 0;
}

/** @param {Hop} hop */
const offsetOf = (hop) => hop.offset ?? -1;

/** The display time of what had to happen first. @type {Record<string, (timeline: Timeline, hop: Hop, ease: number) => number>} */
const CAUSES = {
  send: (timeline, hop) => timeline.records.get(`${hop.trace}@${hop.source}`) ?? 0,
  ack: (timeline, hop, ease) => {
    const sent = timeline.waiting.get(`${hop.trace}@${hop.topic}`);
    return sent ? sent.start + ACK * ease : 0;
  },
  poll: (timeline, hop) => landingOf(timeline, rowKey("ack", { ...hop, group: "" }), offsetOf(hop)),
  process: (timeline, hop) => landingOf(timeline, rowKey("poll", hop), offsetOf(hop)),
  commit: (timeline, hop) =>
    Math.max(landingOf(timeline, rowKey("process", hop), offsetOf(hop)), landingOf(timeline, rowKey("poll", hop), offsetOf(hop))),
  projection: (timeline, hop, ease) => {
    const handed = timeline.records.get(`@${hop.source}`);
    return handed === undefined ? 0 : handed + PROCESS * ease;
  },
  lag: (timeline, hop) =>
    Math.max(landedRow(timeline, "ack", { ...hop, group: "" }), landedRow(timeline, "poll", hop), landedRow(timeline, "commit", hop)),
};

const ACTS = new Set(["poll", "process", "commit"]);

/** @param {Timeline} timeline @param {Hop} hop @param {number} natural @param {number} ease */
function startOf(timeline, hop, natural, ease) {
  const row = rowOf(timeline, rowKey(hop.type, hop));
  const spacing = hop.topic === undefined ? 0 : ROW_SPACING * ease;
  const actor = ACTS.has(hop.type) ? (timeline.actors.get(hop.source ?? "") ?? 0) : 0;
  const cause = CAUSES[hop.type]?.(timeline, hop, ease) ?? 0;
  const queued = isWhole(hop) ? row.start + spacing : row.start;
  return Math.min(Math.max(natural, cause, queued, actor && actor + ACTOR_SPACING * ease), natural + LIMIT);
}

/** @param {Hop} hop @param {number} ease */
function holdOf(hop, ease) {
  if (hop.type === "ack" || hop.type === "poll") return isWhole(hop) ? TRAVEL * ease : TRAVEL;
  return hop.type === "process" ? PROCESS * ease : 0;
}

/** @param {Timeline} timeline @param {Hop} hop @param {number} start @param {number} land */
function remember(timeline, hop, start, land) {
  const row = rowOf(timeline, rowKey(hop.type, hop));
  row.start = start;
  row.land = land;
  const last = offsetOf(hop);
  row.landings.push({ first: hop.first ?? last, last, land });
  if (row.landings.length > REMEMBERED) row.landings.shift();
  if (ACTS.has(hop.type)) timeline.actors.set(hop.source ?? "", start);
  if (hop.type === "poll") rememberRecord(timeline, hop, land);
}

/** When a member was handed a record: what it then makes of it comes later. @param {Timeline} timeline @param {Hop} hop @param {number} land */
function rememberRecord(timeline, hop, land) {
  timeline.records.set(`@${hop.source}`, land);
  if (hop.trace) timeline.records.set(`${hop.trace}@${hop.source}`, land);
  for (const key of timeline.records.keys()) {
    if (timeline.records.size <= REMEMBERED) return;
    timeline.records.delete(key);
  }
}

/** @param {Timeline} timeline @param {Hop} hop @param {number} now */
function schedule(timeline, hop, now) {
  const natural = naturalTime(timeline, hop, now);
  const ease = patience(timeline, natural);
  const start = startOf(timeline, hop, natural, ease);
  const row = rowOf(timeline, rowKey(hop.type, hop));
  let land = Math.min(Math.max(start + holdOf(hop, ease), row.land), natural + LIMIT);
  if (hop.type === "send") showWaiting(timeline, hop, start);
  if (hop.type === "fail") endWaiting(timeline, hop, start);
  if (hop.type === "process") showWork(timeline, hop, start, land);
  if (hop.type === "ack" || hop.type === "poll") land = move(timeline, hop, natural, start, land);
  remember(timeline, hop, start, land);
  timeline.latest = Math.max(timeline.latest, land);
  timeline.entries.push({ hop, at: land });
}

const STEPS = ["ack", "poll", "process", "commit"];

/** @param {Hop} cause @param {Hop} hop */
function leadsTo(cause, hop) {
  if (cause.topic !== hop.topic || cause.partition !== hop.partition) return false;
  if (cause.type === hop.type) return cause.group === hop.group;
  if (cause.type !== "ack" && cause.group !== hop.group) return false;
  const earlier = STEPS.indexOf(cause.type) < STEPS.indexOf(hop.type);
  return earlier && (cause.first ?? offsetOf(cause)) <= offsetOf(hop) && offsetOf(hop) <= offsetOf(cause);
}

/** @param {Hop[]} waiting @param {Hop} hop @param {number} at */
function isBlocked(waiting, hop, at) {
  if (!STEPS.includes(hop.type)) return false;
  return waiting.some((other, index) => STEPS.includes(other.type) && (other.type !== hop.type || index < at) && leadsTo(other, hop));
}

/** The runs of one frame cover one span of time, in whatever order they were counted: causes first, rows in order. @param {Hop[]} hops */
function causesFirst(hops) {
  if (hops.every(isWhole)) return hops;
  const waiting = hops.filter((hop) => hop.type !== "lag");
  const ordered = /** @type {Hop[]} */ ([]);
  while (waiting.length > 0) {
    const ready = waiting.findIndex((hop, index) => !isBlocked(waiting, hop, index));
    ordered.push(...waiting.splice(Math.max(0, ready), 1));
  }
  return [...ordered, ...hops.filter((hop) => hop.type === "lag")];
}

/** @param {Timeline} timeline @param {Hop[]} hops the hops of one frame @param {number} now */
export function arrive(timeline, hops, now) {
  for (const hop of causesFirst(hops)) schedule(timeline, hop, now);
}

/** What is due at `now`, in the order shown. @param {Timeline} timeline @param {number} now @returns {Hop[]} */
export function advance(timeline, now) {
  const due = timeline.entries.filter((entry) => entry.at <= now).sort((a, b) => a.at - b.at);
  if (due.length > 0) timeline.entries = timeline.entries.filter((entry) => entry.at > now);
  if (timeline.flights.some((flight) => flight.land <= now)) timeline.flights = timeline.flights.filter((flight) => flight.land > now);
  return due.map((entry) => entry.hop);
}

/** Everything still to come, at once: for a page that was not being looked at. @param {Timeline} timeline @returns {Hop[]} */
export function flush(timeline) {
  const hops = advance(timeline, Number.POSITIVE_INFINITY).sort((a, b) => a.seq - b.seq);
  timeline.waiting.clear();
  timeline.capsules.clear();
  timeline.rows.clear();
  timeline.latest = 0;
  return hops;
}

/** @param {Timeline} timeline */
export const isBusy = (timeline) => timeline.entries.length > 0 || timeline.flights.length > 0;
