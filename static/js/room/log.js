/**
 * The hops that came, oldest first, as far back as there is room for, and the state at any of them. A position in the log
 * is a count: at position n the hops before n have happened. Checkpoints keep every state within a few hundred hops' reach;
 * they cost little, for the reducer shares what a hop leaves alone. Pure.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").State} State
 * @typedef {{hop: Hop, when: number}} Entry when: seconds, never less than the entry before
 */

import { causesFirst } from "./order.js";
import { emptyState, isBeginning, reduce } from "./reducer.js";

const MOST = 24_000;
const LONGEST = 600;
const CHECK_HOPS = 500;
const CHECK_SECONDS = 2;
/** Seconds for which a reading waits for the answer to the record's sending, which may come a frame later. */
const ANSWERED_WITHIN = 0.5;
const MOST_UNANSWERED = 1000;
const REBALANCES = new Set(["assign", "revoke", "lost", "leave"]);
const FAILURES = new Set(["fail", "crash", "broker_down"]);

const NO_STEPS = new Set(["lag", "ledger", "projection", "delete"]);

/** One commit is one step, of however many records. @param {Hop} hop */
const isPartOfCommit = ({ type, count }) => type === "commit" && count === 0;

/** What a person would call a step: each of them can be stopped at. @param {Hop} hop */
export const isStep = (hop) => !NO_STEPS.has(hop.type) && !isBeginning(hop) && !isPartOfCommit(hop);

/** @param {Hop} hop @returns {"failure" | "rebalance" | ""} */
function markOf({ type }) {
  if (FAILURES.has(type)) return "failure";
  return REBALANCES.has(type) ? "rebalance" : "";
}

/** @param {Hop} hop */
const sendingOf = ({ trace, topic }) => `${trace}@${topic}`;

export class HopLog {
  /** @param {{most?: number, longest?: number}} [bounds] hops and seconds to keep */
  constructor({ most = MOST, longest = LONGEST } = {}) {
    this.bounds = { most, longest };
    /** Of the oldest hop that is kept. */
    this.first = 0;
    this.seq = 0;
    /** The state after the newest hop. */
    this.head = emptyState();
    this.entries = /** @type {Entry[]} */ ([]);
    this.checkpoints = [{ at: 0, when: 0, state: this.head }];
    this.marks = /** @type {{at: number, when: number, kind: "failure" | "rebalance"}[]} */ ([]);
    this.names = /** @type {Map<string, string>} */ (new Map());
    /** What waits for its cause, and what came with it. */
    this.held = /** @type {Hop[]} */ ([]);
    /** Records that were sent and are not known to be stored. */
    this.unanswered = /** @type {Set<string>} */ (new Set());
  }

  /** Starts afresh: nothing before this can be known. @param {State} state */
  reset(state) {
    this.first = 0;
    this.seq = state.seq;
    this.head = state;
    this.entries = [];
    this.checkpoints = [{ at: 0, when: state.time, state }];
    this.marks = [];
    this.names.clear();
    this.held = [];
    this.unanswered.clear();
  }

  /** The position after the newest hop. */
  get end() {
    return this.first + this.entries.length;
  }

  /** @param {Hop[]} hops the hops of one frame; those that are known already are passed over */
  add(hops) {
    const fresh = hops.filter((hop) => hop.seq > this.seq);
    const newest = fresh.at(-1)?.time ?? 0;
    this.seq = Math.max(this.seq, ...fresh.map(({ seq }) => seq));
    if (fresh.some(({ type }) => type === "backlog")) this.release();
    const ordered = causesFirst([...this.held, ...fresh]);
    let next = 0;
    while (next < ordered.length && !this.isEarly(ordered[next], newest)) this.push(ordered[next++]);
    this.held = ordered.slice(next);
    this.prune();
  }

  /** Nothing more comes for what was held. */
  release() {
    for (const hop of this.held.splice(0)) this.push(hop);
  }

  /** It was read, and its producer has not heard yet that it is stored. @param {Hop} hop @param {number} newest */
  isEarly(hop, newest) {
    return hop.type === "poll" && this.unanswered.has(sendingOf(hop)) && newest - hop.time < ANSWERED_WITHIN;
  }

  /** @param {Hop} hop */
  noteAnswer(hop) {
    if (hop.trace === undefined) return;
    if (hop.type === "ack" || hop.type === "fail") this.unanswered.delete(sendingOf(hop));
    if (hop.type !== "send") return;
    this.unanswered.add(sendingOf(hop));
    if (this.unanswered.size > MOST_UNANSWERED) this.unanswered.delete(/** @type {string} */ (this.unanswered.values().next().value));
  }

