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
import { isOfShares, withShare } from "./shares.js";

const CELLS = 40;
const PROJECTIONS = 50;
/** The producer of single records, by whose name what is chosen of all producers is kept. */
export const PRODUCER = "app";
const ONE_HANDOVER = 0.3; // seconds

/** @returns {State} */
export function emptyState() {
  return {
    seq: 0,
    time: 0,
    parts: {},
    lanes: {},
    shares: {},
    members: {},
    projections: {},
    sent: {},
    failed: {},
    settings: {},
    clients: {},
    began: {},
    handovers: {},
    ledger: null,
    ...emptyCluster(),
  };
}

/** @param {{group?: string, topic?: string, partition?: number}} place */
const laneId = (place) => `${place.group}/${place.topic}/${place.partition}`;

/** A sample was counted in a run already: it may show its key, and must not move a total. @param {Hop} hop */
const isSample = (hop) => hop.count === 0;

/** How clients are set before anybody has used a control: no step. @param {Hop} hop */
export const isBeginning = ({ type, data }) => type === "setting" && data?.name === "began";

/** @param {Hop} hop */
export const isWhole = (hop) => (hop.count ?? 1) <= 1 && hop.first === undefined;

/** @param {Hop} hop */
const after = (hop) => /** @type {number} */ (hop.offset) + 1;

