/**
 * The playhead: which hops of the log have been shown, and when the next ones are. It has a display clock, which stands
 * still while paused; natural times follow from it and the speed; `timeline.js` makes of them when a hop is shown.
 * The wall clock is an argument, in milliseconds. Pure: it owns its own objects and touches no other.
 *
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").State} State
 * @typedef {import("./log.js").Entry} Entry
 */

import { FLOW, SINGLE } from "./levels.js";
import { HopLog, isStep } from "./log.js";
import { DEAD_AIR, nextSpeed, paceOf, READ_FROM } from "./pace.js";
import { emptyState, reduce, reduceAll } from "./reducer.js";
import { isFar, stepBefore, timelineAt } from "./standing.js";
import { advance, schedule } from "./timeline.js";
import { isYours } from "./yours.js";

/** What the network may vary by before it shows. */
const JITTER = 60;
/** What is found due a little late by a page that draws now and then is not late. */
const FRAME = 50;
/** Slowed, no more than this is scheduled ahead: the rest waits in the log. */
const AHEAD = 1500;
/** Milliseconds for which a hop waits for the frame with its cause. */
const LONGEST_HELD = 500;
/** A replay that has ended is looked at for so long. */
const MOMENT = 700;
/** Seconds without a step after which a room is at rest. */
const REST = 2.5;
const REPLAY_SECONDS = 5;
/** Steps that wait are counted no further. */
const MOST_WAITING = 1000;
const REPLAY_SLOW = 20;
/** Where so many hops come within a second nobody reads of each. */
const CROWD = 60;

export class Playback {
  /** @param {Record<string, string>} [icons] @param {{most?: number, longest?: number}} [bounds] of the log */
  constructor(icons = {}, bounds = {}) {
    this.icons = icons;
    this.log = new HopLog(bounds);
    this.incarnation = -1;
    this.origin = Number.POSITIVE_INFINITY;
    this.heldSince = Number.POSITIVE_INFINITY;
    this.live = true;
    this.paused = false;
    this.slow = 1;
    /** What happens in a room at rest is shown when a person asks for it, one step at a time. */
    this.stepwise = false;
    /** And so is whatever is sent, though the room was not at rest. */
    this.strict = false;
    /** Whatever this is true of stops a room that is at rest, to be told step by step. */
    this.stirs = /** @type {(hop: Hop) => boolean} */ (() => false);
    this.display = 0;
    this.wall = 0;
    /** How often the playhead has jumped: what was derived from the hops shown must then be made anew. */
    this.jumps = 0;
    /** Hops that were forgotten before they could be shown. */
    this.missed = 0;
    /** Where a pause was made, if that is not where a hop was. */
    this.shownAt = /** @type {number | undefined} */ (undefined);
    this.stopAt = /** @type {number | undefined} */ (undefined);
    this.until = /** @type {number | undefined} */ (undefined);
    this.steps = /** @type {(hop: Hop) => boolean} */ (isStep);
    this.wanted = this.steps;
    this.isFollowed = /** @type {(hop: Hop) => boolean} */ (isYours);
    /** How long it takes to read of a step, in milliseconds; and until when the last one's sentence is read. */
    this.reading = /** @type {((hop: Hop) => number) | undefined} */ (undefined);
    this.readUntil = 0;
    /** The position up to which hops have been given to the timeline. */
    this.fed = 0;
    this.state = this.log.head;
    this.timeline = timelineAt(this.log, 0, this);
    this.anchor = { display: 0, when: 0 };
  }

  /** The position up to which everything has been shown. */
  get position() {
    return this.timeline.entries.reduce((least, { position }) => Math.min(least, position), this.fed);
  }

  get caughtUp() {
    return this.fed === this.log.end && this.timeline.entries.length === 0;
  }

  get isRunning() {
    return !this.paused || this.stopAt !== undefined;
  }

  get isReplaying() {
    return this.until !== undefined && !this.paused;
  }

  /** Will more be shown, or an end come, though nothing is in the air? */
  get isWaiting() {
    return this.log.held.length > 0 || this.log.entry(this.fed) !== undefined || this.isReplaying;
  }

  /** @param {number} wall the room's clock now, as far as can be known from here, in seconds */
  roomTime(wall) {
    return Number.isFinite(this.origin)
      ? Math.max(this.log.whenAt(this.log.end), (wall - this.origin) / 1000)
      : this.log.whenAt(this.log.end);
  }

