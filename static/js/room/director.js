/**
 * A first record, rebalance or broker's death, shown in beats: each real hop is held until its sentence can be read, with what it
 * is about lit and the true time on it. It goes on by itself, at a press or at Space; who wants to watch live skips it.
 */

import { DeathStory, litBy, RebalanceStory, RecordStory } from "./beats.js";
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
  /** @param {Diagram} diagram @param {import("./beats.js").Story} story */
  constructor(diagram, story) {
    this.diagram = diagram;
    this.story = story;
    this.opener = document.activeElement;
    this.ending = new AbortController();
    this.box = part("[data-beats]");
    this.words = part("[data-beat]");
    this.sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
    /** The beats that have happened at the playhead, when one was told last. @type {Hop[]} */
    this.told = [];
    this.timer = 0;
    /** A first beat is waited for, or told. */
    this.state = /** @type {"" | "waits" | "tells"} */ ("waits");
    const { signal } = this.ending;
    part("[data-beat-next]").addEventListener("click", () => this.next(), { signal });
    part("[data-beat-live]").addEventListener("click", () => this.end(), { signal });
    diagram.addEventListener("keydown", (event) => this.key(event), { capture: true, signal });
    for (const name of ["played", "jumped"]) diagram.addEventListener(name, () => this.shown(), { signal });
  }

  get playback() {
    return this.diagram.player.playback;
  }

  /** The beats that have happened: what moves lands in its own order, so the playhead alone does not say. */
  get happened() {
    const { log, fed, timeline } = this.playback;
    const coming = new Set([...timeline.entries.map(({ hop }) => hop), ...log.between(fed, log.end)]);
    return this.story.found.filter((hop) => !coming.has(hop));
  }

  /** What was pressed is told from its sending on, which may have been shown by now. */
  direct() {
    const { player } = this.diagram;
    const { playback } = player;
    const { story } = this;
    playback.follow((hop) => story.takes(hop));
    const shown = playback.paused ? playback.lastStep : undefined;
    if (shown && !story.takes(shown)) player.do((one, now) => one.step(1, now));
    this.wait();
  }

  /** For the first. What was refused is never sent: nobody's picture stands still for it. @param {number} [waited] milliseconds */
  wait(waited = 0) {
    if (this.state === "waits") this.shown();
    if (this.state !== "waits") return;
    if (waited >= LONGEST) this.end();
    else this.timer = setTimeout(() => this.wait(waited + LOOK_EVERY), LOOK_EVERY);
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
    if (playback.lastStep) this.story.takes(playback.lastStep);
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
    const { first, count } = this.story;
    const ms = Math.max(0, hop.time - (first?.time ?? hop.time)) * 1000;
    const values = { n: number(this.told.length), all: number(count ?? 0), ms: number(ms, ms < 100 ? 1 : 0) };
    const words =
      count === undefined ? gettext("%(n)s · %(ms)s ms after it began") : gettext("%(n)s of %(all)s · %(ms)s ms after it was sent");
    say(this.words, interpolate(words, values));
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

  get isTold() {
    return this.story.isOver && this.told.length >= this.story.found.length;
  }

  /** The next beat as soon as it has come; there may be none. @param {number} [waited] milliseconds */
  next(waited = 0) {
    clearTimeout(this.timer);
    if (this.state !== "tells") return;
    if (this.playback.waiting > 0) {
      this.diagram.player.do((playback, now) => playback.step(1, now));
      this.timer = setTimeout(() => this.look(this.told), LOOK_EVERY);
    } else if (this.isTold || waited >= LONGEST) this.end();
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

  /** What had focus before; in a panel that was shown anew, what has its place. */
  get wayBack() {
    const { opener } = this;
    const same = opener?.isConnected ? opener : document.getElementById(opener?.id ?? "");
    return same instanceof HTMLElement && same !== document.body ? same : part("[data-action]");
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
    if (hadFocus) this.wayBack.focus({ preventScroll: true });
    this.ending.abort();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
    player.do((one, now) => one.goLive(now));
  }
}

/** @param {Diagram} diagram @param {string | undefined} own the group that makes the card of what was pressed */
export const direct = (diagram, own) => new Director(diagram, new RecordStory(diagram.topology, own)).direct();

/** @param {Diagram} diagram @param {Hop} first */
export const directRebalance = (diagram, first) => new Director(diagram, new RebalanceStory(first)).direct();

/** @param {Diagram} diagram @param {Hop} first */
export const directDeath = (diagram, first) => new Director(diagram, new DeathStory(first)).direct();
