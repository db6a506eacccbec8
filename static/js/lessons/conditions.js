/**
 * What a step waits for, and what turned out: read off the hops that follow, and off how things stand then. A condition
 * is data (docs/writing-lessons.md). Pure.
 *
 * @typedef {import("../room/types.js").Hop} Hop
 * @typedef {import("../room/types.js").State} State
 * @typedef {import("../room/types.js").Topology} Topology
 * @typedef {Record<string, any>} Condition
 */

import { lagIn } from "../room/lag.js";

const NAMED = /** @type {const} */ (["topic", "partition", "group", "source", "key"]);
/** Somebody did something: what stands after one of these is not how it was before the step. */
const DEEDS = new Set(["send", "ack", "setting", "join", "leave", "crash", "seek", "broker_up", "broker_down"]);
const STANDING = /** @type {const} */ (["lag", "members", "readers", "ledger"]);

/** @param {Condition} condition @param {Hop} hop */
export function fits(condition, hop) {
  if (hop.type !== condition.hop) return false;
  if (NAMED.some((name) => name in condition && hop[name] !== condition[name])) return false;
  if ("owns" in condition && hop.partitions?.length !== condition.owns) return false;
  return Object.entries(condition.data ?? {}).every(([name, value]) => hop.data?.[name] === value);
}

/** The field of a hop that a lesson names. @param {Hop} hop @param {string} name @returns {unknown} */
const field = (hop, name) => /** @type {any} */ (hop)[name];

/** @param {State} state @param {string} group */
const membersOf = (state, group) => Object.values(state.members).filter((one) => one.group === group && !one.crashed);

/** Records between a group's bookmarks and the ends. @param {Topology} topology @param {State} state @param {string} name */
export function lagOf(topology, state, name) {
  const reads = topology.groups.find((group) => group.name === name)?.topics ?? [];
  const parts = Object.entries(state.parts).filter(([, { topic }]) => reads.includes(topic));
  return parts.reduce((sum, [id, { end }]) => sum + (lagIn(state.lanes[`${name}/${id}`], end) ?? end), 0);
}

/** How things stand, as a number. */
class Standing {
  /** @param {Topology} topology @param {State} before when the step began */
  constructor(topology, before) {
    this.topology = topology;
    this.before = before;
  }

  /** @param {Condition} asked @param {State} state @returns {number} */
  of(asked, state) {
    if ("lag" in asked) return lagOf(this.topology, state, asked.lag);
    if ("members" in asked) return membersOf(state, asked.members).length;
    if ("readers" in asked) return membersOf(state, asked.readers).filter(({ partitions }) => partitions.length > 0).length;
    const counted = (/** @type {State} */ { ledger }) => ledger?.groups?.[asked.ledger]?.[asked.field] ?? 0;
    return counted(state) - counted(this.before);
  }
}

/** @param {Condition} condition @param {number} value */
function isWithin({ at_least: least = Number.NEGATIVE_INFINITY, at_most: most = Number.POSITIVE_INFINITY, exactly }, value) {
  return value >= least && value <= most && (exactly === undefined || value === exactly);
}

/** How much of one hop condition has been seen. */
class Seen {
  /** @param {Condition} condition */
  constructor(condition) {
    this.condition = condition;
    this.records = 0;
    this.hops = 0;
    /** Different values of a field, apart for each value of the one that must be the same. @type {Map<unknown, Set<unknown>>} */
    this.values = new Map();
  }

  /** @param {Hop} hop */
  take(hop) {
    const { condition } = this;
    if (!fits(condition, hop)) return;
    this.hops += 1;
    this.records += hop.count ?? 1;
    if (!condition.different) return;
    const same = condition.same && field(hop, condition.same);
    if (condition.same && same === undefined) return;
    this.values.set(same, (this.values.get(same) ?? new Set()).add(field(hop, condition.different)));
  }

  get isMet() {
    const { different, times = 1, records = 1 } = this.condition;
    if (different) return Math.max(0, ...[...this.values.values()].map(({ size }) => size)) >= times;
    return this.hops >= times && (records === 1 || this.records >= records);
  }
}

/** Watches for a step's conditions: met one after the other, each by what comes after the one before. */
export class Watch {
  /** @param {Condition[]} conditions @param {Topology} topology @param {State} state as the step begins @param {boolean} waits for somebody to do something first */
  constructor(conditions, topology, state, waits) {
    this.conditions = conditions;
    this.standing = new Standing(topology, state);
    this.at = 0;
    this.acted = !waits;
    this.seen = this.next();
  }

  get isMet() {
    return this.at >= this.conditions.length;
  }

  /** What has not happened yet. @returns {Condition | undefined} */
  get missing() {
    return this.conditions[this.at];
  }

  next() {
    return new Seen(this.missing ?? {});
  }

  /** @param {Hop} hop @param {State} state after it, or later */
  take(hop, state) {
    if (DEEDS.has(hop.type)) this.acted = true;
    if (!this.acted) return;
    this.seen.take(hop);
    while (this.missing && this.holds(this.missing, hop, state)) {
      this.at += 1;
      this.seen = this.next();
    }
  }

  /** @param {Condition} condition @param {Hop} hop @param {State} state */
  holds(condition, hop, state) {
    if ("hop" in condition) return this.seen.isMet;
    if (condition.rest) return hop.type === "ledger" && hop.data?.at_rest === true;
    if ("ledger" in condition && hop.type !== "ledger") return false;
    return isWithin(condition, this.standing.of(condition, state));
  }
}

/** Reads the answer of a prediction off the same hops. */
export class Answer {
  /** @param {Condition} answer @param {Topology} topology @param {State} state as the step begins */
  constructor(answer, topology, state) {
    this.answer = answer;
    this.standing = new Standing(topology, state);
    this.condition = answer.first ?? answer.last ?? answer.order ?? answer.count;
    this.values = /** @type {unknown[]} */ ([]);
    this.records = 0;
    this.place = /** @type {Hop | undefined} */ (undefined);
  }

  /** @param {Hop} hop */
  take(hop) {
    if (!this.condition || !fits(this.condition, hop)) return;
    const { answer } = this;
    this.records += hop.count ?? 1;
    const name = answer.field ?? answer.different;
    const value = name && (name === "offset" ? this.offsetOf(hop) : field(hop, name));
    // A run of records names none of them: those that it leaves out are not known to have been another.
    if (value !== undefined) this.values.push(value);
    if (!this.place || answer.last) this.place = hop;
  }

  /** A hop may stand for a run, which ends with its offset; a sample of one is in it already. @param {Hop} hop */
  offsetOf({ first, offset, count = 1 }) {
    if (count === 0) return undefined;
    return this.answer.last ? offset : (first ?? offset);
  }

  /** Was anything seen that it is about? */
  get isKnown() {
    return !this.condition || this.records > 0;
  }

  /** What it was, as text. @param {State} state when the step's conditions were met @returns {string} */
  value(state) {
    const { answer, values } = this;
    if (STANDING.some((name) => name in answer)) return String(this.standing.of(answer, state));
    if (answer.count) return String(answer.different ? new Set(values).size : this.records);
    if (answer.order) return [...new Set(values)].join(", ") || "none";
    const found = answer.last ? values.at(-1) : values[0];
    return found === undefined ? "none" : String(found);
  }
}