  /** The moment that is shown, in seconds of the room. @param {number} wall */
  shownTime(wall) {
    if (this.paused) return this.shownAt ?? this.log.whenAt(this.position);
    if (this.live) return this.roomTime(wall);
    const next = this.log.entry(this.fed)?.when ?? this.log.whenAt(this.fed);
    return Math.min(next, this.anchor.when + Math.max(0, this.display - this.anchor.display) / 1000 / this.slow);
  }

  /** Seconds that the picture is behind. Where nothing has happened since, it is not behind, unless it stands still. @param {number} wall */
  behind(wall) {
    if (!this.paused && (this.live || this.caughtUp)) return 0;
    return Math.max(0, this.roomTime(wall) - this.shownTime(wall));
  }

  /** The clock goes on from the moment that is shown. @param {number} wall */
  drop(wall) {
    this.anchor = { display: this.display, when: Math.max(this.log.whenAt(this.fed), this.shownTime(wall)) };
  }

  // What comes from the room.

  /** @param {any} frame @param {number} wall */
  backlog(frame, wall) {
    // Older runs tell only here how clients were set.
    const state = { ...reduceAll(frame.hops, { ...emptyState(), clients: frame.room.settings ?? {} }), seq: frame.seq };
    state.settings = { ...state.settings, crowd: frame.room.crowd?.asked ?? 0 };
    const now = frame.room.now ?? state.time;
    state.time = Math.max(state.time, now);
    if (frame.room.incarnation === this.incarnation) this.log.add([{ type: "backlog", seq: frame.seq, time: now, data: state }]);
    else this.restart(frame.room.incarnation, state);
    // One of the two machines may have slept since.
    this.origin = Number.POSITIVE_INFINITY;
    this.meet(now, wall);
    if (this.live && !this.paused) this.jump(this.log.end);
  }

  /** A room that came back has another log and another clock. @param {number} incarnation @param {State} state */
  restart(incarnation, state) {
    this.incarnation = incarnation;
    this.log.reset(state);
    this.goLive(this.wall);
  }

  /** The clocks' difference is what came with the least delay. @param {number} time @param {number} wall */
  meet(time, wall) {
    this.origin = Math.min(this.origin, wall - time * 1000);
  }

  /** @param {Hop[]} hops @param {number} wall */
  hops(hops, wall) {
    const stirred = this.isStirredBy(hops);
    if (stirred) this.pause(wall);
    this.log.add(hops);
    this.heldSince = this.log.held.length > 0 ? wall : Number.POSITIVE_INFINITY;
    for (const hop of hops) this.meet(hop.time, wall);
    if (stirred) this.beginSteps(wall);
    if (this.position >= this.log.first) return;
    const missed = this.missed + this.log.first - this.position;
    this.jump(this.log.first);
    this.missed = missed;
  }

  /** @param {Hop[]} hops */
  isStirredBy(hops) {
    const { log } = this;
    if (!this.live || !this.caughtUp) return false;
    const steps = hops.filter((hop) => hop.seq > log.seq && this.steps(hop));
    if (steps.some(this.stirs)) return true;
    if (!this.stepwise) return false;
    if (this.strict && steps.some(({ type }) => type === "send")) return true;
    const last = log.entry(log.before(log.end, this.steps))?.when ?? log.whenAt(log.first);
    return steps.length > 0 && steps[0].time - last > REST;
  }

  /** The first is shown, the others wait. @param {number} wall */
  beginSteps(wall) {
    this.wall = wall;
    this.stepOn();
  }

  /** Steps that have come and are not shown, where they are asked for one by one. */
  get waiting() {
    if (!this.paused || !this.stepwise) return 0;
    let count = this.timeline.entries.filter(({ hop }) => this.wanted(hop)).length;
    for (let at = this.fed; at < this.log.end && count < MOST_WAITING; at += 1)
      if (this.wanted(/** @type {Entry} */ (this.log.entry(at)).hop)) count += 1;
    return count;
  }

  // The clock.

  /** Goes on to that moment. @param {number} wall @returns {Hop[]} what has been shown since, in the order shown */
  tick(wall) {
    this.runClock(wall);
    if (wall - this.heldSince > LONGEST_HELD) this.release();
    this.feed(wall);
    const due = this.show();
    this.arrive(wall);
    return due;
  }

  /** No frame came that says more of what was held. */
  release() {
    this.heldSince = Number.POSITIVE_INFINITY;
    this.log.release();
  }

