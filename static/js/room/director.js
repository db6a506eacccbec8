/**
 * The first order of a room, shown in beats: each real hop is held until its sentence can be read, with what it is about lit
 * and the true time on it. It goes on by itself, at a press or at Space; who wants to watch live skips it. Once in a browser
 * for each story, and only in a room in which nothing has been sent.
 */

import { beatsOf, kindOf, litBy } from "./beats.js";
import { gettext, interpolate, number } from "./i18n.js";
import { paceOf, readingTime } from "./pace.js";
import { part, say } from "./page.js";
import { sentence } from "./sentences.js";

/**
 * @typedef {import("./types.js").Hop} Hop
 * @typedef {import("./types.js").Topology} Topology
 * @typedef {import("./playback.js").Playback} Playback
 * @typedef {HTMLElement & {topology: Topology, player: import("./player.js").Player, looks: import("./looks.js").Looks, registry: Map<string, number>}} Diagram
 */

/** Movements take the time that an eye needs, as when it is shown so many times slower. */
const CALMLY = 10;
/** How often is looked whether the next beat has come, and how long one is waited for. */
const LOOK_EVERY = 100;
const LONGEST = 6000;

class Director {
  /** @param {Diagram} diagram @param {string | undefined} own the group that makes the card of what was pressed */
  constructor(diagram, own) {
    this.diagram = diagram;
    this.own = own;
    this.box = part("[data-beats]");
    this.words = part("[data-beat]");
    this.sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
    /** Of each kind of beat the first hop that is one. @type {Map<string, Hop>} */
    this.found = new Map();
    this.beats = /** @type {string[]} */ ([]);
    this.first = /** @type {Hop | undefined} */ (undefined);
    /** The beats that have happened at the playhead, when one was told last. @type {Hop[]} */
    this.told = [];
    this.timer = 0;
    /** A first record is waited for, or told. */
    this.state = /** @type {"" | "waits" | "tells"} */ ("waits");
    part("[data-beat-next]").addEventListener("click", () => this.next());
    part("[data-beat-live]").addEventListener("click", () => this.end());
    diagram.addEventListener("keydown", (event) => this.key(event), { capture: true });
    for (const name of ["played", "jumped"]) diagram.addEventListener(name, () => this.shown());
  }

  get playback() {
    return this.diagram.player.playback;
  }

  /** The beats that have happened: what moves lands in its own order, so the playhead alone does not say. */
  get happened() {
    const { log, fed, timeline } = this.playback;
    const coming = new Set([...timeline.entries.map(({ hop }) => hop), ...log.between(fed, log.end)]);
    return [...this.found.values()].filter((hop) => !coming.has(hop));
  }

  /** What was pressed is told from its sending on, which may have been shown by now. */
  direct() {
    const { player } = this.diagram;
    const { playback } = player;
    playback.follow((hop) => this.isBeat(hop));
    const shown = playback.paused ? playback.lastStep : undefined;
    if (shown && !this.isBeat(shown)) player.do((one, now) => one.step(1, now));
    this.wait();
  }

  /** For the first. What was refused is never sent: nobody's picture stands still for it. @param {number} [waited] milliseconds */
  wait(waited = 0) {
    if (this.state === "waits") this.shown();
    if (this.state !== "waits") return;
    if (waited >= LONGEST) this.end();
    else this.timer = setTimeout(() => this.wait(waited + LOOK_EVERY), LOOK_EVERY);
  }

  /** @param {Hop} hop */
  isBeat(hop) {
    if (hop.seq === undefined) return false;
    if (!this.first && hop.type === "send" && hop.trace) {
      this.first = hop;
      this.beats = beatsOf(this.diagram.topology, hop.topic ?? "", this.own);
    }
    const kind = kindOf(hop);
    if (!this.first || !this.beats.includes(kind)) return false;
    if (hop.type !== "commit" && hop.trace !== this.first.trace) return false;
    if (!this.found.has(kind)) this.found.set(kind, hop);
    return this.found.get(kind)?.seq === hop.seq;
  }

