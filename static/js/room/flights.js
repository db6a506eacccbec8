/**
 * What moves because of a hop: a token for a whole record, a counted capsule for a run or when tokens are too many, a part
 * of a flow when capsules are. Every record of an `ack` or `poll` is in exactly one of them. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Flight} Flight
 * @typedef {import("./timeline.js").Timeline} Timeline
 */

import { edgeOf, FLOW, SINGLE } from "./levels.js";
import { isWhole } from "./reducer.js";
import { SIGNS } from "./shares.js";

/** How long the arrow of a movement is kept after it has landed, for those who are shown no travel. */
export const AFTERGLOW = 600;
const CAPSULE_EVERY = 250;
const MOST_TOKENS = 24;
const LONGEST_QUEUE = 2400;

/** Anybody's record may be of a type that every object has a name for. @param {Timeline} timeline @param {Hop} hop */
const iconOf = ({ icons }, { data }) => (Object.hasOwn(icons, data?.type) ? icons[data.type] : undefined);

/** @param {Timeline} timeline @param {Hop} hop @param {Partial<Flight>} more @returns {Flight} */
function flightOf(timeline, hop, more) {
  return /** @type {Flight} */ ({
    id: `${hop.type}-${hop.seq}`,
    type: hop.type,
    topic: hop.topic,
    partition: hop.partition,
    offset: hop.offset,
    group: hop.group,
    source: hop.source ?? "",
    key: hop.key ?? null,
    trace: hop.trace,
    icon: iconOf(timeline, hop),
    count: hop.count ?? 1,
    ...more,
  });
}

/** When its member is seen asking for it. @param {Timeline} timeline @param {Hop} hop @param {number} start */
const askedAt = ({ pace }, { type }, start) => (type === "poll" ? start - pace.pull : undefined);

/** @param {Timeline} timeline @param {Hop} hop @param {number} start */
export function showWaiting(timeline, hop, start) {
  if (!hop.trace || !isWhole(hop)) return;
  const flight = flightOf(timeline, hop, { kind: "rest", start, land: start + timeline.pace.wait });
  timeline.waiting.set(`${hop.trace}@${hop.topic}`, flight);
  timeline.flights.push(flight);
}

/** @param {Timeline} timeline @param {Hop} hop @param {number} start */
function endWaiting(timeline, hop, start) {
  const key = `${hop.trace}@${hop.topic}`;
  const waiting = timeline.waiting.get(key);
  if (waiting) waiting.land = start;
  timeline.waiting.delete(key);
  return waiting?.source;
}

/** @param {Timeline} timeline @param {Hop} hop @param {number} start @param {number} land */
function showToken(timeline, hop, start, land) {
  timeline.flights.push(flightOf(timeline, hop, { kind: "travel", start, land, asked: askedAt(timeline, hop, start) }));
  if (hop.type !== "poll") return;
  const id = heldId(hop);
  const badge = hop.data?.deliveries > 1 ? `↺${hop.data.deliveries}` : undefined;
  // What is delivered again is in somebody else's hands now.
  timeline.flights = timeline.flights.filter((flight) => flight.id !== id);
  timeline.flights.push(flightOf(timeline, hop, { id, kind: "rest", count: 0, start: land, land: land + timeline.pace.rest, badge }));
}

/** @param {Hop} hop */
const heldId = ({ group, topic, partition, offset }) => `held-${group}-${topic}-${partition}-${offset}`;

/** @param {Timeline} timeline @param {Hop} hop @param {number} start @param {number} land */
export function showWork(timeline, hop, start, land) {
  const held = timeline.flights.find((flight) => flight.id === heldId(hop));
  if (!held) return;
  held.working = start;
  held.land = land + timeline.pace.process;
  if (held.failed !== undefined) held.badge = undefined;
  held.failed = undefined;
  // How often it was, its member is not told.
  if (hop.data?.redelivered) held.badge = "↺";
}

/** Which try is next, or that there is none. @param {Hop} hop */
const troubleOf = ({ type, data }) => (type === "fail" ? "✕" : `${data.try}/${data.of}`);

/** What could not be handled, or delivered, stays where that happened until something becomes of it. @param {Timeline} timeline @param {Hop} hop @param {number} start */
export function showTrouble(timeline, hop, start) {
  const sent = `${hop.trace}@${hop.topic}`;
  const held = timeline.flights.find(({ id }) => id === heldId(hop)) ?? (hop.group === undefined ? timeline.waiting.get(sent) : undefined);
  if (!held) return;
  held.badge = troubleOf(hop);
  held.failed = hop.type === "fail";
  held.land = start + timeline.pace.rest;
  if (held.failed) timeline.waiting.delete(sent);
}

/** A member of a share group has answered for it, and holds it no longer. @param {Timeline} timeline @param {Hop} hop @param {number} land */
export function showAnswer(timeline, hop, land) {
  const held = timeline.flights.find((flight) => flight.id === heldId(hop));
  if (!held) return;
  held.working ??= land;
  held.land = land + timeline.pace.process;
  if (hop.data.as !== "accept") held.badge = SIGNS[hop.data.as];
}

/** Every record of a run is in exactly one capsule; an edge starts at most four a second. @param {Timeline} timeline @param {Hop} hop @param {number} natural @param {number} start */
function showCapsule(timeline, hop, natural, start) {
  const edge = `${edgeOf(hop.type, hop)}|${hop.source}`;
  const last = timeline.capsules.get(edge);
  if (last && last.start > start) {
    last.count += hop.count ?? 1;
    last.offset = Math.max(last.offset ?? 0, hop.offset ?? -1);
    return last;
  }
  const { travel, limit } = timeline.pace;
  const leave = Math.min(Math.max(start, (last?.start ?? 0) + CAPSULE_EVERY), natural + limit);
  const times = { start: leave, land: Math.min(leave + travel, natural + limit), asked: askedAt(timeline, hop, leave) };
  const flight = flightOf(timeline, hop, { kind: "capsule", ...times });
  timeline.capsules.set(edge, flight);
  timeline.flights.push(flight);
  return flight;
}

/** A flow has no marks of its own: it is drawn as a band with the rate of its edge. @param {Timeline} timeline @param {Hop} hop @param {number} start @param {number} land */
function showFlow(timeline, hop, start, land) {
  timeline.flights.push(flightOf(timeline, hop, { kind: "flow", start, land }));
  return land;
}

/** @param {Timeline} timeline @param {Hop} hop @param {number} start @param {number} natural @param {number} level */
function fitsAsToken(timeline, hop, start, natural, level) {
  if (!isWhole(hop)) return false;
  if (timeline.isFollowed(hop)) return true;
  if (level !== SINGLE && !(hop.count === 0 && timeline.levels.takesSample(hop, start))) return false;
  const flying = timeline.flights.filter((flight) => flight.kind === "travel" && flight.land > start).length;
  return flying < MOST_TOKENS && start - natural < LONGEST_QUEUE;
}

/** Draws the movement of one hop and says when it lands. @param {Timeline} timeline @param {Hop} hop @param {number} natural @param {number} start @param {number} land */
export function move(timeline, hop, natural, start, land) {
  const level = Math.min(timeline.densest, timeline.levels.pass(hop, natural));
  const sender = hop.type === "ack" ? endWaiting(timeline, hop, start) : undefined;
  if (fitsAsToken(timeline, hop, start, natural, level)) showToken(timeline, sender ? { ...hop, source: sender } : hop, start, land);
  else if (hop.count === 0) return land;
  else if (level === FLOW) return showFlow(timeline, hop, start, land);
  else return Math.max(land, showCapsule(timeline, hop, natural, start).land);
  return land;
}