  /** @param {Hop} hop */
  push(hop) {
    const when = Math.max(this.whenAt(this.end), hop.time);
    this.share(hop);
    this.noteAnswer(hop);
    this.entries.push({ hop, when });
    this.head = reduce(this.head, hop);
    const kind = markOf(hop);
    if (kind) this.marks.push({ at: this.end - 1, when, kind });
    const last = this.checkpoints[this.checkpoints.length - 1];
    if (this.end - last.at >= CHECK_HOPS || (when - last.when >= CHECK_SECONDS && this.end > last.at + 1))
      this.checkpoints.push({ at: this.end, when, state: this.head });
  }

  /** A name that many hops have is kept once. @param {Hop} hop */
  share(hop) {
    for (const field of /** @type {const} */ (["type", "source", "topic", "group"])) {
      const name = hop[field];
      if (name === undefined) continue;
      const known = this.names.get(name);
      if (known === undefined) this.names.set(name, name);
      else hop[field] = known;
    }
  }

  /** Forgets up to a checkpoint, so that the oldest state that is left is known. */
  prune() {
    const oldest = this.whenAt(this.end) - this.bounds.longest;
    const known = this.checkpoints.findLastIndex(({ at, when }) => this.end - at >= this.bounds.most || when <= oldest);
    if (known <= 0) return;
    this.checkpoints.splice(0, known);
    const { at } = this.checkpoints[0];
    this.entries.splice(0, at - this.first);
    this.first = at;
    const kept = this.marks.findIndex((mark) => mark.at >= at);
    this.marks.splice(0, kept < 0 ? this.marks.length : kept);
  }

  /** Forgets what lies outside these seconds; what was before is how things stood then. @param {number} start @param {number} end */
  keep(start, end) {
    const begins = Math.max(start, this.whenAt(this.first));
    const at = begins > this.whenAt(this.first) ? this.positionAt(start) : this.first;
    const last = Math.max(at, this.positionAt(end));
    const [state, head] = [this.stateAt(at), this.stateAt(last)];
    this.entries = this.entries.slice(at - this.first, last - this.first);
    this.checkpoints = [{ at, when: begins, state }, ...this.checkpoints.filter((one) => one.at > at && one.at <= last)];
    this.marks = this.marks.filter((mark) => mark.at >= at && mark.at < last);
    this.first = at;
    this.head = head;
  }

  /** @param {number} position */
  within(position) {
    return Math.min(this.end, Math.max(this.first, Math.round(position)));
  }

  /** The entry that comes next at that position. @param {number} position @returns {Entry | undefined} */
  entry(position) {
    return this.entries[position - this.first];
  }

  /** The time of the last hop before that position. @param {number} position */
  whenAt(position) {
    return this.entry(position - 1)?.when ?? this.checkpoints[0].when;
  }

  /** @param {number} time seconds @returns {number} the position at which all hops up to that time have happened */
  positionAt(time) {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle].when <= time) low = middle + 1;
      else high = middle;
    }
    return this.first + low;
  }

  /** @param {number} position @returns {State} */
  stateAt(position) {
    const to = this.within(position);
    if (to === this.end) return this.head;
    const { at, state } = /** @type {{at: number, state: State}} */ (this.checkpoints.findLast((one) => one.at <= to));
    let found = state;
    for (let index = at; index < to; index += 1) found = reduce(found, this.entries[index - this.first].hop);
    return found;
  }

  /** @param {number} from @param {number} to @returns {Hop[]} */
  between(from, to) {
    return this.entries.slice(Math.max(0, from - this.first), Math.max(0, to - this.first)).map(({ hop }) => hop);
  }

  /** The position after the next hop that is wanted, or the end. @param {number} position @param {(hop: Hop) => boolean} wanted */
  after(position, wanted) {
    let next = this.within(position);
    while (next < this.end && !wanted(this.entries[next - this.first].hop)) next += 1;
    return Math.min(this.end, next + 1);
  }

  /** The position before the last hop that is wanted, or the first. @param {number} position @param {(hop: Hop) => boolean} wanted */
  before(position, wanted) {
    let last = this.within(position) - 1;
    while (last > this.first && !wanted(this.entries[last - this.first].hop)) last -= 1;
    return Math.max(this.first, last);
  }
}