  /** Something was shown: the picture stands still at a beat, or somebody went elsewhere. */
  shown() {
    if (this.state === "") return;
    const { playback } = this;
    if (!playback.paused) {
      if (this.state === "tells") this.end();
      return;
    }
    if (playback.isRunning) return;
    // The first may have been shown before anybody asked for it.
    if (playback.lastStep) this.isBeat(playback.lastStep);
    const { happened, told } = this;
    const hop = happened.findLast((one) => !told.includes(one)) ?? (happened.length < told.length ? happened.at(-1) : undefined);
    if (!hop) return;
    this.told = happened;
    this.tell(hop);
  }

  /** @param {Hop} hop */
  tell(hop) {
    if (this.state === "waits") this.begin();
    this.light(hop);
    const ms = Math.max(0, hop.time - (this.first?.time ?? hop.time)) * 1000;
    const values = { n: number(this.told.length), all: number(this.beats.length), ms: number(ms, ms < 100 ? 1 : 0) };
    say(this.words, interpolate(gettext("%(n)s of %(all)s · %(ms)s ms after it was sent"), values));
    const told = sentence(hop, this.diagram.registry);
    say(part("[data-narrator]"), told);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), readingTime(told));
  }

  begin() {
    this.state = "tells";
    this.playback.timeline.pace = paceOf(CALMLY);
    this.box.hidden = false;
    document.body.classList.add("directed");
    part("[data-beat-next]").focus({ preventScroll: true });
  }

  /** Everything else steps back. @param {Hop} hop */
  light(hop) {
    const lit = litBy(hop);
    this.sheet.replaceSync(`kafka-diagram svg [data-id]:not(.token, .capsule, .arrow, .pull, ${lit || ".none"}) { opacity: 0.28; }`);
  }

  /** The next beat as soon as it has come; there may be none. @param {number} [waited] milliseconds */
  next(waited = 0) {
    clearTimeout(this.timer);
    if (this.state !== "tells") return;
    if (this.playback.waiting > 0) {
      this.diagram.player.do((playback, now) => playback.step(1, now));
      this.timer = setTimeout(() => this.look(this.told), LOOK_EVERY);
    } else if (this.told.length >= this.beats.length || waited >= LONGEST) this.end();
    else this.timer = setTimeout(() => this.next(waited + LOOK_EVERY), LOOK_EVERY);
  }

  /** Whether the picture has come to the beat after that: while something moves, nothing else says when it stands. @param {Hop[]} before @param {number} [waited] */
  look(before, waited = 0) {
    if (this.state !== "tells" || this.told !== before) return;
    this.shown();
    if (this.told !== before) return;
    if (waited >= LONGEST) this.next(waited);
    else this.timer = setTimeout(() => this.look(before, waited + LOOK_EVERY), LOOK_EVERY);
  }

  /** Space goes on, as on the button. @param {KeyboardEvent} event */
  key(event) {
    if (this.state !== "tells" || event.key !== " " || event.target !== this.diagram) return;
    event.preventDefault();
    event.stopPropagation();
    this.next();
  }

  /** As it was before, and live. */
  end() {
    clearTimeout(this.timer);
    const { playback, player, looks } = { playback: this.playback, player: this.diagram.player, looks: this.diagram.looks };
    const hadFocus = this.box.contains(document.activeElement);
    this.state = "";
    this.box.hidden = true;
    this.sheet.replaceSync("");
    document.body.classList.remove("directed");
    playback.stepwise = looks.isStepwise;
    playback.strict = false;
    playback.follow(undefined);
    if (hadFocus) part("[data-action]").focus({ preventScroll: true });
    player.do((one, now) => one.goLive(now));
  }
}

/** @param {Diagram} diagram @param {string | undefined} own */
export const direct = (diagram, own) => new Director(diagram, own).direct();