  /** What is due now has happened. @returns {Hop[]} */
  show() {
    const due = advance(this.timeline, this.display).map(({ hop }) => hop);
    this.state = due.reduce(reduce, this.state);
    const step = this.isPaced ? due.findLast((hop) => this.steps(hop)) : undefined;
    if (step) this.readUntil = this.display + (this.reading?.(step) ?? 0);
    return due;
  }

  /** @param {number} wall */
  runClock(wall) {
    const passed = Math.max(0, wall - this.wall);
    this.wall = wall;
    if (!this.isRunning) return;
    this.display = Math.min(this.display + passed, this.stopAt ?? Number.POSITIVE_INFINITY);
    if (this.stopAt !== undefined && this.display >= this.stopAt) this.stopAt = undefined;
  }

  /** @param {number} wall */
  feed(wall) {
    if (this.paused) return;
    for (let entry = this.log.entry(this.fed); entry && this.fed < this.end; entry = this.log.entry(this.fed)) {
      const natural = this.live ? this.liveTime(entry, wall) : this.slowedTime(entry);
      if (!this.live && (natural > this.display || this.timeline.latest > this.display + this.ahead)) return;
      if (this.isUnread(entry.hop)) return;
      this.take(entry, natural);
    }
  }

  /** In slow motion a step begins when the sentence of the one before could be read, however soon it followed. */
  get isPaced() {
    if (!this.reading || this.live || this.paused || this.slow < READ_FROM) return false;
    const entry = this.log.entry(this.fed);
    const later = this.log.entry(this.fed + CROWD);
    return !entry || !later || later.when - entry.when > 1;
  }

  /** @param {Hop} hop that would be next */
  isUnread(hop) {
    if (!this.isPaced || !this.steps(hop)) return false;
    return this.display < this.readUntil || this.timeline.entries.some((entry) => this.steps(entry.hop));
  }

  /** What came after the last thing that is replayed is no part of it. */
  get end() {
    return this.until ?? this.log.end;
  }

  /** At full speed the schedule itself keeps within its limit. */
  get ahead() {
    return this.slow === 1 ? Number.POSITIVE_INFINITY : AHEAD;
  }

  /** @param {Entry} entry @param {number} wall */
  liveTime({ when }, wall) {
    return Math.max(this.display, this.display + this.origin + when * 1000 + JITTER - wall);
  }

  /** @param {Entry} entry */
  slowedTime(entry) {
    return Math.max(this.display - FRAME, this.anchor.display + Math.min(this.gapBefore(entry), DEAD_AIR));
  }

  /** Display time since the hop before. A sample of the lag is taken every second whatever happens: nobody waits for it. @param {Entry} entry */
  gapBefore({ hop, when }) {
    return hop.type === "lag" ? 0 : Math.max(0, when - this.anchor.when) * 1000 * this.slow;
  }

  /** Seconds of dead air that are being passed over just now, when that is much. */
  get skipping() {
    const entry = this.log.entry(this.fed);
    if (this.live || this.paused || !entry) return 0;
    const gap = this.gapBefore(entry);
    return gap > 2 * DEAD_AIR ? (gap - DEAD_AIR) / 1000 / this.slow : 0;
  }

  /** @param {Entry} entry @param {number} natural */
  take(entry, natural) {
    if (!this.live && entry.hop.type !== "lag") this.anchor = { display: natural, when: entry.when };
    this.timeline.densest = this.paused ? SINGLE : FLOW;
    schedule(this.timeline, entry.hop, natural, this.fed);
    this.fed += 1;
  }

  /** What ends by itself: a replay at its end; and who has caught up at full speed is live. @param {number} wall */
  arrive(wall) {
    if (this.paused || this.live) return;
    if (this.until !== undefined && this.position >= this.until && this.display > this.ending) this.goLive(wall);
    else if (this.until === undefined && this.slow === 1 && this.caughtUp) this.live = true;
  }

  /** When what is replayed has been looked at, and read. */
  get ending() {
    return Math.max(this.timeline.latest + MOMENT, this.readUntil);
  }

  /** Where nothing comes any more nothing is dense. @param {number} wall */
  relax(wall) {
    if (this.isRunning) this.timeline.levels.relax(this.shownTime(wall), this.display);
  }

  // What a person does. Whoever calls these has called tick with the same wall clock.

  /** @param {number} wall */
  pause(wall) {
    if (this.paused) return;
    this.shownAt = this.shownTime(wall);
    this.live = false;
    this.until = undefined;
    this.paused = true;
  }