/** @param {State} state @param {Hop} hop @returns {Part} */
function partOf(state, hop) {
  const fresh = { topic: hop.topic ?? "", partition: hop.partition ?? 0, end: 0, latency: null, cells: [], voids: [] };
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

/** A delivery, given up for good; or the brokers, or a handler. @param {State} state @param {Hop} hop */
function fail(state, hop) {
  const total = hop.data?.total;
  if (total === undefined || hop.topic === undefined) return CLUSTER_RULES.fail(state, hop);
  const failed = Math.max(state.failed[hop.topic] ?? 0, total);
  return { ...state, failed: { ...state.failed, [hop.topic]: failed } };
}

/** What was read is stored, whether its producer has heard of that or not. @param {State} state @param {Hop} hop */
const withRead = (state, hop) => (after(hop) > partOf(state, hop).end ? withPart(state, hop, { end: after(hop) }) : state);

/** A position is that of a member, since it was given the partition. @param {State} state @param {Hop} hop @param {number | null} position */
const withPosition = (state, hop, position) =>
  (state.lanes[laneId(hop)]?.since ?? 0) > hop.time ? state : withLane(state, hop, { position, reader: hop.source });

/** A share group has no position: its members take records here and there. @param {State} state @param {Hop} hop */
function poll(state, hop) {
  if (isSample(hop)) return state;
  const read = withRead(state, hop);
  return isOfShares(hop) ? withoutMissed(withShares(read, hop), hop) : withPosition(read, hop, after(hop));
}

/** Where its group is to read next, by the member that has the partition now; null once that has gone. @param {State} state @param {string} id of a lane */
export function positionIn({ lanes, members }, id) {
  const { position = null, reader = "" } = lanes[id] ?? {};
  const place = id.slice(id.indexOf("/") + 1);
  return members[reader]?.partitions.some((one) => one.join("/") === place) ? position : null;
}

/** @param {State} state @param {Hop} hop @returns {State} */
const withShares = (state, hop) => ({ ...state, shares: { ...state.shares, [laneId(hop)]: withShare(state.shares[laneId(hop)], hop) } });

/** @param {State} state @param {Hop} hop */
const acknowledge = (state, hop) => (isSample(hop) ? state : withShares(state, hop));

/** @param {State} state @param {Hop} hop */
const commit = (state, hop) =>
  isSample(hop) ? state : withLane(state, hop, { committed: hop.data?.next ?? after(hop), set: hop.time, sampled: undefined });

/** As it was when the brokers were asked: a bookmark that was set since then is newer. @param {State} state @param {Hop} hop */
function lag(state, hop) {
  const known = partOf(state, hop);
  const end = Math.max(known.end, hop.data?.end ?? 0);
  // What came without an answer to us was not answered as fast as the last one that was.
  const read = withPart(state, hop, { end, latency: end > known.end ? null : known.latency });
  const { set = 0, committed = null, sampled } = state.lanes[laneId(hop)] ?? {};
  if (hop.offset == null || set > hop.time) return withLane(read, hop, { asked: true });
  return withLane(read, hop, { asked: true, committed: hop.offset, sampled: hop.offset === committed ? sampled : hop.time });
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
const changed = (state, hop) => withMember(state, hop, { partitions: hop.partitions ?? [] });

/**
 * Nobody has it until somebody is given it. Who was thought gone tells what it lost when others read that already.
 * @param {State} state @param {Hop} hop @returns {State}
 */
function withUnowned(state, { source = "", group = "", time, data }) {
  const others = Object.entries(state.members).filter(([id, member]) => id !== source && member.group === group);
  const read = new Set(others.flatMap(([, { partitions }]) => partitions.map((place) => place.join("/"))));
  const changed = (data?.changed ?? []).map((/** @type {[string, number]} */ place) => place.join("/"));
  const given = changed.filter((/** @type {string} */ place) => !read.has(place));
  if (given.length === 0) return state;
  const known = state.unowned?.[group];
  return {
    ...state,
    unowned: { ...state.unowned, [group]: { since: known?.since ?? time, places: [...new Set([...(known?.places ?? []), ...given])] } },
  };
}

/** @param {State} state @param {Hop} hop @returns {State} */
function withOwned(state, { group = "", partitions = [] }) {
  const known = state.unowned?.[group];
  if (!known) return state;
  const owned = new Set(partitions.map((place) => place.join("/")));
  const places = known.places.filter((place) => !owned.has(place));
  const { [group]: _now, ...others } = /** @type {NonNullable<State["unowned"]>} */ (state.unowned);
  const unowned = places.length > 0 ? { ...others, [group]: { ...known, places } } : others;
  const { unowned: _before, ...rest } = state;
  return Object.keys(unowned).length > 0 ? { ...rest, unowned } : rest;
}

/** @param {State} state @param {Hop} hop */
const revoke = (state, hop) => withUnowned(changed(state, hop), hop);

/** The longest of what one sharing out took: its members are told one by one. @param {import("./types.js").Handover | undefined} known @param {Hop} hop */
function withTakeover(known, { time, data }) {
  const partitions = data.changed.length;
  if (!known || time - known.time > ONE_HANDOVER) return { ms: data.still_ms, partitions, time };
  return { ms: Math.max(known.ms, data.still_ms), partitions: known.partitions + partitions, time: known.time };
}

/** @param {State} state @param {Hop} hop */
function assign(state, hop) {
  const group = hop.group ?? "";
  const next = withoutPositions(withOwned(withoutReplaced(changed(withoutGuests(state, hop), hop), group), hop), hop);
  if (hop.data?.still_ms === undefined) return next;
  return { ...next, handovers: { ...next.handovers, [group]: withTakeover(next.handovers[group], hop) } };
}

/** Who has just been given a partition has read nothing of it. @param {State} state @param {Hop} hop @returns {State} */
function withoutPositions(state, { group, data, time }) {
  const ids = (data?.changed ?? []).map((/** @type {[string, number]} */ place) => `${group}/${place.join("/")}`);
  const known = ids.filter((/** @type {string} */ id) => state.lanes[id]);
  const lanes = Object.fromEntries(known.map((/** @type {string} */ id) => [id, { ...state.lanes[id], position: null, since: time }]));
  return known.length > 0 ? { ...state, lanes: { ...state.lanes, ...lanes } } : state;
}

/** A crashed member is shown until others read all that it had: then its group has found out. @param {State} state @param {string} group @returns {State} */
function withoutReplaced(state, group) {
  const own = Object.entries(state.members).filter(([, member]) => member.group === group);
  const crashed = own.filter(([, member]) => member.crashed);
  if (crashed.length === 0) return state;
  const read = new Set(own.flatMap(([, { partitions }]) => partitions.map((place) => place.join("/"))));
  const replaced = crashed.filter(([, { had }]) => (had ?? []).every((place) => read.has(place.join("/"))));
  const members = { ...state.members };
  for (const [id] of replaced) delete members[id];
  return { ...state, members };
}

/** What a crashed member of a share group held is delivered again: its group has found out. @param {State} state @param {Hop} hop @returns {State} */
function withoutMissed(state, { group, data }) {
  const missed = Object.entries(state.members).filter(
    ([, member]) => member.group === group && member.crashed && (!member.held || data.deliveries > 1),
  );
  if (missed.length === 0) return state;
  const members = { ...state.members };
  for (const [id] of missed) delete members[id];
  return { ...state, members };
}

/** @param {State} state @param {Hop} hop */
function crash(state, hop) {
  const { changed = [], held } = hop.data ?? {};
  return withMember(state, hop, { partitions: [], crashed: true, had: changed, ...(held === undefined ? {} : { held }) });
}

/** Nothing there is for this group: it goes on behind it. @param {State} state @param {Hop} hop */
function passOver(state, hop) {
  const last = /** @type {number} */ (hop.offset);
  const first = Math.max(hop.first ?? last, last - CELLS);
  const found = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const voids = [...new Set([...partOf(state, hop).voids, ...found])].sort((a, b) => a - b).slice(-CELLS);
  const end = Math.max(partOf(state, hop).end, last + 1);
  return withPosition(withPart(state, hop, { voids, end }), hop, last + 1);
}

/** Its log begins behind that. @param {State} state @param {Hop} hop */
function forget(state, hop) {
  const { start = 0, end } = partOf(state, hop);
  return withPart(state, hop, { start: Math.max(start, after(hop)), end: Math.max(end, after(hop)) });
}

/** @param {State} state @param {Hop} hop */
const transaction = (state, hop) => withMember(state, hop, { open: hop.data?.state === "open" });

/** Read on from elsewhere, no further than the log's end: nobody has read or done what comes next. @param {State} state @param {Hop} hop */
function seek(state, hop) {
  const next = hop.offset ?? null;
  const known = withPart(state, hop, { end: Math.max(partOf(state, hop).end, next ?? 0) });
  return withLane(withPosition(known, hop, next), hop, { committed: next, set: hop.time, sampled: undefined });
}

/** @param {State} state @param {Hop} hop @returns {State} */
function ledger(state, hop) {
  const counts = Object.entries(hop.data.topics ?? {}).filter(([, { failed }]) => failed > 0);
  const failed = { ...state.failed, ...Object.fromEntries(counts.map(([topic, count]) => [topic, count.failed])) };
  return { ...state, failed, ledger: hop.data };
}

/** @param {State} state @param {Hop} hop */
function leave(state, hop) {
  const { [hop.source ?? ""]: _gone, ...members } = state.members;
  return withUnowned({ ...state, members }, hop);
}

/** Somebody's own client in a group, as the brokers tell now and then. @param {State} state @param {Hop} hop */
function guest(state, hop) {
  const changed = state.members[hop.source ?? ""]?.partitions ?? [];
  if (hop.data?.left) return leave(state, { ...hop, data: { changed } });
  return withOwned(withMember(state, hop, { partitions: hop.partitions ?? [], crashed: false, guest: true }), hop);
}

/** What one of ours was given no guest has any more. @param {State} state @param {Hop} hop @returns {State} */
function withoutGuests(state, { group, data }) {
  const given = new Set((data?.changed ?? []).map((/** @type {[string, number]} */ place) => place.join("/")));
  const others = Object.entries(state.members).map(([id, member]) => {
    if (!member.guest || member.group !== group) return [id, member];
    return [id, { ...member, partitions: member.partitions.filter((place) => !given.has(place.join("/"))) }];
  });
  return { ...state, members: Object.fromEntries(others) };
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

/** @param {State} state @param {Hop} hop @returns {State} */
function setting(state, hop) {
  if (!hop.data) return state;
  const { name, value, settings } = hop.data;
  const clients = settings ? { ...state.clients, ...settings } : state.clients;
  if (isBeginning(hop)) return { ...state, clients, began: { ...state.began, ...beginning(hop) } };
  const id = hop.group === undefined ? name : `${hop.group}/${name}`;
  return { ...state, clients, settings: { ...state.settings, [id]: value } };
}

/** Of whoever was chosen for, what was chosen, and how each client is set that follows it. @param {Hop} hop @returns {State["began"]} */
function beginning({ group = PRODUCER, data }) {
  const clients = Object.entries(data.settings ?? {}).map(([name, settings]) => [name, { settings, choices: {} }]);
  const began = Object.fromEntries(clients);
  return { ...began, [group]: { settings: began[group]?.settings ?? {}, choices: { ...data.value } } };
}

/** The server told the whole state anew: of what came between the last hop and this one only the outcome is known. @param {State} _state @param {Hop} hop @returns {State} */
const backlog = (_state, hop) => hop.data;

/** Types without a rule (process) change nothing that this picture draws as state. */
const RULES = /** @type {Record<string, (state: State, hop: Hop) => State>} */ ({
  ...CLUSTER_RULES,
  ack,
  acknowledge,
  assign,
  backlog,
  commit,
  crash,
  delete: forget,
  fail,
  guest,
  join,
  lag,
  leave,
  ledger,
  lost: revoke,
  poll,
  projection,
  revoke,
  seek,
  send,
  setting,
  transaction,
  void: passOver,
});

/** @param {State} state @param {Hop} hop @returns {State} */
export function reduce(state, hop) {
  const next = RULES[hop.type]?.(state, hop) ?? state;
  return { ...next, seq: Math.max(state.seq, hop.seq), time: Math.max(state.time, hop.time) };
}

/** @param {Hop[]} hops @param {State} [state] @returns {State} */
export const reduceAll = (hops, state = emptyState()) => hops.reduce(reduce, state);
