/** The only one with a clock: moves the playback on while it is looked at, and says when to draw. */

import { isBusy } from "./timeline.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./playback.js").Playback} Playback
 * @typedef {{played: (hops: Hop[], now: number) => void, jumped: (now: number) => void, draw: (now: number) => void, busy: () => boolean}} Listener
 *   played: these have been shown; jumped: the playhead is elsewhere; draw: at that display time
 */

export class Player {
  /** @param {Playback} playback @param {Listener} listener */
  constructor(playback, listener) {
    this.listener = listener;
    this.playback = playback;
    this.watched = true;
    this.frame = 0;
    this.jumps = this.playback.jumps;
  }

  /** @param {any} frame */
  backlog(frame) {
    this.playback.backlog(frame, performance.now());
    this.refresh();
  }

  /** @param {Hop[]} hops */
  hops(hops) {
    const { paused } = this.playback;
    this.playback.hops(hops, performance.now());
    if (this.playback.jumps !== this.jumps || this.playback.paused !== paused) this.refresh();
    else this.wake();
  }

  /** A person's wish: the moment is brought up to date first. @param {(playback: Playback, now: number) => Hop[] | void} wish */
  do(wish) {
    const now = performance.now();
    const shown = this.playback.tick(now);
    this.tell([...shown, ...(wish(this.playback, now) ?? [])], now);
    this.refresh();
  }

  /** Who was not looking catches up by state; nothing is fast-forwarded. @param {boolean} watched is the picture on screen */
  watch(watched) {
    if (this.watched === watched) return;
    this.watched = watched;
    this.stop();
    if (!watched) return;
    this.playback.wall = performance.now();
    if (this.playback.live) this.playback.goLive(this.playback.wall);
    this.refresh();
  }

  /** Draws what is now, and goes on. */
  refresh() {
    this.tell([], performance.now());
    if (this.watched) this.listener.draw(this.playback.display);
    this.wake();
  }

  /** @param {Hop[]} hops @param {number} now */
  tell(hops, now) {
    const jumped = this.jumps !== this.playback.jumps;
    this.jumps = this.playback.jumps;
    if (jumped) this.listener.jumped(now);
    else this.listener.played(hops, now);
  }

  get isBusy() {
    const { playback } = this;
    if (!playback.isRunning) return false;
    return playback.isWaiting || isBusy(playback.timeline) || this.listener.busy();
  }

  wake() {
    if (this.frame || !this.watched || !this.isBusy) return;
    this.frame = requestAnimationFrame(() => this.tick());
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  tick() {
    this.frame = 0;
    const now = performance.now();
    this.tell(this.playback.tick(now), now);
    this.listener.draw(this.playback.display);
    this.wake();
  }
}
