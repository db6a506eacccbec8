/**
 * What is known of the brokers: who is up, who leads, which copies are in sync, how many records wait for an answer.
 * The rules of these hops for the reducer, and small questions about the result. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Cluster} Cluster
 * @typedef {import("./types.js").Copies} Copies
 */

import { byOf } from "./evidence.js";

/** The source of a `fail` that says that no broker answers. */
const ALL = "brokers";
const NOBODY = "none";

/** @returns {Cluster} */
export function emptyCluster() {
  return { brokers: {}, silence: null, copies: {}, waiting: {}, coordinators: {} };
}

/** @param {{topic?: string, partition?: number}} place */
export const partId = (place) => `${place.topic}/${place.partition}`;

/**
 * Somebody answered, or nobody could tell: so the brokers are silent no more. The address is the hop's own, for a newcomer
 * does not know what an older one said.
 * @param {State} state @param {Hop} hop @param {boolean} up @returns {State}
 */
function withBroker(state, hop, up) {
  const name = hop.source ?? "";
  if (name === ALL) return { ...state, silence: null };
  const broker = { up, host: hop.data?.host ?? "", delay: hop.data?.delay_ms ?? 0 };
  return { ...state, silence: null, brokers: { ...state.brokers, [name]: broker } };
}

/** @param {State} state @param {Hop} hop */
const brokerUp = (state, hop) => withBroker(state, hop, true);

/** @param {State} state @param {Hop} hop */
const brokerDown = (state, hop) => withBroker(state, hop, false);

/** @param {State} state @param {Hop} hop @param {Partial<Copies>} change @returns {State} */
function withCopies(state, hop, change) {
  const known = state.copies[partId(hop)] ?? { leader: undefined, inSync: [], replicas: [] };
  return { ...state, copies: { ...state.copies, [partId(hop)]: { ...known, ...change } } };
}

/** @param {Hop} hop */
const named = ({ source }) => (source === undefined || source === NOBODY ? null : source);

/** @param {State} state @param {Hop} hop */
const leader = (state, hop) => withCopies(state, hop, { leader: named(hop), by: byOf(hop) });

/** @param {State} state @param {Hop} hop */
const isr = (state, hop) =>
  withCopies(state, hop, { inSync: hop.data?.in_sync ?? [], replicas: hop.data?.replicas ?? [], least: hop.data?.min_in_sync });

/** @param {State} state @param {Hop} hop @returns {State} */
const fail = (state, hop) => (hop.source === ALL ? { ...state, silence: hop.error ?? "" } : state);

/** Only a producer tells how many wait, and how long it tries. @param {State} state @param {Hop} hop @returns {State} */
function retry(state, hop) {
  const count = hop.data?.waiting;
  if (count === undefined) return state;
  const timeout = hop.data.timeout_ms;
  const timeouts = timeout === undefined ? state.timeouts : { ...state.timeouts, [hop.source ?? ""]: timeout };
  return { ...state, timeouts, waiting: { ...state.waiting, [hop.source ?? ""]: count } };
}

/** @param {State} state @param {Hop} hop @returns {State} */
const coordinator = (state, hop) => ({ ...state, coordinators: { ...state.coordinators, [hop.group ?? ""]: named(hop) } });

export const CLUSTER_RULES = { broker_down: brokerDown, broker_up: brokerUp, coordinator, fail, isr, leader, retry };

/** "broker-2" -> "2" @param {string} name */
export const brokerNumber = (name) => name.replace("broker-", "");

/** "broker-2" -> "B2" @param {string} name */
export const brokerMark = (name) => `B${brokerNumber(name)}`;

/** In order of their numbers. @param {Cluster} cluster @returns {string[]} */
export const brokerNames = ({ brokers }) => Object.keys(brokers).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));

/** @param {Cluster} cluster @param {string} name */
export const isDown = ({ brokers }, name) => brokers[name]?.up === false;

/** @param {Cluster} cluster */
export const totalWaiting = ({ waiting }) => Object.values(waiting).reduce((sum, count) => sum + count, 0);

/** For how long the most patient of the producers whose records wait tries, in ms; 0 is not known. @param {Cluster} cluster */
export const longestTimeout = ({ waiting, timeouts = {} }) =>
  Math.max(0, ...Object.keys(waiting).map((name) => (waiting[name] > 0 ? (timeouts[name] ?? 0) : 0)));

/** Records that producers gave up. @param {State} state */
export const totalFailed = ({ failed }) => Object.values(failed).reduce((sum, count) => sum + count, 0);

/** @param {Copies} copies */
export const isShort = ({ inSync, replicas }) => inSync.length < replicas.length;

/** @param {Cluster} cluster @param {string} name how many partitions it leads */
export const ledBy = ({ copies }, name) => Object.values(copies).filter((one) => one.leader === name).length;
