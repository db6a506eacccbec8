/** The only one with a clock: asks the timeline what is due, reduces it, and says when to draw. */

import { emptyState, reduce, reduceAll } from "./reducer.js";
import { advance, arrive, createTimeline, flush, isBusy } from "./timeline.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Flight} Flight
 * @typedef {{played: (hops: Hop[], now: number) => void, draw: (now: number) => void, overflow: () => void, busy: () => boolean}} Listener
 */

const MOST_HELD = 5000;

export class Player {
  /** @param {Record<string, string>} icons @param {Listener} listener */
  constructor(icons, listener) {
    this.icons = icons;
    this.listener = listener;
    this.state = emptyState();
    this.timeline = createTimeline(icons);
    this.paused = false;
    this.watched = true;
    this.frame = 0;
    this.held = /** @type {{backlog?: any, hops: Hop[]}} */ ({ hops: [] });
    this.pausedAt = 0;
  }

  get now() {
    return this.paused ? this.pausedAt : performance.now();
  }

  /** @returns {Flight[]} */
  get flights() {
    return this.timeline.flights;
  }

  /** @param {any} frame */
  backlog(frame) {
    if (this.paused) {
      this.held = { backlog: frame, hops: [] };
      return;
    }
    this.timeline = createTimeline(this.icons);
    this.state = reduceAll(frame.hops);
    this.state.seq = frame.seq;
    this.wake();
  }

  /** @param {Hop[]} hops */
  hops(hops) {
    if (this.paused) return this.hold(hops);
    arrive(this.timeline, hops, performance.now());
    if (this.watched) this.wake();
    else this.skip();
  }

  /** @param {Hop[]} hops */
  hold(hops) {
    if (this.held.hops.length + hops.length > MOST_HELD) return this.listener.overflow();
    this.held.hops.push(...hops);
  }

  pause() {
    this.pausedAt = performance.now();
    this.paused = true;
    this.stop();
    this.listener.draw(this.now);
  }

  /** Catches up by state: nothing is fast-forwarded. */
  live() {
    this.paused = false;
    const { backlog, hops } = this.held;
    this.held = { hops: [] };
    if (backlog) this.backlog(backlog);
    arrive(this.timeline, hops, performance.now());
    this.skip();
    this.wake();
  }

  /** @param {boolean} watched is the picture on screen */
  watch(watched) {
    this.watched = watched;
    if (this.paused) return;
    if (watched) this.skip();
    if (watched) this.wake();
    else this.stop();
  }

  skip() {
    this.play(flush(this.timeline), performance.now());
  }

  /** @param {Hop[]} hops @param {number} now */
  play(hops, now) {
    this.state = hops.reduce(reduce, this.state);
    this.listener.played(hops, now);
  }

  wake() {
    if (this.frame || this.paused || !this.watched) return;
    this.frame = requestAnimationFrame(() => this.tick());
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  tick() {
    this.frame = 0;
    const now = performance.now();
    this.play(advance(this.timeline, now), now);
    this.listener.draw(now);
    if (isBusy(this.timeline) || this.listener.busy()) this.wake();
  }
}
