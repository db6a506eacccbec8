/**
 * When each hop is shown: as soon as may be after its natural time, never before its cause, and each partition in its order.
 * What has no causal link may swap: Kafka promises no more. Time is display time, an argument in milliseconds; `pace.js` says
 * how long movements are held. Pure: it owns its own object and touches no other.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Flight} Flight
 * @typedef {import("./pace.js").Pace} Pace
 * @typedef {{hop: Hop, at: number, position: number}} Entry position: of the hop in the log
 * @typedef {{first: number, last: number, land: number}} Landing
 * @typedef {{start: number, land: number, landings: Landing[]}} Row
 * @typedef {{
 *   pace: Pace, natural: number, latest: number, floor: number, entries: Entry[], flights: Flight[],
 *   rows: Map<string, Row>, actors: Map<string, number>, records: Map<string, number>, waiting: Map<string, Flight>,
 *   capsules: Map<string, Flight>, icons: Record<string, string>, levels: Levels, densest: number,
 *   isFollowed: (hop: Hop) => boolean,
 * }} Timeline densest: the level that is drawn at most; isFollowed: this record is drawn whole whatever else passes
 */

import { AFTERGLOW, move, showAnswer, showTrouble, showWaiting, showWork } from "./flights.js";
import { edgeOf, FLOW, Levels } from "./levels.js";
import { isWhole } from "./reducer.js";

const PATIENCE = 500;
const REMEMBERED = 256;

/** @param {Pace} pace @param {Record<string, string>} [icons] record type -> emoji @param {Levels} [levels] @returns {Timeline} */
export function createTimeline(pace, icons = {}, levels = new Levels()) {
  return {
    pace,
    natural: 0,
    latest: 0,
    floor: 0,
    entries: [],
    flights: [],
    rows: new Map(),
    actors: new Map(),
    records: new Map(),
    waiting: new Map(),
    capsules: new Map(),
    icons,
    levels,
    densest: FLOW,
    isFollowed: () => false,
  };
}

/** 1 while the picture keeps up, towards 0 as it falls behind: holds shrink. @param {Timeline} timeline @param {number} natural */
function patience(timeline, natural) {
  const behind = timeline.latest - natural;
  return Math.min(1, Math.max(0, 1 - (behind - PATIENCE) / (timeline.pace.limit - PATIENCE)));
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
  return timeline.rows.get(edgeOf(type, hop))?.land ?? 0;
}

/** @param {Hop} hop */
const offsetOf = (hop) => hop.offset ?? -1;

/** The display time of what had to happen first. @type {Record<string, (timeline: Timeline, hop: Hop, ease: number) => number>} */
const CAUSES = {
  send: (timeline, hop) => timeline.records.get(`${hop.trace}@${hop.source}`) ?? 0,
  ack: (timeline, hop, ease) => {
    const sent = timeline.waiting.get(`${hop.trace}@${hop.topic}`);
    return sent ? sent.start + timeline.pace.ack * ease : 0;
  },
  poll: (timeline, hop) => {
    const stored = landingOf(timeline, edgeOf("ack", { ...hop, group: "" }), offsetOf(hop));
    return hop.data?.deliveries > 1 ? Math.max(stored, landingOf(timeline, edgeOf("acknowledge", hop), offsetOf(hop))) : stored;
  },
  process: (timeline, hop) => landingOf(timeline, edgeOf("poll", hop), offsetOf(hop)),
  commit: (timeline, hop) =>
    Math.max(landingOf(timeline, edgeOf("process", hop), offsetOf(hop)), landingOf(timeline, edgeOf("poll", hop), offsetOf(hop))),
  acknowledge: (timeline, hop) =>
    Math.max(landingOf(timeline, edgeOf("process", hop), offsetOf(hop)), landingOf(timeline, edgeOf("poll", hop), offsetOf(hop))),
  projection: (timeline, hop, ease) => {
    const handed = timeline.records.get(`@${hop.source}`);
    return handed === undefined ? 0 : handed + timeline.pace.process * ease;
  },
  backlog: (timeline) => timeline.latest,
  lag: (timeline, hop) =>
    Math.max(landedRow(timeline, "ack", { ...hop, group: "" }), landedRow(timeline, "poll", hop), landedRow(timeline, "commit", hop)),
};

const ACTS = new Set(["poll", "process", "acknowledge", "commit"]);

