/**
 * The playhead of a saved run: nothing comes after its last hop and none of it is live, so it begins standing still at its
 * first moment, which is 0, and stands still again at its end. The wall clock is an argument, in milliseconds. Pure.
 *
 * @typedef {import("./types.js").State} State
 */

import { isStep } from "./log.js";
import { Playback } from "./playback.js";

const ALL = { most: Number.POSITIVE_INFINITY, longest: Number.POSITIVE_INFINITY };

export class RecordedRun extends Playback {
  /** @param {Record<string, string>} [icons] */
  constructor(icons) {
    super(icons, ALL);
    this.live = false;
    this.paused = true;
  }

  /** The second at which it begins: what was before is not shown. */
  get begins() {
    return this.log.whenAt(this.log.first);
  }

  /** How many seconds it has. */
  get length() {
    return this.log.whenAt(this.log.end);
  }

  /** How many seconds of it have been shown. @param {number} wall */
  shown(wall) {
    return Math.min(this.length, this.shownTime(wall));
  }

  /** Shows that part of it only; one that begins when all is over is none. @param {number} start seconds @param {number} end */
  cut(start, end) {
    this.log.keep(start < this.length ? start : 0, end);
    this.jump(this.log.first);
  }

  /** Stands still at that moment. @param {number} seconds from its beginning */
  goTo(seconds) {
    this.seek(Math.max(this.begins, Math.min(this.length, seconds)));
    if (seconds <= this.begins) this.jump(this.log.first);
  }

  /** The position after the last step: what follows is nothing to look at. */
  get lastOfInterest() {
    return Math.min(this.log.end, this.log.before(this.log.end, isStep) + 1);
  }

  /** @param {number} incarnation @param {State} state */
  restart(incarnation, state) {
    this.incarnation = incarnation;
    this.log.reset(state);
    this.jump(this.log.first);
  }

  /** There is no clock of a room to keep up with. */
  meet() {}

  /** At the end it begins again. @param {number} wall */
  play(wall) {
    if (this.timeline.entries.length === 0 && this.fed >= this.lastOfInterest) this.jump(this.log.first);
    super.play(wall);
  }

  /** At the end it stands still. */
  arrive() {
    if (this.paused || this.position < this.end) return;
    this.paused = true;
    this.until = undefined;
    this.shownAt = undefined;
  }

  /** No moment of it is live; the last one comes nearest. */
  goLive() {
    this.goTo(this.length);
  }
}
