/**
 * (state, hop) -> state. Every hop carries absolute values, so a lost or repeated hop makes no total wrong, and a
 * compacted backlog gives the same state as the whole log. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Part} Part
 * @typedef {import("./types.js").Lane} Lane
 */

import { CLUSTER_RULES, emptyCluster, partId } from "./cluster.js";

const CELLS = 40;
const PROJECTIONS = 50;

/** @returns {State} */
export function emptyState() {
  return { seq: 0, time: 0, parts: {}, lanes: {}, members: {}, projections: {}, sent: {}, settings: {}, ...emptyCluster() };
}

/** @param {{group?: string, topic?: string, partition?: number}} place */
const laneId = (place) => `${place.group}/${place.topic}/${place.partition}`;

/** A sample was counted in a run already: it may show its key, and must not move a total. @param {Hop} hop */
const isSample = (hop) => hop.count === 0;

/** @param {Hop} hop */
export const isWhole = (hop) => (hop.count ?? 1) <= 1 && hop.first === undefined;

/** @param {Hop} hop */
const after = (hop) => /** @type {number} */ (hop.offset) + 1;

/** @param {State} state @param {Hop} hop @returns {Part} */
function partOf(state, hop) {
  const fresh = { topic: hop.topic ?? "", partition: hop.partition ?? 0, end: 0, latency: null, cells: [] };
  return state.parts[partId(hop)] ?? fresh;
}

/** @param {State} state @param {Hop} hop @param {Partial<Part>} change @returns {State} */
function withPart(state, hop, change) {
  const part = { ...partOf(state, hop), ...change };
  return { ...state, parts: { ...state.parts, [partId(hop)]: part } };
}

/** @param {State} state @param {Hop} hop @param {Partial<Lane>} change @returns {State} */
function withLane(state, hop, change) {
  const known = state.lanes[laneId(hop)] ?? { position: null, committed: null };
  const lane = { ...known, ...change };
  return { ...state, lanes: { ...state.lanes, [laneId(hop)]: lane } };
}

/** @param {Part["cells"]} cells @param {Hop} hop @returns {Part["cells"]} */
function withCell(cells, hop) {
  const offset = /** @type {number} */ (hop.offset);
  const cell = { offset, key: hop.key ?? null, trace: hop.trace };
  let at = cells.length;
  while (at > 0 && cells[at - 1].offset >= offset) at -= 1;
  const same = cells[at]?.offset === offset ? 1 : 0;
  return cells.toSpliced(at, same, cell).slice(-CELLS);
}

/** @param {State} state @param {Hop} hop */
function ack(state, hop) {
  const part = partOf(state, hop);
  const cells = isWhole(hop) ? withCell(part.cells, hop) : part.cells;
  if (isSample(hop)) return withPart(state, hop, { cells });
  const latency = hop.data?.latency_ms ?? part.latency;
  return withPart(state, hop, { cells, latency, end: Math.max(part.end, after(hop)) });
}

/** @param {State} state @param {Hop} hop */
function send(state, hop) {
  const total = hop.data?.total;
  if (total === undefined || hop.topic === undefined) return state;
  const sent = Math.max(state.sent[hop.topic] ?? 0, total);
  return { ...state, sent: { ...state.sent, [hop.topic]: sent } };
}

/** @param {State} state @param {Hop} hop */
const poll = (state, hop) => (isSample(hop) ? state : withLane(state, hop, { position: after(hop) }));

/** @param {State} state @param {Hop} hop */
const commit = (state, hop) => (isSample(hop) ? state : withLane(state, hop, { committed: after(hop) }));

/** @param {State} state @param {Hop} hop */
function lag(state, hop) {
  const end = Math.max(partOf(state, hop).end, hop.data?.end ?? 0);
  const read = withPart(state, hop, { end });
  return hop.offset == null ? read : withLane(read, hop, { committed: hop.offset });
}

/** @param {State} state @param {Hop} hop @param {Partial<import("./types.js").Member>} change @returns {State} */
function withMember(state, hop, change) {
  const id = hop.source ?? "";
  const fresh = { group: hop.group ?? "", partitions: [], crashed: false };
  const member = { ...(state.members[id] ?? fresh), ...change };
  return { ...state, members: { ...state.members, [id]: member } };
}

/** @param {State} state @param {Hop} hop */
const join = (state, hop) => withMember(state, hop, { partitions: hop.partitions ?? [], crashed: false });

/** @param {State} state @param {Hop} hop */
const assign = (state, hop) => withMember(state, hop, { partitions: hop.partitions ?? [] });

/** @param {State} state @param {Hop} hop */
const crash = (state, hop) => withMember(state, hop, { partitions: [], crashed: true });

/** @param {State} state @param {Hop} hop */
function leave(state, hop) {
  const { [hop.source ?? ""]: _gone, ...members } = state.members;
  return { ...state, members };
}

/** Re-inserting keeps the keys in order of change. @param {State} state @param {Hop} hop */
function projection(state, hop) {
  const group = hop.group ?? "";
  const values = new Map(state.projections[group]);
  values.delete(hop.key ?? "");
  values.set(hop.key ?? "", hop.data);
  if (values.size > PROJECTIONS) values.delete(/** @type {string} */ (values.keys().next().value));
  return { ...state, projections: { ...state.projections, [group]: values } };
}

/** @param {State} state @param {Hop} hop */
function setting(state, hop) {
  if (!hop.data) return state;
  return { ...state, settings: { ...state.settings, [hop.data.name]: hop.data.value } };
}

/** The server told the whole state anew: of what came between the last hop and this one only the outcome is known. @param {State} _state @param {Hop} hop @returns {State} */
const backlog = (_state, hop) => hop.data;

/** Types without a rule (process) change nothing that this picture draws as state. */
const RULES = /** @type {Record<string, (state: State, hop: Hop) => State>} */ ({
  ...CLUSTER_RULES,
  ack,
  assign,
  backlog,
  commit,
  crash,
  join,
  lag,
  leave,
  lost: assign,
  poll,
  projection,
  revoke: assign,
  send,
  setting,
});

/** @param {State} state @param {Hop} hop @returns {State} */
export function reduce(state, hop) {
  const next = RULES[hop.type]?.(state, hop) ?? state;
  return { ...next, seq: Math.max(state.seq, hop.seq), time: Math.max(state.time, hop.time) };
}

/** @param {Hop[]} hops @param {State} [state] @returns {State} */
export const reduceAll = (hops, state = emptyState()) => hops.reduce(reduce, state);