/** @param {Timeline} timeline @param {Hop} hop @param {number} natural @param {number} ease */
function startOf(timeline, hop, natural, ease) {
  const { pace } = timeline;
  const row = rowOf(timeline, edgeOf(hop.type, hop));
  const spacing = hop.topic === undefined ? 0 : pace.row * ease;
  const actor = ACTS.has(hop.type) ? (timeline.actors.get(hop.source ?? "") ?? 0) : 0;
  const cause = CAUSES[hop.type]?.(timeline, hop, ease) ?? 0;
  const asked = hop.type === "poll" ? natural + pace.pull * ease : natural;
  const queued = isWhole(hop) ? row.start + spacing : row.start;
  return Math.min(Math.max(asked, cause, queued, actor && actor + pace.actor * ease), natural + pace.limit);
}

/** @param {Pace} pace @param {Hop} hop @param {number} ease */
function holdOf(pace, hop, ease) {
  if (hop.type === "ack" || hop.type === "poll") return isWhole(hop) ? pace.travel * ease : pace.travel;
  return hop.type === "process" ? pace.process * ease : 0;
}

/** @param {Timeline} timeline @param {Hop} hop @param {number} start @param {number} land */
function remember(timeline, hop, start, land) {
  const row = rowOf(timeline, edgeOf(hop.type, hop));
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

/** @param {Timeline} timeline @param {Hop} hop @param {number} natural never earlier than that of the hop before @param {number} position @returns {number} when it is shown */
export function schedule(timeline, hop, natural, position) {
  timeline.natural = Math.max(timeline.natural, timeline.floor, natural);
  const ease = patience(timeline, timeline.natural);
  const start = startOf(timeline, hop, timeline.natural, ease);
  const row = rowOf(timeline, edgeOf(hop.type, hop));
  let land = Math.min(Math.max(start + holdOf(timeline.pace, hop, ease), row.land), timeline.natural + timeline.pace.limit);
  if (hop.type === "send") showWaiting(timeline, hop, start);
  if (hop.type === "fail" || (hop.type === "retry" && hop.data?.try !== undefined)) showTrouble(timeline, hop, start);
  if (hop.type === "process") showWork(timeline, hop, start, land);
  if (hop.type === "acknowledge") showAnswer(timeline, hop, land);
  if (hop.type === "ack" || hop.type === "poll") land = move(timeline, hop, timeline.natural, start, land);
  remember(timeline, hop, start, land);
  timeline.latest = Math.max(timeline.latest, land);
  if (hop.type === "backlog") timeline.floor = land;
  timeline.entries.push({ hop, at: land, position });
  return land;
}

/** What is due at `now`, in the order shown. @param {Timeline} timeline @param {number} now @param {boolean} [keep] flights that have landed @returns {Entry[]} */
export function advance(timeline, now, keep = false) {
  const due = timeline.entries.filter((entry) => entry.at <= now).sort((a, b) => a.at - b.at);
  if (due.length > 0) timeline.entries = timeline.entries.filter((entry) => entry.at > now);
  const gone = now - AFTERGLOW;
  if (!keep && timeline.flights.some((flight) => flight.land <= gone))
    timeline.flights = timeline.flights.filter((flight) => flight.land > gone);
  return due;
}

/** Nobody has done anything with it yet. @param {Flight} flight */
const isHeld = (flight) => flight.kind === "rest" && flight.type === "poll" && flight.working === undefined;

/**
 * Everything has been shown, and what comes now waits for nothing: left are records that wait for their answer or are in a
 * member's hands, and what moved last.
 * @param {Timeline} timeline @param {number} now @param {Hop} [last]
 */
export function settle(timeline, now, last) {
  const moved = timeline.flights.filter((flight) => flight.kind !== "rest" && flight.id === `${last?.type}-${last?.seq}`);
  const stay = [...timeline.waiting.values(), ...timeline.flights.filter(isHeld)];
  timeline.flights = [
    ...stay.map((flight) => Object.assign(flight, { start: now, land: now + timeline.pace.rest })),
    ...moved.map((flight) => Object.assign(flight, { start: now, land: now })),
  ];
  for (const known of [timeline.rows, timeline.actors, timeline.records, timeline.capsules]) known.clear();
  timeline.natural = now;
  timeline.latest = now;
  timeline.floor = 0;
}

/** @param {Timeline} timeline */
export const isBusy = (timeline) => timeline.entries.length > 0 || timeline.flights.length > 0;