  /** Goes on from here; who has missed something is behind now. @param {number} wall */
  play(wall) {
    this.drop(wall);
    this.paused = false;
    this.stopAt = undefined;
    this.arrive(wall);
  }

  /** @param {number} slow how many times slower than it was @param {number} wall */
  speed(slow, wall) {
    if (this.live && slow === 1) return;
    this.drop(wall);
    this.live = false;
    this.slow = slow;
    this.timeline.pace = paceOf(slow);
    this.timeline.levels.slow = slow;
    this.arrive(wall);
  }

  /** @param {number} by 1 slower, -1 faster @param {number} wall */
  shift(by, wall) {
    this.speed(nextSpeed(this.slow, by), wall);
  }

  /** By state, at once. @param {number} wall */
  goLive(wall) {
    this.wall = wall;
    this.live = true;
    this.paused = false;
    this.slow = 1;
    this.jump(this.log.end);
  }

  /** The last seconds once more; or the last in which something happened. @param {number} wall */
  replay(wall) {
    const last = Math.min(this.log.end, this.log.before(this.log.end, isStep) + 1);
    const from = Math.min(this.roomTime(wall), this.log.whenAt(last) + REPLAY_SECONDS) - REPLAY_SECONDS;
    const first = this.log.positionAt(from);
    this.slow = REPLAY_SLOW;
    this.live = false;
    this.paused = false;
    this.jump(first < last ? first : this.log.positionAt(from - REPLAY_SECONDS));
    this.until = last;
  }

  /** Stands still at that moment. @param {number} time seconds of the room */
  seek(time) {
    this.live = false;
    this.paused = true;
    this.jump(this.log.positionAt(time));
    this.shownAt = time;
  }

  /** One step on, which is shown; or back, or several: these by state. @param {number} by @param {number} wall @returns {Hop[]} what was still being shown */
  step(by, wall) {
    this.pause(wall);
    const late = this.finishStep();
    if (by === 1) this.stepOn();
    else this.jump(this.stepsFrom(this.position, by));
    return late;
  }

  /** @param {number} from @param {number} by @returns {number} a position */
  stepsFrom(from, by) {
    let to = from;
    for (let left = Math.abs(by); left > 0; left -= 1) to = by > 0 ? this.log.after(to, this.wanted) : this.log.before(to, this.wanted);
    return to;
  }

  /** @returns {Hop[]} */
  finishStep() {
    if (this.stopAt === undefined) return [];
    this.display = this.stopAt;
    this.stopAt = undefined;
    return this.show();
  }

  stepOn() {
    const next = this.log.after(this.fed, this.wanted);
    if (!this.nextStep && isFar(next - this.fed)) this.jump(next - 1);
    for (let entry = this.log.entry(this.fed); entry && !this.nextStep; entry = this.log.entry(this.fed)) this.take(entry, this.display);
    this.shownAt = undefined;
    if (this.timeline.entries.length > 0) this.stopAt = this.nextStep?.at ?? this.timeline.latest;
  }

  /** The next of what is in the air that counts as a step. */
  get nextStep() {
    const steps = this.timeline.entries.filter(({ hop }) => this.wanted(hop));
    return steps.sort((a, b) => a.at - b.at)[0];
  }

  /** To that position by state, with nothing in the air. @param {number} position */
  jump(position) {
    this.stopAt = undefined;
    this.shownAt = undefined;
    this.until = undefined;
    this.missed = 0;
    this.readUntil = 0;
    this.jumps += 1;
    this.fed = this.log.within(position);
    this.state = this.log.stateAt(this.fed);
    this.timeline = timelineAt(this.log, this.fed, this);
    this.anchor = { display: this.display, when: this.log.whenAt(this.fed) };
  }

  /** Only what is about these counts as a step. @param {((hop: Hop) => boolean) | undefined} isTold */
  limit(isTold) {
    this.steps = isTold ? (/** @type {Hop} */ hop) => isStep(hop) && isTold(hop) : isStep;
    this.wanted = this.steps;
  }

  /** Steps go from one of these to the next, and each of them is drawn whole, as is one's own. @param {((hop: Hop) => boolean) | undefined} isFollowed */
  follow(isFollowed) {
    this.wanted = isFollowed ?? this.steps;
    this.isFollowed = (/** @type {Hop} */ hop) => isYours(hop) || Boolean(isFollowed?.(hop));
    this.timeline.isFollowed = this.isFollowed;
  }

  /** What was shown last. */
  get lastStep() {
    return stepBefore(this.log, this.position, this.steps);
  }
}
